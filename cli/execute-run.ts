import { type RunConfig, toFleetError } from '#protocol';
import { Cleanup } from './cleanup.js';
import type { ResumePoint } from './resume-point.js';
import { RunHost } from './run-host.js';
import { type RunSummary, summaryText } from './run-summary.js';
import { watchSignals } from './signals.js';

/**
 * Launches a run and tells of it, until it has ended or somebody ends it. With `up` the page stays,
 * and takes further runs.
 */
export async function executeRun(
  mode: 'up' | 'generate',
  config: RunConfig,
  json: boolean,
  resume?: ResumePoint,
): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const cleanup = new Cleanup();
  const unwatch = watchSignals(controller);
  const isUp = mode === 'up';
  const tellOf = (summary: RunSummary): void => {
    process.stderr.write(`${summaryText(summary)}\n`);
    if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  };
  try {
    const host = new RunHost({
      ...{ config, cleanup, signal },
      defaultPort: isUp ? 8080 : 0,
      mayStart: isUp,
    });
    try {
      tellOf(await host.execute(config, { resume }));
    } catch (cause) {
      // Stopped from the page, which can start the next.
      if (!isUp || signal.aborted || toFleetError(cause).code !== 'INTERRUPTED') throw cause;
      process.stderr.write(`${toFleetError(cause).toLine()}\n`);
    }
    if (isUp) await serveRequests(host, signal, tellOf);
  } finally {
    unwatch();
    for (const failure of await cleanup.run()) process.stderr.write(`while closing: ${failure}\n`);
  }
}

/**
 * Runs what users of the page ask for, until the signal. A run that fails is told of, and the next may
 * be asked for.
 */
async function serveRequests(
  host: RunHost,
  signal: AbortSignal,
  tellOf: (summary: RunSummary) => void,
): Promise<void> {
  for (;;) {
    process.stderr.write('The page stays up, and can start the next run. Ctrl-C ends it.\n');
    const request = await host.nextRequest();
    if (request === undefined) return;
    try {
      tellOf(await host.execute(request.config, request));
    } catch (cause) {
      request.failed(cause);
      if (signal.aborted) throw cause;
      process.stderr.write(`${toFleetError(cause).toLine()}\n`);
    }
  }
}
