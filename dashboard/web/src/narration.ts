import type { RunView } from '../../server/live-view.js';

/** One line of plain language on what happens now. */
export function narrate(run: RunView): string {
  switch (run.status) {
    case 'finished':
      return `All ${run.rounds} rounds are done. The store and the CSV hold every record.`;
    case 'failed':
      return `The run failed: ${run.reason ?? 'no reason given'}.`;
    case 'interrupted':
      return `The run was interrupted in round ${run.round}; finished rounds are stored.`;
    case 'running':
      return narrateRound(run);
  }
}

function narrateRound(run: RunView): string {
  const updates = `${run.reported} of ${run.participants} updates in`;
  switch (run.roundState) {
    case 'starting':
      return `Waiting for ${run.clients} agents to connect and load their share of the data.`;
    case 'announce':
      return `Round ${run.round}: sending the global model to ${run.participants} agents.`;
    case 'collect':
      return `Round ${run.round}: agents are training, ${updates}.`;
    case 'aggregate':
      return `Round ${run.round}: averaging the updates.`;
    case 'evaluate':
      return `Round ${run.round}: evaluating the global model on the test set.`;
    case 'compose':
      return `Round ${run.round}: deciding who takes part next.`;
    default:
      return `Round ${run.round}: storing its records.`;
  }
}

/** Milliseconds until the end by the mean of the rounds so far; undefined before the first is over. */
export function remainingMs(run: RunView, finishedRounds: number, now: number): number | undefined {
  if (run.status !== 'running' || finishedRounds === 0 || run.roundsBeganAt === 0) return undefined;
  const lastRoundMs = (now - run.roundsBeganAt) / Math.max(finishedRounds, run.round - 0.5);
  return Math.max(0, lastRoundMs * (run.rounds - finishedRounds - 0.5));
}
