import type { RoundPoint, RunView } from '../../../../server/frames/live-view.js';
import { formatCount, formatCounted, formatDuration, formatPercent } from '../../ui/format.js';
import { roundsSince } from './run-progress.js';

/** One line of plain language on what happens now. */
export function narrate(run: RunView, rounds: readonly RoundPoint[], online: number): string {
  if (run.status === 'running') return narrateRound(run, online);
  const last = rounds.at(-1);
  const took =
    run.finishedAt === undefined ? '' : ` in ${formatDuration((run.finishedAt - run.startedAt) / 1000)}`;
  const since = roundsSince(rounds, run.startedAt).length;
  const resumed = since < rounds.length ? `, ${formatCount(since)} of them since it was resumed,` : '';
  const done = `${formatCounted(last?.round ?? 0, 'round')}${resumed}${took}`;
  if (run.status !== 'finished') {
    const how = run.status === 'failed' ? 'The run failed' : 'The run was interrupted';
    // A reason may begin with the status that the sentence has told.
    const reason = run.reason?.replace(new RegExp(`^${run.status}: `), '');
    return `${how} after ${done}${reason ? `: ${reason}` : '.'}`;
  }
  const result =
    last === undefined
      ? ''
      : ` The global model has ${run.scoreName === 'accuracy' ? 'an accuracy' : 'a score'} of ${formatPercent(last.accuracy)}.`;
  return `Done: ${done}.${result}`;
}

function narrateRound(run: RunView, online: number): string {
  const clients = formatCounted(run.participants, 'client');
  switch (run.roundState) {
    case 'starting':
      return `Starting the agents: ${online} of ${run.clients} connected.`;
    case 'announce':
      return `Round ${run.round}: sending the global model to ${clients}.`;
    case 'collect':
      return `Round ${run.round}: collecting, ${run.reported} of ${formatCounted(run.participants, 'update')} in.`;
    case 'aggregate':
      return `Round ${run.round}: combining the updates into the next global model.`;
    case 'evaluate':
      return `Round ${run.round}: evaluating the global model on the test set.`;
    case 'compose':
      return `Round ${run.round}: scoring the composition.`;
    case 'store':
      if (run.isPaused) return `Paused after round ${run.round}.`;
      return `Round ${run.round}: storing the results.`;
    default:
      return `Round ${run.round}: ${run.roundState}.`;
  }
}
