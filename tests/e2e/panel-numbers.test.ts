import { describe, expect, it } from 'vitest';
import { hasChromium } from '../../scripts/chromium.js';
import { clients } from './recorded-run.js';
import { StoredPage } from './stored-page.js';

interface Panel {
  readonly view: string;
  /** Title of the panel, by which its menu to save it is found. */
  readonly title: string;
  /** The same numbers, asked of the store: the columns of the saved CSV, in order. */
  readonly sql: string;
  /** Columns of the CSV to leave out, and its label column to compare as text, by index. */
  readonly ratio?: number;
}

const rate = (column: string): string => `(detail->>'${column}')::float8`;
const rates = (a: string, b: string): string =>
  `SELECT * FROM (SELECT floor(extract(epoch FROM ts))::float8 AS at,
     (${rate(a)} - lag(${rate(a)}) OVER w) / extract(epoch FROM ts - lag(ts) OVER w)::float8 AS a,
     (${rate(b)} - lag(${rate(b)}) OVER w) / extract(epoch FROM ts - lag(ts) OVER w)::float8 AS b
   FROM events WHERE run_id = $1 AND type = 'broker' WINDOW w AS (ORDER BY seq)) q WHERE a IS NOT NULL ORDER BY at`;
const meanBySecond = (column: string): string =>
  `SELECT floor(extract(epoch FROM ts))::float8 AS at, avg(${column})::float8 FROM telemetry WHERE run_id = $1 GROUP BY 1 ORDER BY 1`;
/** Of so many values, that in the place of the share's rank. */
const quantile = (share: number): string =>
  `(array_agg(latency_ms ORDER BY latency_ms))[floor(${share} * (count(*) - 1))::int + 1]`;
const name = `'c' || lpad(client_id::text, 4, '0')`;
const latest = (column: string): string =>
  `(SELECT ${column} FROM client_rounds r WHERE r.run_id = c.run_id AND r.client_id = c.client_id AND ${column} IS NOT NULL
    ORDER BY round DESC LIMIT 1)`;

const panels: readonly Panel[] = [
  {
    view: 'overview',
    title: 'Global accuracy',
    sql: 'SELECT round, global_metric_score FROM rounds WHERE run_id = $1 ORDER BY round',
  },
  {
    view: 'overview',
    title: 'Global loss',
    sql: 'SELECT round, global_loss FROM rounds WHERE run_id = $1 ORDER BY round',
  },
  {
    view: 'overview',
    title: 'Participants',
    sql: 'SELECT round, participating_clients, failed_clients FROM rounds WHERE run_id = $1 ORDER BY round',
  },
  { view: 'overview', title: 'Messages', sql: rates('messagesIn', 'messagesOut') },
  { view: 'overview', title: 'Data', sql: rates('bytesIn', 'bytesOut') },
  {
    view: 'fleet',
    title: 'Telemetry latency over the fleet',
    sql: `SELECT floor(extract(epoch FROM ts))::float8 AS at, ${[0.95, 0.75, 0.5, 0.25, 0.05].map(quantile).join(', ')}
          FROM telemetry WHERE run_id = $1 GROUP BY 1 ORDER BY 1`,
    // The sketch's bound.
    ratio: 0.011,
  },
  {
    view: 'data',
    title: 'Samples by client and label',
    sql: `SELECT ${name}, ${Array.from({ length: 10 }, (_, i) => `data_distribution[${i + 1}]`).join(', ')}
          FROM clients WHERE run_id = $1 ORDER BY client_id`,
  },
  {
    view: 'data',
    title: 'Accuracy against heterogeneity',
    sql: `SELECT ${name}, label_js_bits, ${latest('metric_score')} FROM clients c
          WHERE run_id = $1 AND label_js_bits IS NOT NULL AND ${latest('metric_score')} IS NOT NULL ORDER BY client_id`,
  },
  {
    view: 'data',
    title: 'Size and divergence of shares',
    sql: `SELECT ${name}, samples_count, label_js_bits FROM clients WHERE run_id = $1 ORDER BY client_id`,
  },
  {
    view: 'qos',
    title: 'Compute time by round',
    sql: `SELECT round, ${[0.95, 0.75, 0.5, 0.25, 0.05].map((share) => `percentile_cont(${share}) WITHIN GROUP (ORDER BY compute_time_s)`).join(', ')}
          FROM client_rounds WHERE run_id = $1 AND selected_flag GROUP BY round ORDER BY round`,
  },
  {
    view: 'qos',
    title: 'Accuracy against response time',
    sql: `SELECT ${name}, avg(extract(epoch FROM finished_at - started_at))::float8, avg(accuracy)
          FROM client_rounds WHERE run_id = $1 AND selected_flag GROUP BY client_id
          HAVING avg(accuracy) IS NOT NULL ORDER BY client_id`,
  },
  {
    view: 'composition',
    title: 'Services by their qualities',
    sql: `SELECT ${name}, avg(samples_count / nullif(compute_time_s, 0)), avg(participated_flag::int)::float8,
            avg(extract(epoch FROM finished_at - started_at))::float8
          FROM client_rounds WHERE run_id = $1 AND selected_flag GROUP BY client_id ORDER BY client_id`,
  },
  {
    view: 'composition',
    title: 'Composed quality against cost',
    sql: `SELECT 'round ' || round, sum(cpu_time_s), max(global_metric_score)
          FROM client_rounds JOIN rounds USING (run_id, round) WHERE run_id = $1 AND selected_flag
          GROUP BY round HAVING sum(cpu_time_s) IS NOT NULL ORDER BY round`,
  },
  { view: 'broker', title: 'Messages a second', sql: rates('messagesIn', 'messagesOut') },
  { view: 'broker', title: 'Bytes a second', sql: rates('bytesIn', 'bytesOut') },
  { view: 'broker', title: 'Agents’ queues', sql: meanBySecond('queue_length') },
  { view: 'broker', title: 'Telemetry latency', sql: meanBySecond('latency_ms') },
];

