import { useEffect, useState } from 'preact/hooks';
import { reconnects } from '../live/connection.js';
import { askServer, troubleText } from './http.js';
import { useStore } from './store.js';

const firstRetryMs = 1000;
const lastRetryMs = 30_000;

export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: readonly (readonly Value[])[];
  readonly truncated: boolean;
}

export interface QueryOptions {
  readonly params?: readonly (string | number | boolean | null)[];
  readonly maxRows?: number;
}

/** What a query came to; while the next answer is on its way, the last one stays. */
export interface Answer {
  readonly result: QueryResult | undefined;
  readonly isLoading: boolean;
  /** The server's message and what to do. */
  readonly error: string | undefined;
}

/**
 * Asks the store.
 * @throws Error with the server's message and what to do
 */
export async function query(
  sql: string,
  options: QueryOptions = {},
  signal?: AbortSignal,
): Promise<QueryResult> {
  const body = await askServer('/api/query', { body: { sql, ...options }, signal });
  if (isResult(body)) return body;
  throw new Error('the server answered something else');
}

function isResult(body: unknown): body is QueryResult {
  return typeof body === 'object' && body !== null && 'rows' in body && 'columns' in body;
}

/**
 * Asks the store, and again when the question or `version` changes and when the server is back after a loss.
 * What came to nothing is asked again after 1 s, then after twice the time up to 30 s.
 * @param sql undefined while there is nothing to ask
 * @param version changes when the answer may have changed, such as the number of finished rounds
 */
export function useQuery(
  sql: string | undefined,
  params: QueryOptions['params'] = [],
  version: unknown = 0,
  maxRows = 100_000,
): Answer {
  const [answer, setAnswer] = useState<Answer>({ result: undefined, isLoading: true, error: undefined });
  const connections = useStore(reconnects, (count) => count);
  const key = JSON.stringify([sql, params]);
  useEffect(() => {
    if (sql === undefined) return;
    const controller = new AbortController();
    let retryMs = firstRetryMs;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = (): void => {
      setAnswer((last) => ({ ...last, isLoading: true }));
      query(sql, { params, maxRows }, controller.signal)
        .then((result) => setAnswer({ result, isLoading: false, error: undefined }))
        .catch((cause: unknown) => {
          if (controller.signal.aborted) return;
          setAnswer((last) => ({ ...last, isLoading: false, error: troubleText(cause) }));
          timer = setTimeout(ask, retryMs);
          retryMs = Math.min(retryMs * 2, lastRetryMs);
        });
    };
    ask();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [key, version, connections]);
  return answer;
}
