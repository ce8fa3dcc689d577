import { useEffect, useState } from 'preact/hooks';
import { reconnects } from '../../live/connection.js';
import { askServer } from '../../state/http.js';
import { useStore } from '../../state/store.js';

/** A question that is often asked of a run, as `mlaas query --named` knows it too. */
export interface NamedQuery {
  readonly name: string;
  readonly description: string;
  /** `$1` stands for the run's id. */
  readonly sql: string;
}

/** The named queries of the store; none until the server has answered, or if it does not. */
export function useNamedQueries(): readonly NamedQuery[] {
  const connections = useStore(reconnects, (count) => count);
  const [queries, setQueries] = useState<readonly NamedQuery[]>([]);
  useEffect(() => {
    const controller = new AbortController();
    askServer('/api/queries', { signal: controller.signal })
      .then((body) => setQueries(Array.isArray(body) ? body.filter(isNamedQuery) : []))
      // The page says by itself that the server is gone; SQL can be written without the list.
      .catch(() => {});
    return () => controller.abort();
  }, [connections]);
  return queries;
}

/** The query's text for a run, to be run or edited: without parameters and without the margin of its source. */
export function sqlFor({ sql }: NamedQuery, runId: string): string {
  return sql.replaceAll(/\n {4}/g, '\n').replaceAll(/\$1\b/g, () => `'${runId.replaceAll("'", "''")}'`);
}

function isNamedQuery(given: unknown): given is NamedQuery {
  return (
    typeof given === 'object' &&
    given !== null &&
    ['name', 'description', 'sql'].every((key) => typeof Reflect.get(given, key) === 'string')
  );
}