describe.skipIf(!hasChromium)('the numbers of a panel (skipped without Chromium)', () => {
  const the = new StoredPage();

  /** Waits until the panel has something, and saves it. */
  async function saved(title: string): Promise<string[][]> {
    await the.page.locator(`[aria-label="${title}"][data-points]:not([data-points="0"])`).waitFor();
    return linesOf(await the.save(title, 'CSV'));
  }

  it.each(panels)('$view: “$title” has those of the store', async ({ view, title, sql, ratio = 1e-5 }) => {
    await the.open(view);
    const wanted = await the.rows(sql);
    expect(wanted.length).toBeGreaterThan(0);
    // Panels fill as frames come: the first picture may be of a part.
    await expect.poll(async () => (await saved(title)).length).toBe(wanted.length);
    const shown = await saved(title);
    for (const [i, row] of wanted.entries()) {
      for (const [column, value] of row.entries()) {
        const cell = shown[i]?.[column] ?? '';
        if (typeof value !== 'number') expect(cell, `${title}, row ${i}`).toBe(String(value ?? ''));
        else {
          const distance = Math.abs(Number(cell) - value);
          expect(distance, `${title}, row ${i}, column ${column}: ${cell}, not ${value}`).toBeLessThanOrEqual(
            ratio * Math.abs(value),
          );
        }
      }
    }
  });

  it('fleet: every agent’s figures are those of the store', async () => {
    await the.open('fleet');
    await the.page.locator(`[data-testid=cells][data-count="${clients}"]`).waitFor();
    const [header = [], ...lines] = headedLinesOf(await the.save('the fleet', 'CSV'));
    const columns = [
      'agent',
      'samples',
      'participations',
      'failures',
      'accuracy',
      'compute_time_s',
      'rss_mb',
    ];
    const shown = lines.map((line) => columns.map((column) => line[header.indexOf(column)]));
    const wanted = await the.rows(
      `SELECT ${name}, samples_count,
         (SELECT count(*) FROM client_rounds r WHERE r.run_id = c.run_id AND r.client_id = c.client_id AND participated_flag)::int,
         (SELECT count(*) FROM client_rounds r WHERE r.run_id = c.run_id AND r.client_id = c.client_id AND selected_flag AND NOT participated_flag)::int,
         ${latest('metric_score')}, ${latest('compute_time_s')},
         (SELECT rss_mb FROM telemetry t WHERE t.run_id = c.run_id AND t.client_id = c.client_id ORDER BY seq DESC LIMIT 1)
       FROM clients c WHERE run_id = $1 ORDER BY client_id`,
    );
    expect(shown.map((line) => line.map(shortened))).toEqual(wanted.map((line) => line.map(shortened)));
  });

  /** The drawer of client 1, whose cell is the second. */
  const openAgent = async (): Promise<void> => {
    await the.open('fleet');
    await the.page
      .getByTestId('cells')
      .locator('canvas')
      .click({ position: { x: 100, y: 20 } });
  };

  it('fleet: an agent’s device and link are those of the store', async () => {
    await openAgent();
    const facts = the.page.getByTestId('device-and-link').locator('.fact');
    await facts.filter({ hasText: /^latency, median.*ms$/ }).waitFor();
    await facts.filter({ hasText: /^upload a second.*B$/ }).waitFor();
    const [messages] = await the.row('SELECT count(*) FROM telemetry WHERE run_id = $1 AND client_id = 1');
    const [median, p95] = await the.row(
      `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY latency_ms),
         percentile_cont(0.95) WITHIN GROUP (ORDER BY latency_ms)
       FROM telemetry WHERE run_id = $1 AND client_id = 1`,
    );
    const shown = Object.fromEntries(
      await facts.evaluateAll((all) =>
        all.map((fact) => [...fact.children].map(({ textContent }) => textContent)),
      ),
    );
    expect(shown).toMatchObject({
      machine: 'edge-1',
      cores: '4',
      engine: 'onnx 1.30.0',
      'telemetry messages': String(messages),
      'telemetry lost': '0.00 %',
    });
    expect(Number.parseFloat(shown['latency, median'])).toBeCloseTo(Number(median), 0);
    expect(Number.parseFloat(shown['latency, p95'])).toBeCloseTo(Number(p95), 0);
  });

  it('fleet: an agent’s labels and training curve are those of the store', async () => {
    await openAgent();
    const [labels] = await the.row(
      'SELECT data_distribution FROM clients WHERE run_id = $1 AND client_id = 1',
    );
    await the.page.getByTestId('drawer').locator('.histogram li').nth(9).waitFor();
    const bars = linesOf(await the.save('Samples by label', 'CSV'));
    expect(bars.map(([, count]) => Number(count))).toEqual(labels);
    for (const [title, column] of [
      ['Local accuracy', 'metric_score'],
      ['Local loss', 'loss'],
    ] as const) {
      const wanted = await the.rows(
        `SELECT round, ${column} FROM client_rounds WHERE run_id = $1 AND client_id = 1 AND ${column} IS NOT NULL ORDER BY round`,
      );
      expect(wanted).toHaveLength(1);
      expect((await saved(title)).map((line) => line.map(shortened))).toEqual(
        wanted.map((line) => line.map(shortened)),
      );
    }
  });

  it('qos: the distribution counts every value of the store once, in its bin', async () => {
    await the.open('qos');
    const bins = (await saved('Distribution of compute time')).map((line) => line.map(Number));
    const values = (
      await the.rows(
        'SELECT compute_time_s FROM client_rounds WHERE run_id = $1 AND compute_time_s IS NOT NULL',
      )
    ).map(([value]) => Number(value));
    expect(bins.reduce((sum, [, , count]) => sum + count!, 0)).toBe(values.length);
    // An edge may be a rounding away from the value that lies on it.
    const below = (edge: number): number => values.filter((value) => value < edge - 1e-9).length;
    const upTo = (edge: number): number => values.filter((value) => value <= edge + 1e-9).length;
    let counted = 0;
    for (const [, to, count] of bins) {
      counted += count!;
      expect(counted).toBeGreaterThanOrEqual(below(to!));
      expect(counted).toBeLessThanOrEqual(upTo(to!));
    }
  });

  it('composition: who was chosen and what became of it is as in the store', async () => {
    await the.open('composition');
    const shown = await saved('Chosen services by round');
    const wanted = await the.rows(
      `SELECT client_id, array_agg(CASE WHEN selected_flag THEN participated_flag::int END ORDER BY round)
       FROM client_rounds WHERE run_id = $1 GROUP BY client_id ORDER BY client_id`,
    );
    expect(
      shown.map(([, ...cells]) => cells.map((cell) => (cell === '' || cell === 'NaN' ? null : Number(cell)))),
    ).toEqual(wanted.map(([, states]) => states));
  });

  it('runs: two compared runs have the curves of the store', async () => {
    await the.open('runs');
    await the.page.getByLabel('Compare shown').check();
    await the.page.getByLabel('Compare other').check();
    for (const [title, column] of [
      ['Global accuracy or score by run', 'global_metric_score'],
      ['Global loss by run', 'global_loss'],
    ] as const) {
      const wanted = await the.rows(
        `SELECT round, max(${column}) FILTER (WHERE name = 'shown'), max(${column}) FILTER (WHERE name = 'other')
         FROM (SELECT round, r.${column}, name FROM rounds r JOIN runs USING (run_id)) q GROUP BY round ORDER BY round`,
      );
      expect((await saved(title)).map((line) => line.map(shortened))).toEqual(
        wanted.map((line) => line.map(shortened)),
      );
    }
  });
});

const headedLinesOf = (csv: string): string[][] =>
  csv
    .trimEnd()
    .split('\r\n')
    .map((line) => line.split(','));

const linesOf = (csv: string): string[][] => headedLinesOf(csv).slice(1);

/** A number to six digits, which is what a 32-bit float carries; all else as text. */
function shortened(value: unknown): string {
  if (value === null || value === undefined || value === '') return '';
  const number = Number(value);
  return Number.isNaN(number) ? String(value) : String(Number(number.toPrecision(6)));
}
