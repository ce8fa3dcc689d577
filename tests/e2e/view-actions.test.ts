import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { LiveState } from '#dashboard';
import { namedQueries } from '#store';
import { hasChromium } from '../../scripts/chromium.js';
import { PageClient, until } from '../unit/dashboard/page-client.js';
import { recordedRun, rounds } from './recorded-run.js';
import { begun, live, other, StoredPage } from './stored-page.js';

/** What a saved picture says of its colours. */
const legends: Readonly<Record<string, readonly string[]>> = {
  'the fleet': ['training', 'offline'],
  'Samples by client and label': ['0 samples', '90 samples'],
  'Chosen services by round': ['failed', 'took part'],
};

describe.skipIf(!hasChromium)('what a user does on the page (skipped without Chromium)', () => {
  const the = new StoredPage();

  /** Presses a button that asks once more. */
  async function pressAndConfirm(name: string, question: string, deed: string): Promise<void> {
    const button = the.page.getByRole('button', { name, exact: true });
    await button.click();
    expect(the.deeds).not.toContain(deed);
    // The question stands for some seconds only; where a busy machine is later, the button asks again.
    const either = button.or(the.page.getByRole('button', { name: question }));
    const isDone = async (): Promise<boolean> => {
      if (!the.deeds.includes(deed)) await either.click();
      return the.deeds.includes(deed);
    };
    await expect.poll(isDone, { interval: 1000 }).toBe(true);
  }

  it('plays a stored run again, at any speed and from anywhere', async () => {
    await the.open('overview', other);
    await the.page.getByTestId('replay').waitFor();
    await the.page
      .getByTestId('round')
      .filter({ hasText: /^Round 4 of 4$/ })
      .waitFor();
    await the.points('curve', rounds);
    // What was picked out of the run before is not of this one.
    await the.open('fleet');
    await the.page.getByRole('button', { name: 'Select all' }).click();
    await the.page.getByTestId('selection').waitFor();
    await the.open('fleet', other);
    await the.page.getByTestId('replay').waitFor();
    await the.page.getByTestId('selection').waitFor({ state: 'detached' });
    await the.open('overview', other);
    const slider = the.page.getByLabel('Time in the run');
    await slider.focus();
    await the.page.keyboard.press('Home');
    await the.page
      .getByTestId('round')
      .filter({ hasText: /^Round 0 of 4$/ })
      .waitFor();
    await the.points('curve', 0);
    await the.page.getByLabel('Speed').selectOption('30');
    await the.page.getByRole('button', { name: 'Play' }).click();
    // A third of a second a round: a busy machine may miss one, never all of them.
    await the.page.locator('[data-testid=curve]:not([data-points="0"])').waitFor();
    await the.page.getByTestId('status').filter({ hasText: 'finished' }).waitFor();
    await the.points('curve', rounds);
    await the.page.getByRole('link', { name: 'Back to live' }).click();
    await the.page.getByRole('heading', { name: 'shown' }).waitFor();
  });

  it('says of an unknown run that there is none, and shows no other in its place', async () => {
    await the.open('overview', 'nothing');
    const bar = the.page.locator('[aria-label="Replay"]');
    await bar.getByRole('alert').filter({ hasText: 'nothing' }).waitFor();
    expect(await the.page.getByTestId('round').count()).toBe(0);
    await bar.getByRole('link', { name: 'Back to live' }).click();
    await the.page.getByTestId('round').waitFor();
  });

  it('makes the same state of a stored run as of the live one', async () => {
    const state = (await (await fetch(`${the.dashboard.url}api/state`)).json()) as LiveState;
    const replay = await PageClient.open(the.dashboard.url);
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

  it('says that the server cannot be reached, and shows what it asked for once it can', async () => {
    const queries = '**/api/query';
    await the.page.route(queries, (route) => route.abort());
    await the.open('qos');
    const trouble = the.page.getByRole('alert').getByText('the server cannot be reached');
    await trouble.waitFor();
    await the.page.unroute(queries);
    await the.points('qos-course', rounds);
    await the.points('tradeoff', 12);
    expect(await trouble.count()).toBe(0);
    the.forgive('ERR_FAILED');
  });

  it('explores: completion, named queries, chart, errors, download', async () => {
    await the.open('explore');
    const field = the.page.getByLabel('SQL');
    await field.fill('SELECT * FROM client_rounds WHERE compute');
    await field.press('End');
    await field.pressSequentially('_');
    await the.page.getByTestId('completions').getByText('compute_time_s', { exact: true }).waitFor();
    await field.press('Tab');
    expect(await field.inputValue()).toBe('SELECT * FROM client_rounds WHERE compute_time_s');
    await the.page.getByLabel('Named queries').selectOption('accuracy-by-round');
    await the.page
      .getByTestId('result-count')
      .filter({ hasText: `${rounds} rows` })
      .waitFor();
    await the.points('result-chart', rounds);
    const offered = the.page.getByLabel('Named queries').locator('option:not([value=""])');
    expect(await offered.allInnerTexts()).toEqual(namedQueries.map(({ name }) => name));
    const [download] = await Promise.all([
      the.page.waitForEvent('download'),
      the.page.getByRole('button', { name: 'Download CSV' }).click(),
    ]);
    const csv = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\r\n');
    expect(csv).toHaveLength(rounds + 1);
    expect(csv[0]).toBe('round,global_accuracy,global_loss,accuracy_mean,accuracy_min,accuracy_max');
    await field.fill('DELETE FROM runs');
    await field.press('Control+Enter');
    await the.page.getByRole('alert').filter({ hasText: 'query failed' }).waitFor();
    the.forgive('status of 400');
  });

  it.each([
    ['overview', ['Global accuracy', 'Global loss', 'Participants', 'Messages', 'Data']],
    [
      'fleet',
      ['the fleet', 'Telemetry latency over the fleet', 'Samples by label', 'Local accuracy', 'Local loss'],
    ],
    [
      'data',
      ['Samples by client and label', 'Accuracy against heterogeneity', 'Size and divergence of shares'],
    ],
    ['qos', ['Compute time by round', 'Distribution of compute time', 'Accuracy against response time']],
    [
      'composition',
      ['Chosen services by round', 'Services by their qualities', 'Composed quality against cost'],
    ],
    ['broker', ['Messages a second', 'Agents’ queues', 'Rows stored a second']],
    ['explore', ['global_accuracy by round']],
  ] as const)('saves every plot of %s as PNG, SVG and CSV', async (view, titles) => {
    await the.open(view);
    if (view === 'fleet')
      await the.page
        .getByTestId('cells')
        .locator('canvas')
        .click({ position: { x: 100, y: 20 } });
    if (view === 'explore') await the.page.getByLabel('Named queries').selectOption('accuracy-by-round');
    for (const title of titles) {
      await the.page.getByLabel(`Save ${title}`, { exact: true }).waitFor();
      // Nothing is written to the store any more.
      if (title === 'Rows stored a second') continue;
      await the.page.locator(`[aria-label="${title}"][data-points="0"]`).waitFor({ state: 'detached' });
    }
    const there = await the.page.locator('.save').count();
    expect(there).toBeGreaterThanOrEqual(titles.length);
    const drawings = new Map<string, string>();
    for (const title of titles) {
      expect((await the.save(title, 'PNG')).startsWith('\u{fffd}PNG'), title).toBe(true);
      drawings.set(title, await the.save(title, 'SVG'));
      expect((await the.save(title, 'CSV')).split('\r\n')[0], title).toContain(',');
    }
    // A page without the dashboard's policy, which has nothing to do with a file. Opened last: the page behind
    // it gets hardly any frames.
    const viewer = await the.page.context().newPage();
    for (const [title, svg] of drawings) {
      expect(svg.startsWith('<svg '), title).toBe(true);
      // It is drawn by any viewer: whole, and with nothing left open.
      const fault =
        'new DOMParser().parseFromString(%, "image/svg+xml").querySelector("parsererror")?.textContent';
      expect(await viewer.evaluate(fault.replace('%', () => JSON.stringify(svg))), title).toBeUndefined();
      expect(svg, title).not.toMatch(/NaN|undefined|Infinity/);
      for (const text of legends[title] ?? []) expect(svg, title).toContain(`>${text}</text>`);
    }
    await viewer.close();
  });

  it('keeps what is typed and arranged when the view changes', async () => {
    const view = (name: string) => the.page.getByRole('link', { name, exact: true }).click();
    await the.open('fleet');
    await the.page.getByLabel('Colour').selectOption('loss');
    await the.page.getByLabel('Show as').selectOption('table');
    await view('Explore');
    await the.page.getByLabel('SQL').fill('SELECT 1 AS one');
    await view('Runs');
    await the.page.getByLabel('Filter').fill('other');
    await the.page.getByLabel('Compare other').check();
    await the.page.goBack();
    expect(await the.page.getByLabel('SQL').inputValue()).toBe('SELECT 1 AS one');
    await view('Fleet');
    expect(await the.page.getByLabel('Colour').inputValue()).toBe('loss');
    expect(await the.page.getByLabel('Show as').inputValue()).toBe('table');
    await view('Runs');
    expect(await the.page.getByLabel('Filter').inputValue()).toBe('other');
    expect(await the.page.getByLabel('Compare other').isChecked()).toBe(true);
  });

  it('writes tags and notes down with a run, and finds it by them', async () => {
    await the.open('runs');
    await the.page.getByLabel('Add notes on other').click();
    await the.page.getByLabel('Tags, with commas between them').fill('baseline, keep');
    await the.page.getByLabel('Note', { exact: true }).fill('before the new <b>scheduler</b>');
    await the.page.getByRole('button', { name: 'Save', exact: true }).click();
    const row = the.page.locator(`[data-run="${other}"]`);
    await expect.poll(() => row.locator('.tag').allInnerTexts()).toEqual(['baseline', 'keep']);
    expect(await row.locator('.note').innerText()).toBe('before the new <b>scheduler</b>');
    const noted = `SELECT note, tags FROM run_notes WHERE run_id = '${other}'`;
    expect(await the.rows(noted)).toEqual([['before the new <b>scheduler</b>', ['baseline', 'keep']]]);
    await the.page.getByLabel('Filter').fill('BASELINE');
    await expect.poll(() => the.page.getByTestId('run').count()).toBe(1);
    await the.page.getByLabel('Edit notes on other').click();
    await the.page.getByLabel('Tags, with commas between them').fill('keep');
    await the.page.getByRole('button', { name: 'Save', exact: true }).click();
    await the.page.getByText('No run fits the filter.').waitFor();
    expect(await the.rows(noted)).toEqual([['before the new <b>scheduler</b>', ['keep']]]);
  });

  it('pauses, resumes, stops, kills and slows while a run goes on', async () => {
    the.events.publish({ ...recordedRun(live, 'shown', begun)[0]! });
    await the.open('overview');
    await the.page.getByRole('button', { name: 'Pause' }).click();
    await expect.poll(() => the.deeds).toContain('pause');
    the.events.publish({ type: 'log', ts: begun, level: 'info', code: 'RUN_PAUSED', message: 'paused' });
    await the.page.getByRole('button', { name: 'Resume' }).click();
    await expect.poll(() => the.deeds).toContain('resume');
    await the.page.getByRole('button', { name: 'Stop', exact: true }).dblclick();
    await the.page.getByRole('button', { name: 'Really stop the run?' }).waitFor();
    expect(the.deeds).not.toContain('stop');
    await pressAndConfirm('Stop', 'Really stop the run?', 'stop');
    await the.open('fleet');
    await the.page.getByTestId('cells').focus();
    await the.page.keyboard.press('Home');
    await the.page.keyboard.press('Enter');
    await pressAndConfirm('Kill', 'Really kill it?', 'kill 0');
    await the.page.getByRole('button', { name: 'Slow down' }).click();
    await the.page
      .getByRole('alert')
      .filter({ hasText: 'agent 0 does not run on this machine now' })
      .waitFor();
    the.forgive('status of 409');
  });
});
