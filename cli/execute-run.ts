import { once } from 'node:events';
import { type RunConfig, toFleetError } from '#protocol';
import { Cleanup } from './cleanup.js';
import { launch } from './launch.js';
import type { ResumePoint } from './resume-point.js';
import { summaryText } from './run-summary.js';
import { watchSignals } from './signals.js';

/** Launches a run and tells of it, until it has ended or somebody ends it. */
export async function executeRun(
  mode: 'up' | 'generate',
  config: RunConfig,
  json: boolean,
  resume?: ResumePoint,
): Promise<void> {
  const controller = new AbortController();
  const cleanup = new Cleanup();
  const unwatch = watchSignals(controller);
  try {
    const summary = await launch({
      config,
      defaultPort: mode === 'up' ? 8080 : 0,
      cleanup,
      controller,
      resume,
    });
    process.stderr.write(`${summaryText(summary)}\n`);
    if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
    if (mode === 'up') {
      process.stderr.write('The page stays up. Ctrl-C ends it.\n');
      if (!controller.signal.aborted) await once(controller.signal, 'abort');
      throwUnlessInterrupted(controller.signal.reason);
    }
  } finally {
    unwatch();
    for (const failure of await cleanup.run()) process.stderr.write(`while closing: ${failure}\n`);
  }
}

/** After the last round an interrupt is the expected end; anything else is a failure. */
function throwUnlessInterrupted(reason: unknown): void {
  const error = toFleetError(reason);
  if (error.code !== 'INTERRUPTED') throw error;
}
