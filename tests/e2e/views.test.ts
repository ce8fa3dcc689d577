import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Dashboard, type LiveState, type RunActions, startDashboard } from '#dashboard';
import { RunEventStream } from '#protocol';
import { namedQueries, openStore, Recorder, type Store } from '#store';
import { hasChromium, launchChromium } from '../../scripts/chromium.js';
import { PageClient, until } from '../unit/dashboard/page-client.js';
import { clients, recordedRun, rounds } from './recorded-run.js';

const begun = Date.UTC(2026, 0, 2, 3, 4, 5);
const [live, other] = ['20260102-030405-aaaaaa', '20260101-030405-bbbbbb'];
const viewNames = ['overview', 'fleet', 'data', 'qos', 'composition', 'broker', 'runs', 'explore'];

describe.skipIf(!hasChromium)('the views of a run that is stored (skipped without Chromium)', () => {
  const storeDir = mkdtempSync(join(tmpdir(), 'mlaas-views-'));
  const deeds: string[] = [];
  let browser: Browser;
  let context: BrowserContext;
  let store: Store;
  let events: RunEventStream;
  let dashboard: Dashboard;
  let page: Page;
  let troubles: string[];

  beforeAll(async () => {
    [browser, store] = await Promise.all([launchChromium(), openStore({ storeDir })]);
    await record(new RunEventStream(), other, 'other', begun - 86_400_000, 9);
    events = new RunEventStream();
    const actions: RunActions = {
      pause: () => deeds.push('pause'),
      resume: () => deeds.push('resume'),
      stop: () => deeds.push('stop'),
      kill: (client) => deeds.push(`kill ${client}`) > 0,
      slow: () => false,
    };
    dashboard = await startDashboard({ host: '127.0.0.1', port: 0, events, store, actions });
    await record(events, live, 'shown', begun, 7);
  });

  afterAll(async () => {
    await browser?.close();
    await dashboard?.close();
    await store?.close();
    rmSync(storeDir, { recursive: true, force: true });
  });

  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true });
    page = await context.newPage();
    troubles = [];
    page.on('pageerror', (error) => troubles.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') troubles.push(message.text());
    });
  });

  afterEach(async () => {
    await context.close();
    expect(troubles).toEqual([]);
  });

  async function record(
    stream: RunEventStream,
    id: string,
    name: string,
    at: number,
    seed: number,
  ): Promise<void> {
    const recorder = new Recorder(store, stream, (error) => {
      throw error;
    });
    for (const event of recordedRun(id, name, at, seed)) stream.publish(event);
    await recorder.close();
    expect(recorder.losses()).toMatchObject({ dropped: 0, rejected: 0 });
  }
  const open = (view: string, run?: string): Promise<unknown> =>
    page.goto(`${dashboard.url}#/${view}${run === undefined ? '' : `?run=${run}`}`);
  const answer = async (sql: string): Promise<unknown[]> => [
    ...((await store.query(sql, { params: [live] })).rows[0] ?? []),
  ];
  const tile = (name: string): Promise<string> => page.locator(`[data-tile="${name}"]`).innerText();
  const percent = (ratio: unknown): string => `${(Number(ratio) * 100).toFixed(2)} %`;
  const points = (testId: string, count: number | string): Promise<void> =>
    page.locator(`[data-testid="${testId}"][data-points="${count}"]`).waitFor();

  it.each(viewNames)(
    '%s has no serious fault of accessibility, light or dark, narrow or wide',
    async (view) => {
      await open(view);
      await page.locator('main .panel').first().waitFor();
      await page.waitForLoadState('networkidle');
      for (const [colorScheme, width] of [
        ['light', 1440],
        ['dark', 360],
      ] as const) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        await page.waitForTimeout(300);
        await page.evaluate(axe.source);
        const found = await page.evaluate(
          `axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations
          .filter(({ impact }) => impact === 'serious' || impact === 'critical')
          .map(({ id, nodes }) => id + ': ' + nodes.slice(0, 3).map(({ html }) => html.slice(0, 160)).join(' | ')))`,
        );
        expect(found, `${colorScheme} ${width}`).toEqual([]);
        const isTooWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
        expect(await page.evaluate(isTooWide), `${view} is wider than ${width}`).toBe(false);
      }
    },
  );

  it('overview shows what the store has', async () => {
    await open('overview');
    await points('curve', rounds);
    const [accuracy, loss, best] = await answer(
      `SELECT global_accuracy, global_loss, (SELECT max(global_accuracy) FROM rounds WHERE run_id = $1) FROM runs WHERE run_id = $1`,
    );
    expect(await tile('Global accuracy')).toBe(percent(accuracy));
    expect(await tile('Best accuracy')).toBe(percent(best));
    expect(await tile('Global loss')).toBe(Number(loss).toFixed(4));
    const [messages] = await answer(
      `SELECT (detail->>'messagesIn')::int + (detail->>'messagesOut')::int FROM events
       WHERE run_id = $1 AND type = 'broker' ORDER BY seq DESC LIMIT 1`,
    );
    expect(await tile('Messages')).toBe(Number(messages).toLocaleString('en'));
    const { rows } = await store.query(
      `SELECT round, global_accuracy, global_loss, participating_clients, scheduled_clients, failed_clients
       FROM rounds WHERE run_id = $1 ORDER BY round DESC`,
      { params: [live] },
    );
    const shown = await page.locator('[aria-label="Rounds"] tbody tr').allInnerTexts();
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
    await open('fleet');
    await page.getByLabel('Show as').selectOption('table');
    const { rows } = await store.query(
      `SELECT client_id, samples_count,
         (SELECT count(*) FROM client_rounds r WHERE r.run_id = c.run_id AND r.client_id = c.client_id AND participated_flag)::int,
         (SELECT count(*) FROM client_rounds r WHERE r.run_id = c.run_id AND r.client_id = c.client_id AND selected_flag AND NOT participated_flag)::int,
         (SELECT accuracy FROM client_rounds r WHERE r.run_id = c.run_id AND r.client_id = c.client_id AND accuracy IS NOT NULL ORDER BY round DESC LIMIT 1)
       FROM clients c WHERE run_id = $1 ORDER BY client_id`,
      { params: [live] },
    );
    await page
      .getByTestId('agent')
      .nth(clients - 1)
      .waitFor();
    const shown = await page.getByTestId('agent').allInnerTexts();
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
    await page.getByLabel('c0005').check();
    const drawer = page.getByTestId('drawer');
    const counts = await answer('SELECT data_distribution FROM clients WHERE run_id = $1 AND client_id = 5');
    const bars = drawer.locator('.histogram li');
    await expect.poll(() => bars.count()).toBe(10);
    expect(
      await bars.evaluateAll((all) => all.map((one) => Number(one.getAttribute('title')?.split(': ')[1]))),
    ).toEqual(counts[0]);
    await points('agent-accuracy', rounds);
    await drawer.getByText('idle, round 4').waitFor();
    await drawer.locator('[aria-label="Events of the agent"]').getByText('training, round 4').waitFor();
  });

  it('data shows what the store has', async () => {
    await open('data');
    const [samples] = await answer('SELECT sum(samples_count)::int FROM clients WHERE run_id = $1');
    await expect.poll(() => tile('Training samples')).toBe(Number(samples).toLocaleString('en'));
    await points('label-matrix', clients * 10);
    const [withAccuracy] = await answer(
      'SELECT count(DISTINCT client_id)::int FROM client_rounds WHERE run_id = $1 AND accuracy IS NOT NULL',
    );
    await points('heterogeneity', Number(withAccuracy));
  });

  it('qualities are those of the store, and a box in the plane selects services everywhere', async () => {
    await open('qos');
    await points('qos-course', rounds);
    const [median] = await answer(
      `SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY compute_time_s) FROM client_rounds
       WHERE run_id = $1 AND selected_flag AND round = ${rounds}`,
    );
    await page
      .getByTestId('qos-course')
      .getByText(`${Number(Number(median).toPrecision(3))} s`)
      .waitFor();
    const [values] = await answer(
      'SELECT count(compute_time_s)::int FROM client_rounds WHERE run_id = $1 AND selected_flag',
    );
    await points('distribution', Number(values));
    const plane = page.locator('[data-testid=tradeoff] svg');
    await plane.scrollIntoViewIfNeeded();
    const mark = (await plane.locator('circle').first().boundingBox())!;
    const centre = [mark.x + mark.width / 2, mark.y + mark.height / 2] as const;
    await page.mouse.move(centre[0] - 8, centre[1] - 8);
    await page.mouse.down();
    await page.mouse.move(centre[0] + 8, centre[1] + 8, { steps: 4 });
    await page.mouse.up();
    await plane.locator('circle.chosen').first().waitFor();
    expect(await plane.locator('circle').first().getAttribute('class')).toContain('chosen');
    const box = (await plane.boundingBox())!;
    const selection = page.getByTestId('selection');
    await page.mouse.move(box.x + 5, box.y + 5);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 5, box.y + box.height - 5, { steps: 4 });
    await page.mouse.up();
    await selection.getByText(/\d+ agents/).waitFor();
    await selection.getByRole('link', { name: 'Export query' }).click();
    const [rows] = await answer('SELECT count(*)::int FROM client_rounds WHERE run_id = $1');
    await page
      .getByTestId('result-count')
      .filter({ hasText: `${rows} rows` })
      .waitFor();
  });

  it('composition shows who was chosen', async () => {
    await open('composition');
    const [chosen] = await answer(
      `SELECT cardinality(chosen) FROM compositions WHERE run_id = $1 AND round = ${rounds}`,
    );
    await page.getByText(`${rounds}: ${chosen} of ${clients} services`).waitFor();
    await points('chosen', clients * rounds);
    await points('parallel', clients);
  });

  it('broker and store show what the store has', async () => {
    await open('broker');
    const [messages] = await answer('SELECT count(*)::int FROM telemetry WHERE run_id = $1');
    await expect.poll(() => tile('Telemetry')).toBe(String(messages));
    expect(await tile('Telemetry lost')).toBe('0');
    const [count] = await answer(
      "SELECT count(*)::int FROM events WHERE run_id = $1 AND code = 'MESSAGE_DROPPED'",
    );
    const row = page.getByTestId('troubles').getByRole('row', { name: /MESSAGE_DROPPED/ });
    await expect.poll(() => row.getByRole('cell').nth(1).innerText()).toBe(String(count));
  });

  it('runs are listed and compared, with what their configurations have different', async () => {
    await open('runs');
    const { rows } = await store.query('SELECT run_id, global_accuracy FROM runs ORDER BY created_at DESC');
    await page.getByTestId('run').nth(1).waitFor();
    const shown = await page
      .getByTestId('run')
      .evaluateAll((all) => all.map((one) => one.getAttribute('data-run')));
    expect(shown).toEqual(rows.map(([id]) => id));
    await page.getByLabel('Compare shown').check();
    await page.getByLabel('Compare other').check();
    await points('compare-2', rounds);
    const diff = page.getByTestId('config-diff');
    await expect
      .poll(() => diff.locator('tbody tr').allInnerTexts())
      .toEqual(['deployment.name\tshown\tother', 'experiment.seed\t7\t9']);
    await page.getByLabel('Filter').fill('other');
    await expect.poll(() => page.getByTestId('run').count()).toBe(1);
  });

  it('plays a stored run again, at any speed and from anywhere', async () => {
    await open('overview', other);
    await page.getByTestId('replay').waitFor();
    await page
      .getByTestId('round')
      .filter({ hasText: /^Round 4 of 4$/ })
      .waitFor();
    await points('curve', rounds);
    const slider = page.getByLabel('Time in the run');
    await slider.focus();
    await page.keyboard.press('Home');
    await page
      .getByTestId('round')
      .filter({ hasText: /^Round 0 of 4$/ })
      .waitFor();
    await points('curve', 0);
    await page.getByLabel('Speed').selectOption('30');
    await page.getByRole('button', { name: 'Play' }).click();
    // A third of a second a round: a busy machine may miss one, never all of them.
    await page.locator('[data-testid=curve]:not([data-points="0"])').waitFor();
    await page.getByTestId('status').filter({ hasText: 'finished' }).waitFor();
    await points('curve', rounds);
    await page.getByRole('link', { name: 'Back to live' }).click();
    await page.getByRole('heading', { name: 'shown' }).waitFor();
  });

  it('makes the same state of a stored run as of the live one', async () => {
    const state = (await (await fetch(`${dashboard.url}api/state`)).json()) as LiveState;
    const replay = await PageClient.open(dashboard.url);
    const lines = (): unknown[] =>
      [...replay.log.values()].map(({ at, code, message }) => ({ at, code, message }));
    replay.say({ type: 'replay', run: live });
    await until(() => replay.last.source.kind === 'replay');
    expect(replay.run).toEqual(state.run);
    expect([...replay.rounds.values()]).toEqual(state.rounds);
    expect(replay.last.telemetry).toEqual(state.telemetry);
    expect(lines()).toEqual(state.log.map(({ at, code, message }) => ({ at, code, message })));
    for (const { client, failures, participations, metrics } of state.agents) {
      expect(replay.agents.get(client)).toMatchObject({ failures, participations, ...metrics });
    }
    replay.say({ type: 'replay', run: 'nothing' });
    await until(() => replay.problems.length > 0);
    expect(JSON.parse(replay.problems[0]!)).toMatchObject({ code: 'RUN_UNKNOWN' });
    replay.socket.terminate();
  });

  it('explores: completion, named queries, chart, errors, download', async () => {
    await open('explore');
    const field = page.getByLabel('SQL');
    await field.fill('SELECT * FROM client_rounds WHERE compute');
    await field.press('End');
    await field.pressSequentially('_');
    await page.getByTestId('completions').getByText('compute_time_s', { exact: true }).waitFor();
    await field.press('Tab');
    expect(await field.inputValue()).toBe('SELECT * FROM client_rounds WHERE compute_time_s');
    await page.getByLabel('Named queries').selectOption('accuracy-by-round');
    await page
      .getByTestId('result-count')
      .filter({ hasText: `${rounds} rows` })
      .waitFor();
    await points('result-chart', rounds);
    const offered = page.getByLabel('Named queries').locator('option:not([value=""])');
    expect(await offered.allInnerTexts()).toEqual(namedQueries.map(({ name }) => name));
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download CSV' }).click(),
    ]);
    const csv = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\r\n');
    expect(csv).toHaveLength(rounds + 1);
    expect(csv[0]).toBe('round,global_accuracy,global_loss,accuracy_mean,accuracy_min,accuracy_max');
    await field.fill('DELETE FROM runs');
    await field.press('Control+Enter');
    await page.getByRole('alert').filter({ hasText: 'query failed' }).waitFor();
    // The browser notes the refusal itself.
    troubles.splice(0, troubles.length, ...troubles.filter((text) => !text.includes('status of 400')));
  });

  it('saves a plot as PNG, SVG and CSV', async () => {
    await open('overview');
    await points('curve', rounds);
    for (const [kind, begin] of [
      ['PNG', '\u{fffd}PNG'],
      ['SVG', '<svg xmlns='],
      ['CSV', 'round,Global accuracy'],
    ] as const) {
      await page.getByLabel('Save Global accuracy').click();
      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByTestId('curve').getByRole('button', { name: kind }).click(),
      ]);
      expect(readFileSync(await download.path(), 'utf8').startsWith(begin), kind).toBe(true);
    }
  });

  it('pauses, resumes, stops, kills and slows while a run goes on', async () => {
    events.publish({ ...recordedRun(live, 'shown', begun)[0]! });
    await open('overview');
    await page.getByRole('button', { name: 'Pause' }).click();
    await expect.poll(() => deeds).toContain('pause');
    events.publish({ type: 'log', ts: begun, level: 'info', code: 'RUN_PAUSED', message: 'paused' });
    await page.getByRole('button', { name: 'Resume' }).click();
    await expect.poll(() => deeds).toContain('resume');
    await page.getByRole('button', { name: 'Stop' }).click();
    expect(deeds).not.toContain('stop');
    await page.getByRole('button', { name: 'Really stop the run?' }).click();
    await expect.poll(() => deeds).toContain('stop');
    await open('fleet');
    await page.getByTestId('cells').focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Kill' }).click();
    await page.getByRole('button', { name: 'Really kill it?' }).click();
    await expect.poll(() => deeds).toContain('kill 0');
    await page.getByRole('button', { name: 'Slow down' }).click();
    await page.getByRole('alert').filter({ hasText: 'agent 0 does not run on this machine now' }).waitFor();
    troubles.splice(0, troubles.length, ...troubles.filter((text) => !text.includes('status of 409')));
  });
});
