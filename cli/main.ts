#!/usr/bin/env node
import { Command } from 'commander';
import { packageVersion } from './package-version.js';

/**
 * Every subcommand lives in its own file and is loaded only when it is asked for, so that
 * `mlaas --help` loads nothing but the argument parser.
 */
const subcommands: Readonly<
  Record<string, { summary: string; load: () => Promise<{ default: (name: string) => Command }> }>
> = {
  up: {
    summary: 'launch a fleet with its live page and keep the page up until Ctrl-C',
    load: () => import('./run-command.js'),
  },
  generate: {
    summary: 'launch a fleet, write the CSV and exit',
    load: () => import('./run-command.js'),
  },
  resume: {
    summary: 'go on with a run that was interrupted or killed',
    load: () => import('./resume-command.js'),
  },
  wizard: { summary: 'make a run by answering questions', load: () => import('./wizard-command.js') },
  autogen: {
    summary: 'draw a plan of many runs, write it as a manifest and run it',
    load: () => import('./autogen-command.js'),
  },
  config: {
    summary: 'print a resolved configuration, or the schema of run files',
    load: () => import('./config-command.js'),
  },
  merge: {
    summary: 'merge CSV files and stored runs into one CSV',
    load: () => import('./merge-command.js'),
  },
  query: { summary: 'run read-only SQL on the store', load: () => import('./query-command.js') },
  runs: { summary: 'list the stored runs, or show one', load: () => import('./runs-command.js') },
  db: { summary: 'set up, look at and tidy the store', load: () => import('./db-command.js') },
  export: {
    summary: 'write stored runs as a dataset ready to publish, or verify one',
    load: () => import('./export-command.js'),
  },
  import: {
    summary: 'bring an exported dataset back into a store',
    load: () => import('./import-command.js'),
  },
  agent: {
    summary: 'join a run as one agent, from this or another machine',
    load: () => import('./agent-command.js'),
  },
  partition: {
    summary: 'draw how a strategy divides the data among clients',
    load: () => import('./partition-command.js'),
  },
  doctor: { summary: 'tell what this machine has and lacks', load: () => import('./doctor-command.js') },
};

const examples = `
Examples:
  $ mlaas up                                   10 agents, built-in dataset, page on http://127.0.0.1:8080
  $ mlaas generate --dataset mnist --data-dir ~/data --clients 10 --rounds 5 --seed 7 --output clients.csv
  $ mlaas query "select round, avg(accuracy) from client_rounds group by 1 order by 1"
  $ mlaas runs show RUN

Run 'mlaas COMMAND --help' for the flags of a command.`;

/** Flags that the program itself answers; everything else is for a subcommand, or an error. */
const ownFlags: ReadonlySet<string> = new Set(['-h', '--help', '-V', '--version']);

async function main(given: readonly string[]): Promise<void> {
  const argv = given[0] === 'help' ? [...given.slice(1, 2), '--help'] : given;
  const [name = ''] = argv;
  const subcommand = Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (subcommand !== undefined) {
    const { runCommand } = await import('./run-subcommand.js');
    const { default: create } = await subcommand.load();
    await runCommand(create(name), argv.slice(1));
    return;
  }
  const program = new Command('mlaas')
    .description('Launch a fleet of MLaaS edge agents, watch it live, query and export the dataset.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand(false)
    .addHelpText('after', examples);
  for (const [command, { summary }] of Object.entries(subcommands)) {
    program.command(command).summary(summary).description(summary);
  }
  if (argv.length === 0) program.outputHelp();
  else if (ownFlags.has(name)) await program.parseAsync(argv, { from: 'user' });
  else await (await import('./run-subcommand.js')).runCommand(program, argv);
}

/** A reader such as `head` that has seen enough, or a terminal that is closed, must not end a run. */
const readerHasLeft: ReadonlySet<string | undefined> = new Set(['EPIPE', 'EIO']);

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (!readerHasLeft.has(error.code)) void import('./run-subcommand.js').then(({ fail }) => fail(error));
  });
}

// ONNX Runtime's packages report their use to Microsoft, by threads, a database and connections of their own. Said
// before any thread loads it, and inherited by every agent.
process.env.ORT_DISABLE_TELEMETRY ??= '1';

await main(process.argv.slice(2));
