import { useEffect } from 'preact/hooks';
import { csvText, saveText } from '../../charts/save.js';
import { useRunId } from '../../live/use-live.js';
import { troubleText } from '../../state/http.js';
import { hrefOf, replaceAddress, useRoute } from '../../state/route.js';
import { createStore, useKept } from '../../state/store.js';
import { type QueryResult, query, type Value } from '../../state/use-query.js';
import { formatCount, formatCounted } from '../../ui/format.js';
import { ScrollBox } from '../../ui/scroll-box.js';
import { Trouble } from '../../ui/trouble.js';
import { ResultChart } from './result-chart.js';
import { SqlEditor } from './sql-editor.js';
import { sqlFor, useNamedQueries } from './use-named-queries.js';

const maxRows = 100_000;
const shownRows = 500;

interface Outcome {
  readonly result: QueryResult | undefined;
  readonly error: string | undefined;
  readonly isRunning: boolean;
  readonly tookMs: number;
}

const keptSql = createStore(
  'SELECT run_id, name, status, rounds_finished, global_accuracy\nFROM runs\nORDER BY created_at DESC',
);
const keptOutcome = createStore<Outcome>({
  ...{ result: undefined, error: undefined, isRunning: false, tookMs: 0 },
});

/** Any question to the store, in SQL that cannot change anything. */
export function Explore() {
  const run = useRunId();
  const namedQueries = useNamedQueries();
  const { params } = useRoute();
  const given = params.get('sql');
  const [sql, setSql] = useKept(keptSql);
  const [{ result, error, isRunning, tookMs }, setOutcome] = useKept(keptOutcome);

  const ask = async (text: string): Promise<void> => {
    setOutcome({ ...keptOutcome.get(), isRunning: true });
    const began = performance.now();
    const tookMs = (): number => performance.now() - began;
    try {
      const rows = await query(text, { maxRows });
      setOutcome({ result: rows, error: undefined, isRunning: false, tookMs: tookMs() });
    } catch (cause) {
      const { result: before } = keptOutcome.get();
      setOutcome({ result: before, error: troubleText(cause), isRunning: false, tookMs: tookMs() });
    }
  };
  /** Another text is not what the address says, which would bring the old one back. */
  const change = (text: string): void => {
    setSql(text);
    replaceAddress(hrefOf('explore'));
  };
  // An address with a query in it, such as the selection's, runs it.
  useEffect(() => {
    if (given === null) return;
    setSql(given);
    void ask(given);
  }, [given]);

  return (
    <>
      <section class="panel" aria-label="Query">
        <h2>
          Query
          <span class="reading">
            <label class="choice">
              <span>Named queries</span>
              <select
                value=""
                disabled={run === undefined}
                onChange={({ currentTarget }) => {
                  const named = namedQueries.find(({ name }) => name === currentTarget.value);
                  currentTarget.value = '';
                  if (named === undefined || run === undefined) return;
                  const text = sqlFor(named, run);
                  change(text);
                  void ask(text);
                }}
              >
                <option value="">choose …</option>
                {namedQueries.map(({ name, description }) => (
                  <option key={name} value={name} title={description}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          </span>
        </h2>
        <SqlEditor sql={sql} onChange={change} onRun={() => void ask(sql)} />
        <div class="toolbar">
          <button
            type="button"
            class="primary"
            disabled={isRunning || sql.trim() === ''}
            onClick={() => void ask(sql)}
          >
            {isRunning ? 'Running …' : 'Run'}
          </button>
          {result !== undefined && error === undefined && (
            <>
              <span data-testid="result-count">
                {formatCounted(result.rows.length, 'row')} in {formatCount(tookMs)} ms
                {result.truncated && `; there are more than ${formatCount(maxRows)}`}
              </span>
              <button
                type="button"
                onClick={() =>
                  saveText(
                    'query.csv',
                    'text/csv',
                    csvText(
                      result.columns.map(({ name }) => name),
                      result.rows,
                    ),
                  )
                }
              >
                Download CSV
              </button>
            </>
          )}
        </div>
        <Trouble text={error} />
      </section>
      {result !== undefined && error === undefined && (
        <>
          <ResultChart result={result} />
          <ResultTable result={result} />
        </>
      )}
    </>
  );
}

function ResultTable({ result }: { readonly result: QueryResult }) {
  const rows = result.rows.slice(0, shownRows);
  return (
    <section class="panel" aria-label="Result" data-testid="result">
      <h2>
        Result
        <span class="reading">
          {result.rows.length > shownRows &&
            `the first ${shownRows} of ${formatCount(result.rows.length)} rows`}
        </span>
      </h2>
      <ScrollBox kind="scroll result-rows" label="Rows of the result">
        <table class="left">
          <thead>
            <tr>
              {result.columns.map(({ name, type }) => (
                <th key={name} scope="col" title={type}>
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, i) => (
              <tr key={i}>
                {row.map((value, column) => (
                  <td key={result.columns[column]?.name} title={textOf(value)}>
                    {shortTextOf(value)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length === 0 && <p class="empty">No rows.</p>}
      </ScrollBox>
    </section>
  );
}

function textOf(value: Value): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A fraction with six significant digits; the cell's title and the download have all. */
function shortTextOf(value: Value): string {
  const isFraction = typeof value === 'number' && Number.isFinite(value) && !Number.isInteger(value);
  return isFraction ? String(Number(value.toPrecision(6))) : textOf(value);
}
