import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import { RunEventStream } from '#protocol';
import { hasChromium } from '../../scripts/chromium.js';
import { clients, regressionQuality, rounds } from './recorded-run.js';
import { begun, live, StoredPage } from './stored-page.js';

const viewNames = ['overview', 'fleet', 'data', 'qos', 'composition', 'broker', 'runs', 'explore'];
const percent = (ratio: unknown): string => `${(Number(ratio) * 100).toFixed(2)} %`;

describe.skipIf(!hasChromium)('the views of a run that is stored (skipped without Chromium)', () => {
  const the = new StoredPage();

  it.each(viewNames)(
    '%s has no serious fault of accessibility, light or dark, narrow or wide',
    async (view) => {
      await the.open(view);
      await the.page.locator('main .panel').first().waitFor();
      await the.page.waitForLoadState('networkidle');
      for (const [colorScheme, width] of [
        ['light', 1440],
        ['dark', 360],
      ] as const) {
        await the.page.emulateMedia({ colorScheme });
        await the.page.setViewportSize({ width, height: 900 });
        await the.page.waitForTimeout(300);
        await the.page.evaluate(axe.source);
        const found = await the.page.evaluate(
          `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' | ')))`,
        );
        expect(found, `${colorScheme} ${width}`).toEqual([]);
        const isTooWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
        expect(await the.page.evaluate(isTooWide), `${view} is wider than ${width}`).toBe(false);
      }
    },
  );

  it('overview shows what the store has', async () => {
    await the.open('overview');
    await the.points('curve', rounds);
    const [accuracy, loss, best] = await the.row(
      `SELECT global_accuracy, global_loss, (SELECT max(global_accuracy) FROM rounds WHERE run_id = $1) FROM runs WHERE run_id = $1`,
    );
    expect(await the.tile('Global accuracy')).toBe(percent(accuracy));
    expect(await the.tile('Best accuracy')).toBe(percent(best));
    expect(await the.tile('Global loss')).toBe(Number(loss).toFixed(4));
    const [messages] = await the.row(
      `SELECT (detail->>'messagesIn')::int + (detail->>'messagesOut')::int FROM events
       WHERE run_id = $1 AND type = 'broker' ORDER BY seq DESC LIMIT 1`,
    );
    expect(await the.tile('Messages')).toBe(Number(messages).toLocaleString('en'));
    const { rows } = await the.store.query(
      `SELECT round, global_accuracy, global_loss, participating_clients, scheduled_clients, failed_clients
       FROM rounds WHERE run_id = $1 ORDER BY round DESC`,
      { params: [live] },
    );
    const shown = await the.page.locator('[aria-label="Rounds"] tbody tr').allInnerTexts();
    expect(
      shown.map((text) =>
        text
          .split('\t')
          .slice(0, 5)
          .map((cell) => cell.replace(/best\s*/, '')),
      ),
    ).toEqual(
      rows.map(([round, a, l, took, of, failed]) => [
        `${round}`,
        percent(a),
        Number(l).toFixed(4),
        `${took} of ${of}`,
        `${failed}`,
      ]),
    );
  });

  it('fleet shows of each agent what the store has, and the picked one in full', async () => {
    await the.open('fleet');
    const [least, most] = await the.row(
      `SELECT min(accuracy), max(accuracy) FROM (SELECT DISTINCT ON (client_id) accuracy FROM client_rounds
       WHERE run_id = $1 AND accuracy IS NOT NULL ORDER BY client_id, round DESC) latest`,
    );
    await the.page.getByLabel('Colour').selectOption('accuracy');
    const legend = the.page.locator('.color-legend');
    for (const end of [least, most]) await legend.getByText(percent(end), { exact: true }).waitFor();
    await the.page.getByLabel('Show as').selectOption('table');
    const { rows } = await the.store.query(
      `SELECT client_id, samples_count,
         (SELECT count(*) FROM client_rounds r WHERE r.run_id = c.run_id AND r.client_id = c.client_id AND participated_flag)::int,
         (SELECT count(*) FROM client_rounds r WHERE r.run_id = c.run_id AND r.client_id = c.client_id AND selected_flag AND NOT participated_flag)::int,
         (SELECT accuracy FROM client_rounds r WHERE r.run_id = c.run_id AND r.client_id = c.client_id AND accuracy IS NOT NULL ORDER BY round DESC LIMIT 1)
       FROM clients c WHERE run_id = $1 ORDER BY client_id`,
      { params: [live] },
    );
    await the.page
      .getByTestId('agent')
      .nth(clients - 1)
      .waitFor();
    const shown = await the.page.getByTestId('agent').allInnerTexts();
    const cells = shown.map((text) => text.split('\t').map((cell) => cell.trim()));
    expect(
      cells.map(([agent, , , samples, took, failed, accuracy]) => [agent, samples, took, failed, accuracy]),
    ).toEqual(
      rows.map(([client, samples, took, failed, accuracy]) => [
        `c${String(client).padStart(4, '0')}`,
        `${samples}`,
        `${took}`,
        `${failed}`,
        percent(accuracy),
      ]),
    );
    await the.page.getByLabel('c0005').check();
    const drawer = the.page.getByTestId('drawer');
    const counts = await the.row('SELECT data_distribution FROM clients WHERE run_id = $1 AND client_id = 5');
    const bars = drawer.locator('.histogram li');
    await expect.poll(() => bars.count()).toBe(10);
    expect(
      await bars.evaluateAll((all) => all.map((one) => Number(one.getAttribute('title')?.split(': ')[1]))),
    ).toEqual(counts[0]);
    const [values] = await the.row(
      'SELECT count(accuracy)::int FROM client_rounds WHERE run_id = $1 AND client_id = 5',
    );
    await the.points('agent-accuracy', Number(values));
    await drawer.getByText('idle, round 4').waitFor();
    await drawer.locator('[aria-label="Events of the agent"]').getByText('training, round 4').waitFor();
    // This one has a value in the first round only: it is a mark, for want of a line, and what is read.
    await the.page.getByRole('checkbox', { name: 'c0005' }).uncheck();
    await the.page.getByRole('checkbox', { name: 'c0001' }).check();
    const [only] = await the.row(
      'SELECT max(accuracy) FROM client_rounds WHERE run_id = $1 AND client_id = 1',
    );
    await the.page.getByTestId('agent-accuracy').getByText(percent(only), { exact: true }).waitFor();
    await the.page.getByLabel('Metric').selectOption('accuracy');
    const marked = the.page.locator('[data-testid=bands] canvas');
    await expect.poll(() => marked.evaluate(pixelsOfSecond)).toBeGreaterThan(10);
  });

  it('data shows what the store has', async () => {
    await the.open('data');
    const [samples] = await the.row('SELECT sum(samples_count)::int FROM clients WHERE run_id = $1');
    await expect.poll(() => the.tile('Training samples')).toBe(Number(samples).toLocaleString('en'));
    await the.points('label-matrix', clients * 10);
    const [most] = await the.row(
      'SELECT max(count) FROM clients, unnest(data_distribution) AS count WHERE run_id = $1',
    );
    await the.page.getByTestId('label-matrix').getByText(`${most} samples`, { exact: true }).waitFor();
    const [withAccuracy] = await the.row(
      'SELECT count(DISTINCT client_id)::int FROM client_rounds WHERE run_id = $1 AND accuracy IS NOT NULL',
    );
    await the.points('heterogeneity', Number(withAccuracy));
  });

  it('qualities are those of the store, and a box in the plane selects services everywhere', async () => {
    await the.open('qos');
    await the.points('qos-course', rounds);
    const [median] = await the.row(
      `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY compute_time_s) FROM client_rounds
       WHERE run_id = $1 AND selected_flag AND round = ${rounds}`,
    );
    await the.page
      .getByTestId('qos-course')
      .getByText(`${Number((Number(median) * 1000).toPrecision(3))} ms`)
      .waitFor();
    const [values] = await the.row(
      'SELECT count(compute_time_s)::int FROM client_rounds WHERE run_id = $1 AND selected_flag',
    );
    await the.points('distribution', Number(values));
    const plane = the.page.locator('[data-testid=tradeoff] svg');
    await plane.scrollIntoViewIfNeeded();
    const mark = (await plane.locator('circle').first().boundingBox())!;
    const centre = [mark.x + mark.width / 2, mark.y + mark.height / 2] as const;
    await the.page.mouse.move(centre[0] - 8, centre[1] - 8);
    await the.page.mouse.down();
    await the.page.mouse.move(centre[0] + 8, centre[1] + 8, { steps: 4 });
    await the.page.mouse.up();
    await plane.locator('circle.chosen').first().waitFor();
    expect(await plane.locator('circle').first().getAttribute('class')).toContain('chosen');
    const box = (await plane.boundingBox())!;
    const selection = the.page.getByTestId('selection');
    await the.page.mouse.move(box.x + 5, box.y + 5);
    await the.page.mouse.down();
    await the.page.mouse.move(box.x + box.width - 5, box.y + box.height - 5, { steps: 4 });
    await the.page.mouse.up();
    await selection.getByText(/\d+ agents/).waitFor();
    await selection.getByRole('link', { name: 'Export query' }).click();
    const [rows] = await the.row('SELECT count(*)::int FROM client_rounds WHERE run_id = $1');
    await the.page
      .getByTestId('result-count')
      .filter({ hasText: `${rows} rows` })
      .waitFor();
  });

  it('composition shows who was chosen', async () => {
    await the.open('composition');
    const [chosen] = await the.row(
      `SELECT cardinality(chosen) FROM compositions WHERE run_id = $1 AND round = ${rounds}`,
    );
    await the.page.getByText(`${rounds}: ${chosen} of ${clients} services`).waitFor();
    await the.points('chosen', clients * rounds);
    await the.points('parallel', clients);
  });

  it('broker and store show what the store has', async () => {
    await the.open('broker');
    const [messages] = await the.row('SELECT count(*)::int FROM telemetry WHERE run_id = $1');
    await expect.poll(() => the.tile('Telemetry')).toBe(String(messages));
    expect(await the.tile('Telemetry lost')).toBe('0');
    // The recorded run has the counters of an external broker, and a database that never went away.
    expect(await the.tile('Redelivered')).toBe('–');
    expect(await the.tile('Spool')).toBe('empty');
    const [count] = await the.row(
      "SELECT count(*)::int FROM events WHERE run_id = $1 AND code = 'MESSAGE_DROPPED'",
    );
    const row = the.page.getByTestId('troubles').getByRole('row', { name: /MESSAGE_DROPPED/ });
    await expect.poll(() => row.getByRole('cell').nth(1).innerText()).toBe(String(count));
  });

  it('a regression has a score in the place of accuracy, and bins in that of labels', async () => {
    const regression = '20251231-030405-cccccc';
    const at = begun - 2 * 86_400_000;
    await the.record(new RunEventStream(), regression, 'regression', at, 5, regressionQuality);
    await the.open('qos', regression);
    await the.page.getByLabel('Score against response time', { exact: true }).waitFor();
    await the.points('tradeoff', clients);
    await the.page.getByLabel('Quality').selectOption('accuracy');
    const nothing = the.page.getByTestId('qos-course').getByText('This run has no value of it.');
    await nothing.waitFor();
    await the.open('composition', regression);
    await the.points('parallel', clients);
    const axes = await the.page.locator('.parallel text').allTextContents();
    expect(axes).toContain('score');
    expect(axes).not.toContain('accuracy');
    expect(axes).not.toContain('–');
    await the.open('data', regression);
    await the.page.getByText(`${clients} clients, 10 bins of the target`).waitFor();
    await the.page.getByRole('heading', { name: 'Score against heterogeneity' }).waitFor();
    await the.open('fleet', regression);
    const colors = the.page.getByLabel('Colour').locator('option');
    await expect.poll(() => colors.allInnerTexts()).toContain('local score');
    expect(await colors.allInnerTexts()).not.toContain('local accuracy');
  });

  it('runs are listed and compared, with what their configurations have different', async () => {
    await the.open('runs');
    const { rows } = await the.store.query(
      'SELECT run_id, global_accuracy FROM runs ORDER BY created_at DESC',
    );
    await the.page.getByTestId('run').nth(1).waitFor();
    const shown = await the.page
      .getByTestId('run')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-run')));
    expect(shown).toEqual(rows.map(([id]) => id));
    // Of all tables, a narrow page spares a column of the rounds' only.
    await the.page.setViewportSize({ width: 360, height: 800 });
    expect(await the.page.locator('[data-run] td:nth-child(5)').first().innerText()).toBe('40 s');
    await the.page.setViewportSize({ width: 1440, height: 900 });
    await the.page.getByLabel('Compare shown').check();
    await the.page.getByLabel('Compare other').check();
    await the.points('compare-2', rounds);
    // A run that is shorter than another keeps its last value to read.
    const shorter = '20251230-030405-dddddd';
    await the.record(new RunEventStream(), shorter, 'shorter', begun - 3 * 86_400_000, 4, undefined, 2);
    await the.page.getByLabel('Filter').fill('shorter');
    await the.page.getByLabel('Compare shorter').check();
    const [last] = await the.row(`SELECT global_accuracy FROM runs WHERE run_id = '${shorter}'`);
    await the.page
      .getByTestId('compare-2')
      .getByText(`${percent(last)} in round 2`)
      .waitFor();
    await the.page.getByLabel('Compare shorter').uncheck();
    const diff = the.page.getByTestId('config-diff');
    await expect
      .poll(() => diff.locator('tbody tr').allInnerTexts())
      .toEqual(['deployment.name\tshown\tother', 'experiment.seed\t7\t9']);
    // The list says when the store has more than it shows.
    await the.page.route('**/api/query', async (route) => {
      const response = await route.fetch();
      const answer = (await response.json()) as { rows: unknown[][] };
      for (const row of answer.rows) row[row.length - 1] = 1234;
      await route.fulfill({ response, json: answer });
    });
    await the.page.getByLabel('Filter').fill('other');
    await expect.poll(() => the.page.getByTestId('run').count()).toBe(1);
    await the.page.getByText('the latest 1 of 1,234').waitFor();
  });
});

/** How many pixels of a plot have the colour of the first selected agent. */
function pixelsOfSecond(canvas: unknown): number {
  // The types here know no DOM: the function runs in the page.
  const plot = canvas as {
    readonly width: number;
    readonly height: number;
    getContext(kind: '2d'): {
      getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray };
    };
  };
  const { data } = plot.getContext('2d').getImageData(0, 0, plot.width, plot.height);
  let count = 0;
  for (let i = 0; i < data.length; i += 4)
    if (data[i] === 0xc6 && data[i + 1] === 0x57 && data[i + 2] === 0x00) count++;
  return count;
}
