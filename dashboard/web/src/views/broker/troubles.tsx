import { useLive, useRunId } from '../../live/use-live.js';
import { useQuery } from '../../state/use-query.js';
import { formatCount, formatTime } from '../../ui/format.js';
import { QueryState } from '../../ui/query-state.js';
import { ScrollBox } from '../../ui/scroll-box.js';

/** Warnings and errors of the run by their code, from the store. */
export function Troubles() {
  const run = useRunId();
  const lines = useLive(({ log }) => log.at(-1)?.id ?? 0);
  const answer = useQuery(
    `SELECT code, count(*)::int, extract(epoch FROM max(ts))::float8 * 1000,
       (array_agg(message ORDER BY seq DESC))[1]
     FROM events WHERE run_id = $1 AND level <> 'info' GROUP BY code ORDER BY 2 DESC, 1`,
    [run ?? ''],
    lines,
  );
  const rows = answer.result?.rows ?? [];
  return (
    <QueryState answer={answer}>
      <section class="panel" aria-label="Warnings and errors" data-testid="troubles">
        <h2>Warnings and errors</h2>
        {rows.length === 0 ? (
          <p class="empty">None in this run.</p>
        ) : (
          <ScrollBox kind="wide" label="Codes">
            <table class="left">
              <thead>
                <tr>
                  <th scope="col">code</th>
                  <th scope="col">times</th>
                  <th scope="col">last</th>
                  <th scope="col">latest message</th>
                </tr>
              </thead>
              <tbody>
                {rows.map(([code, count, at, message]) => (
                  <tr key={String(code)}>
                    <td>
                      <code>{String(code)}</code>
                    </td>
                    <td>{formatCount(Number(count))}</td>
                    <td>{formatTime(Number(at))}</td>
                    <td class="message">{message === null ? '' : String(message)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </ScrollBox>
        )}
      </section>
    </QueryState>
  );
}
