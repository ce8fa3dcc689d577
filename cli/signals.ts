import { FleetError } from '#protocol';

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
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
}
