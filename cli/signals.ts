import { FleetError } from '#protocol';

/** Ctrl-C, the system's wish, and a terminal that is closed. */
const ends = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * The first signal ends the run in order; a second one ends the process at once.
 * @returns what ends the watch
 */
export function watchSignals(controller: AbortController): () => void {
  const onSignal = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(130);
    process.stderr.write(`\n${signal}: ending the run in order; once more to end at once\n`);
    controller.abort(new FleetError('INTERRUPTED', `by ${signal}`));
  };
  for (const signal of ends) process.on(signal, onSignal);
  return () => {
    for (const signal of ends) process.off(signal, onSignal);
  };
}
