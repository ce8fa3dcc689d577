import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { FleetError, parseRunFile, type RunConfig, resolveRunConfig } from '#protocol';
import { addConfigFlags } from './config-flags.js';
import { withDistribution } from './distribution-file.js';

/** Adds every flag of the run configuration, and `--config FILE`, whose values flags override. */
export function addRunFlags(command: Command): Command {
  return addConfigFlags(
    command.option('--config <FILE>', 'YAML file of settings; flags win over it (see `mlaas config print`)'),
  );
}

/**
 * The configuration that a command's flags and its file give together.
 * @param flags what `addRunFlags` gathers
 * @throws FleetError CONFIG_INVALID
 */
export async function readRunConfig(flags: Readonly<Record<string, unknown>>): Promise<RunConfig> {
  const { config: path, ...given } = flags;
  const fields = await withDistribution(given);
  if (typeof path !== 'string') return resolveRunConfig(undefined, fields);
  const file = parseRunFile(await readText(path), path);
  return resolveRunConfig({ ...file, values: await withDistribution(file.values) }, fields);
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FleetError('CONFIG_INVALID', `--config ${path}: ${reason}`, { cause });
  }
}
