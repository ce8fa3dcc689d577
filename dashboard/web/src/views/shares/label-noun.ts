import { useLive, useRunId } from '../../live/use-live.js';
import { useQuery } from '../../state/use-query.js';

/** What the counts of a client's samples are by: labels, or the bins that a regression's targets are put into. */
export function useLabelNoun(): 'label' | 'bin' {
  const run = useRunId();
  const hasResults = useLive(({ rounds }) => rounds.length > 0);
  const { result } = useQuery(
    hasResults
      ? 'SELECT EXISTS (SELECT 1 FROM client_rounds WHERE run_id = $1 AND rmse IS NOT NULL)'
      : undefined,
    [run ?? ''],
  );
  return result?.rows[0]?.[0] === true ? 'bin' : 'label';
}
