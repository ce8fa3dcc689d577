import { Command } from 'commander';
import { addRunFlags, readRunConfig } from './config-file.js';
import { executeRun } from './execute-run.js';

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
    .action(async ({ json, ...flags }: Record<string, unknown>) =>
      executeRun(mode, await readRunConfig(flags), json === true),
    );
}
