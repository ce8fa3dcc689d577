import { writeFile } from 'node:fs/promises';
import { Command, InvalidArgumentError } from 'commander';
import { FleetError } from '#protocol';
import { readRunConfig } from './config-file.js';
import { addConfigFlags } from './config-flags.js';
import { createPreview, type Preview } from './partition-preview/preview.js';
import { previewSvg } from './partition-preview/preview-svg.js';
import { previewText } from './partition-preview/preview-text.js';
import { prepareRunData } from './run-data.js';

/** Fields outside the group `Data` that decide a partition. */
const alsoNeeded: ReadonlySet<string> = new Set(['clients', 'rounds', 'seed']);

/** `mlaas partition preview`: how a run would divide its data, without a run. */
export default function partitionCommand(): Command {
  const preview = new Command('preview')
    .description('Draw the client x label matrix of a partition with its measures; starts no process.')
    .option('--config <FILE>', 'YAML file of settings; flags win over it')
    .option('--svg <FILE>', 'also write it as an image')
    .option('--json', 'print one line of JSON instead of the matrix')
    .option('--rows-shown <N>', 'clients that the matrix shows at most', atLeastOne, 50);
  addConfigFlags(preview, ({ group, key }) => group === 'Data' || alsoNeeded.has(key));
  preview.action(async ({ svg, json, rowsShown, ...flags }: Record<string, unknown>) => {
    const config = await readRunConfig(flags);
    const data = await prepareRunData(config, (text) => void process.stderr.write(`${text}\n`));
    const drawn = createPreview(config, data);
    if (typeof svg === 'string') await writeSvg(svg, previewSvg(drawn));
    const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
    process.stdout.write(
      json === true ? previewJson(drawn) : previewText(drawn, { colour, maxClients: Number(rowsShown) }),
    );
  });
  return new Command('mlaas partition')
    .description('Look at how training data is divided among clients.')
    .addCommand(preview)
    .addHelpText(
      'after',
      `
Examples:
  $ mlaas partition preview --clients 10 --strategy dirichlet --distribution-param 0.3
  $ mlaas partition preview --dataset mnist --data-dir ~/data --clients 100 --strategy shard --svg shard.svg`,
    );
}

function atLeastOne(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('must be a whole number from 1');
  return value;
}

/** Everything but the sample indices. */
function previewJson({ title, labels, shares, meanPairwiseDistance }: Preview): string {
  const clients = shares.map(({ client, samples, labelCounts, heterogeneity }) => ({
    client,
    samples,
    labelCounts,
    ...heterogeneity,
  }));
  return `${JSON.stringify({ title, labels, meanPairwiseDistance, clients })}\n`;
}

async function writeSvg(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FleetError('OUTPUT_UNWRITABLE', `--svg ${path}: ${reason}`, { cause });
  }
}
