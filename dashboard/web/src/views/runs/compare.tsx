import { useMemo } from 'preact/hooks';
import { type Axis, fittedAxis, ratioAxis, roundAxis } from '../../charts/axis.js';
import { ChartPanel } from '../../charts/chart-panel.js';
import { lastKnown } from '../../charts/last-known.js';
import { useQuery, type Value } from '../../state/use-query.js';
import { formatValue, noValue } from '../../ui/format.js';
import { QueryState } from '../../ui/query-state.js';
import { ScrollBox } from '../../ui/scroll-box.js';

/** Colours and dashes of the runs, so that each is told by both. */
const looks = [
  { color: '--accent', dash: [] },
  { color: '--second', dash: [6, 3] },
  { color: '--uploading', dash: [2, 2] },
  { color: '--starting', dash: [8, 3, 2, 3] },
  { color: '--waiting', dash: [12, 4] },
  { color: '--idle', dash: [4, 4] },
] as const;

interface CompareProps {
  readonly runs: readonly string[];
  /** Changes when a run has gone on. */
  readonly version: string;
}

/** Two to six runs on one chart, and what their configurations have different. */
export function Compare({ runs, version }: CompareProps) {
  const places = runs.map((_, i) => `$${i + 1}`).join(', ');
  const answer = useQuery(
    `SELECT run_id, round, global_metric_score, global_loss FROM rounds WHERE run_id IN (${places}) ORDER BY round`,
    runs,
    version,
  );
  const names = useQuery(`SELECT run_id, name FROM runs WHERE run_id IN (${places})`, runs);
  const nameOf = (run: string): string => String(names.result?.rows.find(([id]) => id === run)?.[1] ?? run);
  const rows = answer.result?.rows ?? [];
  const last = rows.reduce((most, [, round]) => Math.max(most, Number(round)), 0);
  const props = { runs, rows, rounds: last, nameOf };
  return (
    <QueryState answer={answer}>
      <div class="charts">
        <ComparedCurve
          {...props}
          title="Global accuracy or score by run"
          column={2}
          yAxis={ratioAxis}
          unit="ratio"
        />
        <ComparedCurve {...props} title="Global loss by run" column={3} yAxis={fittedAxis} unit="" />
      </div>
      <ConfigurationDiff runs={runs} nameOf={nameOf} />
    </QueryState>
  );
}

interface ComparedCurveProps {
  readonly title: string;
  readonly runs: readonly string[];
  readonly rows: readonly (readonly Value[])[];
  readonly rounds: number;
  readonly column: number;
  readonly yAxis: Axis;
  readonly unit: string;
  readonly nameOf: (run: string) => string;
}

function ComparedCurve({ title, runs, rows, rounds, column, yAxis, unit, nameOf }: ComparedCurveProps) {
  const x = useMemo(() => Array.from({ length: rounds }, (_, i) => i + 1), [rounds]);
  const xAxis = useMemo(() => roundAxis(rounds), [rounds]);
  const names = runs.map(nameOf);
  const lines = useMemo(
    () =>
      runs.map((run, i) => {
        const values: (number | null)[] = x.map(() => null);
        for (const row of rows) if (row[0] === run) values[Number(row[1]) - 1] = Number(row[column]);
        return { ...(looks[i] ?? looks[0]), label: names[i] ?? run, values };
      }),
    [rows, runs.join(), names.join(), x],
  );
  return (
    <ChartPanel
      title={title}
      testId={`compare-${column}`}
      x={x}
      xName="round"
      xAxis={xAxis}
      yAxis={yAxis}
      lines={lines}
      reading={(index) =>
        lines.map(({ label, color, values }) => (
          <span key={label} style={{ color: `var(${color})` }}>
            {label} <b>{lastText(values, index, unit)}</b>
          </span>
        ))
      }
      spoken={
        lines.map(({ label, values }) => `${label} ${lastText(values, x.length - 1, unit)}`).join(', ') ||
        noValue
      }
      emptyText="None of them has finished a round."
    />
  );
}

/** What a run had last, and in which round when that was before: runs are of different lengths. */
function lastText(values: readonly (number | null)[], index: number, unit: string): string {
  const last = lastKnown(values, index);
  const text = formatValue(last?.value, unit);
  return last === undefined || last.index === index ? text : `${text} in round ${last.index + 1}`;
}

function ConfigurationDiff({
  runs,
  nameOf,
}: {
  readonly runs: readonly string[];
  readonly nameOf: (run: string) => string;
}) {
  const places = runs.map((_, i) => `$${i + 1}`).join(', ');
  const { result } = useQuery(
    `SELECT scope, key, run_id, value FROM run_params WHERE run_id IN (${places}) ORDER BY scope, key`,
    runs,
  );
  const different = useMemo(() => differences(result?.rows ?? [], runs), [result]);
  return (
    <section class="panel" aria-label="Differences of the configurations" data-testid="config-diff">
      <h2>
        Differences of the configurations
        <span class="reading">{different.length} fields</span>
      </h2>
      {different.length === 0 ? (
        <p class="empty">They are the same.</p>
      ) : (
        <ScrollBox kind="wide" label="Fields">
          <table class="left">
            <thead>
              <tr>
                <th scope="col">field</th>
                {runs.map((run) => (
                  <th key={run} scope="col">
                    {nameOf(run)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {different.map(({ field, values }) => (
                <tr key={field}>
                  <td>{field}</td>
                  {runs.map((run) => (
                    <td key={run}>{values.get(run) ?? noValue}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
    </section>
  );
}

function differences(
  rows: readonly (readonly Value[])[],
  runs: readonly string[],
): { readonly field: string; readonly values: ReadonlyMap<string, string> }[] {
  const fields = new Map<string, Map<string, string>>();
  for (const [scope, key, run, value] of rows) {
    const field = `${String(scope)}.${String(key)}`;
    const values = fields.get(field) ?? new Map<string, string>();
    values.set(String(run), String(value));
    fields.set(field, values);
  }
  return [...fields]
    .map(([field, values]) => ({ field, values }))
    .filter(({ values }) => new Set(runs.map((run) => values.get(run))).size > 1);
}
