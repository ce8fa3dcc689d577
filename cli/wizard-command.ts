import { Command } from 'commander';
import { FleetError } from '#protocol';
import { addConfigFlags } from './config-flags.js';
import { executeRun } from './execute-run.js';
import { wizard } from './wizard/wizard.js';

/** `mlaas wizard`: asks for a run, shows its command, saves it and runs it. */
export default function wizardCommand(): Command {
  const command = new Command('mlaas wizard').description(
    'Make a run by answering questions; shows the equivalent command and saves a run file.',
  );
  return addConfigFlags(command, ({ scope, key }) => scope === 'deployment' && key !== 'output')
    .addHelpText('after', '\nExamples:\n  $ mlaas wizard\n  $ mlaas wizard --data-dir ~/data')
    .action(async (flags: Record<string, unknown>) => {
      if (!process.stdin.isTTY || !process.stdout.isTTY) {
        throw new FleetError('USAGE', 'the wizard needs a terminal; `mlaas generate` takes flags or a file');
      }
      const { config, runNow } = await wizard(flags);
      if (runNow) await executeRun('generate', config, false);
    });
}
