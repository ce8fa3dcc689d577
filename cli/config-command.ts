import { Command, Option } from 'commander';
import { runConfigJsonSchema, runConfigYaml, shownRunConfig } from '#protocol';
import { addRunFlags, readRunConfig } from './config-file.js';

/** `mlaas config print` and `mlaas config schema`. */
export default function configCommand(): Command {
  const print = addRunFlags(
    new Command('print')
      .description('Print the configuration that the given flags and file make, as a run file.')
      .addOption(
        new Option('--format <FORMAT>', 'how to print it').choices(['yaml', 'json']).default('yaml'),
      ),
  ).action(async ({ format, ...flags }: Record<string, unknown>) => {
    const config = await readRunConfig(flags);
    const text =
      format === 'json' ? `${JSON.stringify(shownRunConfig(config), null, 2)}\n` : runConfigYaml(config);
    process.stdout.write(text);
  });
  const schema = new Command('schema')
    .description('Print the JSON Schema of a run file.')
    .action(() => void process.stdout.write(`${JSON.stringify(runConfigJsonSchema(), null, 2)}\n`));
  return new Command('mlaas config')
    .description('Show the resolved configuration of a run, or the schema of run files.')
    .addCommand(print)
    .addCommand(schema)
    .addHelpText(
      'after',
      `
Examples:
  $ mlaas config print --clients 20 --dataset mnist > run.yaml
  $ mlaas config print --config run.yaml --seed 7 --format json
  $ mlaas config schema > run.schema.json`,
    );
}
