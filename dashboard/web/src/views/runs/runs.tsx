import { useState } from 'preact/hooks';
import { useLive } from '../../live/use-live.js';
import { hrefOf } from '../../state/route.js';
import { useQuery } from '../../state/use-query.js';
import { formatCount, formatDuration, formatValue } from '../../ui/format.js';
import { QueryState } from '../../ui/query-state.js';
import { ScrollBox } from '../../ui/scroll-box.js';
import { Compare } from './compare.js';
import { StartRun } from './start-run.js';

const mostCompared = 6;
const shownRuns = 200;

/** The stored runs: find, compare, play again. */
export function Runs() {
  const finished = useLive(({ rounds, run }) => `${rounds.length} ${run?.status}`);
  const liveRun = useLive(({ run, source }) => (source.kind === 'live' ? run?.runId : undefined));
  const [filter, setFilter] = useState('');
  const [chosen, choose] = useState<readonly string[]>([]);
  const answer = useQuery(
    `SELECT run_id, name, status, extract(epoch FROM created_at)::float8 * 1000,
       extract(epoch FROM finished_at - created_at)::float8, dataset, strategy, clients, rounds_finished, rounds,
       global_metric_score, global_loss
     FROM runs WHERE $1 = '' OR strpos(lower(concat_ws(' ', run_id, name, status, dataset, strategy)), lower($1)) > 0
     ORDER BY created_at DESC LIMIT ${shownRuns}`,
    [filter],
    finished,
  );
  const rows = answer.result?.rows ?? [];
  const toggle = (run: string): void =>
    choose((before) => (before.includes(run) ? before.filter((one) => one !== run) : [...before, run]));
  return (
    <>
      <StartRun />
      <section class="panel" aria-label="Runs">
        <h2>
          Runs
          <span class="reading">
            <label class="choice">
              <span>Filter</span>
              <input
                type="search"
                placeholder="name, dataset, status …"
                value={filter}
                onInput={({ currentTarget }) => setFilter(currentTarget.value)}
              />
            </label>
            {chosen.length < 2 ? 'choose 2 to 6 to compare' : `${chosen.length} compared below`}
          </span>
        </h2>
        <QueryState answer={answer}>
          <ScrollBox kind="wide runs-list" label="Stored runs">
            <table class="left">
              <thead>
                <tr>
                  <th scope="col">compare</th>
                  <th scope="col">run</th>
                  <th scope="col">status</th>
                  <th scope="col">started</th>
                  <th scope="col">took</th>
                  <th scope="col">data</th>
                  <th scope="col">clients</th>
                  <th scope="col">rounds</th>
                  <th scope="col">score</th>
                  <th scope="col">loss</th>
                  <th scope="col">show</th>
                </tr>
              </thead>
              <tbody>
                {rows.map(
                  ([
                    id,
                    name,
                    status,
                    at,
                    took,
                    dataset,
                    strategy,
                    clients,
                    done,
                    rounds,
                    accuracy,
                    loss,
                  ]) => {
                    const run = String(id);
                    return (
                      <tr key={run} data-testid="run" data-run={run}>
                        <td>
                          <input
                            type="checkbox"
                            aria-label={`Compare ${String(name)}`}
                            checked={chosen.includes(run)}
                            disabled={!chosen.includes(run) && chosen.length >= mostCompared}
                            onChange={() => toggle(run)}
                          />
                        </td>
                        <td title={run}>{String(name)}</td>
                        <td>
                          <span class="badge" data-status={String(status)}>
                            {String(status)}
                          </span>
                        </td>
                        <td>{new Date(Number(at)).toLocaleString('en-GB')}</td>
                        <td>{took === null ? '' : formatDuration(Number(took))}</td>
                        <td>
                          {String(dataset)}, {String(strategy)}
                        </td>
                        <td>{formatCount(Number(clients))}</td>
                        <td>
                          {String(done)} of {String(rounds)}
                        </td>
                        <td>{accuracy === null ? '' : formatValue(Number(accuracy), 'ratio')}</td>
                        <td>{loss === null ? '' : formatValue(Number(loss), '')}</td>
                        <td>
                          <a href={hrefOf('overview', { run: run === liveRun ? undefined : run })}>
                            {run === liveRun ? 'live' : 'replay'}
                          </a>
                        </td>
                      </tr>
                    );
                  },
                )}
              </tbody>
            </table>
            {rows.length === 0 && (
              <p class="empty">{filter === '' ? 'No runs yet.' : 'No run fits the filter.'}</p>
            )}
          </ScrollBox>
        </QueryState>
      </section>
      {chosen.length >= 2 && <Compare runs={chosen} version={finished} />}
    </>
  );
}
