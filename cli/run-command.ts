import { once } from 'node:events';
import { Command } from 'commander';
import { FleetError, toFleetError } from '#protocol';
import { Cleanup } from './cleanup.js';
import { addRunFlags, readRunConfig } from './config-file.js';
import { launch } from './launch.js';
import { summaryText } from './run-summary.js';

const texts = {
  up: {
    description:
      'Launch a fleet of edge agents, train in federated rounds, store every record and show it live.\nThe page stays up after the last round until Ctrl-C.',
    examples: `
Examples:
  $ mlaas up
  $ mlaas up --clients 20 --dataset fashion_mnist --strategy dirichlet --distribution-param 0.3 --port 8090
  $ mlaas up --db postgres://user:password@localhost:5432/fleet --broker mqtt://localhost:1883`,
  },
  generate: {
    description: 'Launch a fleet, train in federated rounds, store every record, write the CSV and exit.',
    examples: `
Examples:
  $ mlaas generate --dataset mnist --data-dir ~/data --clients 10 --rounds 5 --seed 7 --output clients.csv
  $ mlaas generate --config run.yaml --seed 8
  $ mlaas generate --clients 50 --rounds 3 --composition random:10 --json > summary.json`,
  },
} as const;

/** `mlaas up` and `mlaas generate`: the same flags and engine; `up` keeps the page afterwards. */
export default function runCommand(name: string): Command {
  const mode = name === 'up' ? 'up' : 'generate';
  const command = new Command(`mlaas ${mode}`).description(texts[mode].description);
  return addRunFlags(command)
    .option('--json', 'print one machine-readable summary line on stdout at the end')
    .addHelpText('after', texts[mode].examples)
    .action(({ json, ...flags }: Record<string, unknown>) => execute(mode, flags, json === true));
}

async function execute(
  mode: 'up' | 'generate',
  flags: Record<string, unknown>,
  json: boolean,
): Promise<void> {
  const config = await readRunConfig(flags);
  const controller = new AbortController();
  const cleanup = new Cleanup();
  const unwatch = watchSignals(controller);
  try {
    const summary = await launch({
      config,
      defaultPort: mode === 'up' ? 8080 : 0,
      cleanup,
      controller,
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

/** The first signal ends the run in order; a second one ends the process at once. */
function watchSignals(controller: AbortController): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    process.stderr.write(`\n${signal}: ending the run in order; once more to end at once\n`);
    controller.abort(new FleetError('INTERRUPTED', `by ${signal}`));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
}
