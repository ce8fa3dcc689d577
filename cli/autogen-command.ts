import { Command } from 'commander';
import { FleetError } from '#protocol';
import { autogen } from './autogen/autogen.js';
import { unlessGiven } from './autogen/search-space.js';
import { addConfigFlags } from './config-flags.js';
import { wholeNumberFlag } from './whole-number-flag.js';

interface AutogenFlags extends Readonly<Record<string, unknown>> {
  readonly runs?: number;
  readonly taskSplit?: string;
  readonly plan?: string;
  readonly parallel: number;
  readonly dryRun?: true;
  readonly json?: true;
}

/** What makes no sense for many runs. */
const leftOut: ReadonlySet<string> = new Set(['name', 'output', 'localAgents']);

/** `mlaas autogen`: draws a plan of many runs, writes it as a manifest, and runs it. */
export default function autogenCommand(): Command {
  const command = new Command('mlaas autogen')
    .description(
      'Draw a plan of many runs over tasks, datasets, families, distributions and hyperparameters, write it as a\nmanifest (CSV, one row a run), check all of it and run it. Repeat the command to go on where it stopped.',
    )
    .option(
      '--runs <N>',
      'runs of the plan (1 to 100000; default: 100)',
      wholeNumberFlag('--runs', 1, 100_000),
    )
    .option(
      '--task-split <LIST>',
      'per cent of classification, regression and clustering (default: 60,25,15; without what cannot be learned here)',
    )
    .option('--plan <FILE>', 'the manifest; one that exists is run as it is (default: under outputs/plans/)')
    .option('--parallel <N>', 'runs that go on at once', wholeNumberFlag('--parallel', 1, 64), 1)
    .option('--dry-run', 'write, check and show the plan, and run nothing')
    .option('--json', 'print one machine-readable summary line on stdout at the end');
  return addConfigFlags(
    command,
    ({ key }) => !leftOut.has(key),
    ({ key }) => unlessGiven(key),
  )
    .addHelpText(
      'after',
      `
A flag of \`mlaas generate\` gives every run that value instead of a drawn one. --seed is the plan's: each run has a
drawn one. Runs at once share the machine: their measured times do too.

Examples:
  $ mlaas autogen --runs 200 --task-split 60,25,15 --seed 7 --data-dir ~/data --dry-run
  $ mlaas autogen --plan edited.csv --parallel 2
  $ mlaas autogen --runs 20 --rounds 3 --sample-size 2000`,
    )
    .action(async ({ runs, taskSplit, plan, parallel, dryRun, json, ...fields }: AutogenFlags) => {
      const options = { runs, taskSplit, plan, parallel, dryRun: dryRun === true, fields };
      const summary = await autogen(options);
      if (summary === undefined) return;
      const { finished, skipped, failed, retry, duration_s } = summary;
      process.stderr.write(
        `${finished} runs finished, ${skipped} were in the store, ${failed} failed, in ${duration_s.toFixed(1)} s\n`,
      );
      if (json) process.stdout.write(`${JSON.stringify(summary)}\n`);
      if (failed > 0) throw new FleetError('PLAN_INCOMPLETE', `${failed} failed, see ${retry}`);
    });
}
