import { parseRunConfig, type RunConfig, withoutPassword } from '#protocol';
import { shellWord } from './shell-word.js';

/**
 * What people are told of a run that has stopped: the command that goes on with it, ready to be typed in the same
 * folder but for passwords, which are not shown; or that there is none.
 */
export function resumeHint(runId: string, config: RunConfig): string {
  if (!config.saveWeights) return `run ${runId} kept no checkpoints to go on from (--no-save-weights)`;
  const secrets = (['db', 'broker'] as const).filter((key) => hasPassword(config[key]));
  const flags = [
    ...(config.db === undefined ? [] : ['--db', withoutPassword(config.db)]),
    ...unlessStandard('--store-dir', 'storeDir', config),
    // The store knows that of the run's beginning; a resumed run may have got another.
    ...unlessStandard('--checkpoint-dir', 'checkpointDir', config),
    // The store knows the broker, too, but no password.
    ...(config.broker !== undefined && secrets.includes('broker')
      ? ['--broker', withoutPassword(config.broker)]
      : []),
  ];
  const command = ['mlaas resume', runId, ...flags.map(shellWord)].join(' ');
  const rest = secrets.map((key) => `; put the password of --${key} in again`).join('');
  return `${command} goes on with the run${rest}`;
}

const hasPassword = (url: string | undefined): boolean => url !== undefined && withoutPassword(url) !== url;

function unlessStandard(flag: string, key: 'storeDir' | 'checkpointDir', config: RunConfig): string[] {
  return config[key] === parseRunConfig({})[key] ? [] : [flag, config[key]];
}
