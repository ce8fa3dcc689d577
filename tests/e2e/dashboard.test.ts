import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Dashboard, type DashboardOptions, startDashboard } from '#dashboard';
import { parseRunConfig, type RunEvent, RunEventStream } from '#protocol';
import { openStore, type Store } from '#store';
import { hasChromium, launchChromium } from '../../scripts/chromium.js';
import { clientShare } from '../client-share.js';
import { clientContext, quality } from '../unit/training-metrics.js';
import { openWatchedPage } from './watched-page.js';

if (!hasChromium) console.log('skipped: the page in a browser, no Chromium found (MLAAS_TEST_CHROMIUM)');

const clients = [0, 1, 2, 3];
const begun = Date.now() - 60_000;

describe.skipIf(!hasChromium)('the page, fed with the events of a run', () => {
  const storeDir = mkdtempSync(join(tmpdir(), 'mlaas-page-'));
  let browser: Browser;
  let store: Store;
  let events: RunEventStream;
  let dashboard: Dashboard;
  let page: Page;
  let troubles: string[];
  /** What the store's writer says of itself. */
  let writer: NonNullable<ReturnType<NonNullable<DashboardOptions['writer']>>> | undefined;

  beforeAll(async () => {
    [browser, store] = await Promise.all([launchChromium(), openStore({ storeDir })]);
  });

  afterAll(async () => {
    await browser?.close();
    await store?.close();
    rmSync(storeDir, { recursive: true, force: true });
  });

  beforeEach(async () => {
    events = new RunEventStream();
    writer = undefined;
    dashboard = await startDashboard({ host: '127.0.0.1', port: 0, events, store, writer: () => writer });
    ({ page, troubles } = await openWatchedPage(browser));
  });

  afterEach(async () => {
    await page.context().close();
    await dashboard.close();
  });

  const publish = (...all: RunEvent[]): void => {
    for (const event of all) events.publish(event);
  };
  const text = (testId: string, expected: string | RegExp): Promise<void> =>
    page.getByTestId(testId).filter({ hasText: expected }).first().waitFor();
  const points = (testId: string, count: number): Promise<void> =>
    page.locator(`[data-testid="${testId}"][data-points="${count}"]`).waitFor();
  const row = (agent: string) => page.locator(`[data-testid=agent][data-agent=${agent}]`);
  const stateCount = (state: string, count: number): Promise<void> =>
    page
      .getByTestId(`state-${state}`)
      .filter({ hasText: new RegExp(`^${count}$`) })
      .waitFor();
  /** What the plot's canvas shows, as an image. */
  const drawn = (testId: string): Promise<string> =>
    page.locator(`[data-testid="${testId}"] canvas`).evaluate((canvas) => {
      // The types here know no DOM: the function runs in the page.
      return (canvas as unknown as { toDataURL(): string }).toDataURL();
    });

  it('waits for a run, then shows its rounds, curves and agents as they come', async () => {
    await page.goto(dashboard.url);
    await page.getByText('No run yet').waitFor();
    publish(runStarted());
    await text('round', /^Round 0 of 3$/);
    await text('status', 'running');
    await stateCount('unseen', 4);
    await points('curve', 0);
    const images = new Set([await drawn('curve')]);
    for (const round of [1, 2, 3]) {
      publish(roundState(round), agentState(2, 'training', round));
      await text('round', new RegExp(`^Round ${round} of 3$`));
      await stateCount('training', 1);
      publish(agentState(2, 'idle', round), roundFinished(round, 0.5 + round / 10, 1 / round));
      await points('curve', round);
      await points('curve-loss', round);
      await stateCount('idle', 1);
      // The numbers are not only counted: each point changes the picture.
      await expect.poll(async () => images.has(await drawn('curve'))).toBe(false);
      images.add(await drawn('curve'));
    }
    publish({ type: 'run-finished', ts: begun + 59_000, status: 'finished' });
    await text('status', 'finished');
    await page.getByText('Done: 3 rounds in 59 s. The global model has an accuracy of 80.00 %.').waitFor();
    expect(await page.getByRole('row').nth(1).getByRole('cell').allTextContents()).toEqual([
      '3',
      'best80.00 %',
      '0.3333',
      '4 of 4',
      '0',
      '9.0 s',
    ]);
    expect(await page.getByRole('progressbar').getAttribute('aria-valuenow')).toBe('100');
    expect(await page.title()).toContain('Round 3 of 3');
    expect(troubles).toEqual([]);
  });

  it('shows a run that was going on before the page was opened', async () => {
    publish(runStarted(), roundState(1), roundFinished(1, 0.6, 0.9), roundState(2));
    for (let second = 0; second < 5; second++) publish(counters(second));
    await page.goto(dashboard.url);
    await text('round', /^Round 2 of 3$/);
    await text('connection', /^connected$/);
    await points('curve', 1);
    await points('traffic-messages', 4);
    await points('traffic-bytes', 4);
    await page.getByTestId('traffic-messages').getByText('10 /s').waitFor();
    await page.getByTestId('traffic-bytes').getByText('2.0 kB/s').waitFor();
  });

  it('gives an agent’s figures to the pointer and to the keyboard', async () => {
    publish(runStarted(), agentState(1, 'training', 1), telemetry(1), failed(1, 'agent_lost'));
    await page.goto(`${dashboard.url}#/fleet`);
    const cells = page.getByTestId('cells');
    await cells.locator('canvas').click({ position: { x: 100, y: 20 } });
    const drawer = page.getByTestId('drawer');
    await drawer.getByRole('heading', { name: 'c0001' }).waitFor();
    for (const figure of ['123 MB', '50 % of a core', 'agent_lost', '1,001']) {
      await drawer.getByText(figure, { exact: true }).waitFor();
    }
    await page.getByTestId('selection').getByText('c0001').waitFor();
    await drawer.getByRole('button', { name: 'Close' }).click();
    await drawer.waitFor({ state: 'detached' });
    await cells.focus();
    for (const [key, spoken] of [
      ['Home', /^c0000: not connected yet$/],
      ['ArrowRight', /^c0001: training, failed its last round$/],
      ['End', /^c0003/],
      ['ArrowRight', /^c0003/],
      ['ArrowLeft', /^c0002/],
    ] as const) {
      await page.keyboard.press(key);
      await cells.locator('[aria-live]').filter({ hasText: spoken }).waitFor({ state: 'attached' });
    }
    await page.keyboard.press('Enter');
    await drawer.getByRole('heading', { name: 'c0002' }).waitFor();
    expect(troubles).toEqual([]);
  });

  it('filters and sorts the fleet, as cells and as a table', async () => {
    publish(runStarted(), agentState(1, 'training', 1), agentState(2, 'training', 1), failed(2, 'timeout'));
    await page.goto(`${dashboard.url}#/fleet`);
    await page.locator('[data-testid=cells][data-count="4"]').waitFor();
    await page.getByLabel('Filter').fill('training');
    await page.locator('[data-testid=cells][data-count="2"]').waitFor();
    await page.getByLabel('Show as').selectOption('table');
    const agents = (): Promise<(string | null)[]> =>
      page.getByTestId('agent').evaluateAll((all) => all.map((one) => one.getAttribute('data-agent')));
    await expect.poll(agents).toEqual(['c0001', 'c0002']);
    await page.getByRole('button', { name: 'failed' }).click();
    await page.getByRole('button', { name: /failed/ }).click();
    await expect.poll(agents).toEqual(['c0002', 'c0001']);
    await page.getByLabel('Filter').fill('failed timeout');
    await expect.poll(agents).toEqual(['c0002']);
    expect(await row('c0002').getAttribute('data-state')).toBe('training');
    await page.getByLabel('Filter').fill('nobody');
    await page.getByText('No agent passes the filter.').waitFor();
  });

  it('keeps the latest 500 events, filters them, and shows their text as text', async () => {
    publish(runStarted());
    await page.goto(dashboard.url);
    await text('log', 'RUN_STARTED');
    for (let i = 1; i <= 600; i++) publish(log(i === 599 ? 'warn' : 'info', `event ${i}`));
    publish(log('error', '<img src="/nothing" onerror="document.title=1">'));
    await text('log', '<img src=');
    const rows = page.getByTestId('log');
    await expect.poll(() => rows.count()).toBe(500);
    expect(await rows.first().textContent()).toContain('<img src=');
    expect(await rows.last().textContent()).toContain('event 102');
    expect(await page.locator('[data-testid=log] img').count()).toBe(0);
    await page.getByText('latest 500', { exact: true }).waitFor();
    await page.getByText('warnings 1').click();
    await expect.poll(() => rows.allTextContents()).toEqual([expect.stringContaining('event 599')]);
    await page.getByText('errors 1').click();
    await expect.poll(() => rows.allTextContents()).toEqual([expect.stringContaining('<img')]);
    expect(troubles).toEqual([]);
  });

  it('does not show the loss of a diverged model as 0', async () => {
    publish(runStarted(), roundState(1), roundFinished(1, 0.1, Number.NaN));
    await page.goto(dashboard.url);
    await points('curve-loss', 1);
    const loss = page.getByRole('row').nth(1).getByRole('cell').nth(2);
    expect(await loss.textContent()).toBe('–');
    publish(roundState(2), roundFinished(2, 0.1, 5.9e38, 250));
    await points('curve-loss', 2);
    expect(await page.locator('[data-tile="Global loss"]').textContent()).toBe('5.9e38');
    expect(await loss.textContent()).toBe('5.9e38');
    expect(await page.locator('[data-tile="Round time"]').textContent()).toBe('250 ms');
    await page.setViewportSize({ width: 360, height: 800 });
    const isTooWide = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
    expect(await page.evaluate(isTooWide)).toBe(false);
  });

  it('tells which rows wait to be stored, and for how long, until they are', async () => {
    const tile = (name: string, shown: RegExp) =>
      page.locator('.tile', { hasText: name }).filter({ hasText: shown }).waitFor();
    publish(runStarted());
    writer = {
      rows: 900,
      waiting: 20,
      spooled: 4100,
      waitingSince: Date.now() - 65_000,
      dropped: 0,
      rejected: 0,
    };
    publish({
      type: 'log',
      ts: begun,
      level: 'warn',
      code: 'STORE_SPOOLING',
      message: 'the database is away',
    });
    await page.goto(`${dashboard.url}#/broker`);
    await tile('Spool', /4,100 rows\s*the database is away/);
    await tile('Oldest unstored row', /1 min \d\d s\s*20 rows in memory, 4,100 on disk/);
    await tile('Rows stored', /900/);
    writer = { rows: 5020, waiting: 0, spooled: 0, waitingSince: undefined, dropped: 0, rejected: 0 };
    publish({ type: 'log', ts: begun, level: 'info', code: 'STORE_REPLAYED', message: 'all is stored' });
    await tile('Spool', /empty\s*all is stored/);
    await tile('Oldest unstored row', /none\s*every row is stored/);
    await tile('Rows stored', /5,020/);
    expect(troubles).toEqual([]);
  });

  it('takes a resumed run’s pace from the rounds since, and promises nothing while it is paused', async () => {
    const remaining = (shown: string) =>
      page
        .locator('.run-times .fact', { hasText: 'remaining' })
        .filter({ hasText: new RegExp(`${shown}$`) })
        .waitFor();
    const resumedAt = begun + 20_000;
    publish({ ...runStarted(), ts: resumedAt }, roundFinished(1, 0.6, 0.9), roundState(2));
    await page.goto(dashboard.url);
    await points('curve', 1);
    await remaining('–');
    publish(roundFinished(2, 0.7, 0.8));
    await remaining('about 0 s');
    publish({ type: 'log', ts: begun, level: 'info', code: 'RUN_PAUSED', message: 'paused' });
    await remaining('–');
    publish(roundFinished(3, 0.8, 0.7), { type: 'run-finished', ts: begun + 49_000, status: 'finished' });
    await page.getByText('Done: 3 rounds, 2 of them since it was resumed, in 29 s.').waitFor();
  });

  it('says how a failed run ended', async () => {
    publish(runStarted(), roundState(1));
    await page.goto(dashboard.url);
    publish({ type: 'run-finished', ts: begun + 5000, status: 'failed', reason: 'failed: broker gone' });
    await text('status', 'failed');
    await page.getByText('The run failed after 0 rounds in 5 s: broker gone').waitFor();
  });

  it('reconnects by itself, and takes the state of the new server', async () => {
    publish(runStarted(), roundState(1), roundFinished(1, 0.6, 0.9));
    await page.goto(dashboard.url);
    await points('curve', 1);
    await text('connection', /^connected$/);
    await dashboard.close();
    await text('connection', /^reconnecting$/);
    await text('round', /^Round 1 of 3$/);
    events = new RunEventStream();
    dashboard = await startDashboard({ host: '127.0.0.1', port: dashboard.port, events, store });
    publish(
      runStarted(),
      roundState(1),
      roundFinished(1, 0.6, 0.9),
      roundFinished(2, 0.7, 0.8),
      roundState(3),
    );
    await text('connection', /^connected$/);
    await text('round', /^Round 3 of 3$/);
    await points('curve', 2);
  });

  it('tells a server that has another token from one that is gone', async () => {
    await dashboard.close();
    const options = { host: '0.0.0.0', port: 0, events, store };
    dashboard = await startDashboard({ ...options, token: 'first' });
    await page.goto(dashboard.url);
    await text('connection', /^connected$/);
    const { port } = dashboard;
    await dashboard.close();
    dashboard = await startDashboard({ ...options, port, token: 'second' });
    await page.getByText('Open the address that the command has printed').first().waitFor();
    await page.goto(dashboard.url);
    await text('connection', /^connected$/);
  });

  it('asks the store again when the server is back', async () => {
    await page.goto(`${dashboard.url}#/runs`);
    await page.getByText('No runs yet.').waitFor();
    await dashboard.close();
    await text('connection', /^reconnecting$/);
    const asked = page.waitForRequest('**/api/query');
    dashboard = await startDashboard({ host: '127.0.0.1', port: dashboard.port, events, store });
    await asked;
  });

  it.each([
    ['is lost', (): Buffer | undefined => undefined],
    ['is none of ours', () => Buffer.from('something else')],
    ['is cut short', (frame: Buffer) => frame.subarray(0, 20)],
  ])('asks for the whole state when a frame %s', async (_, spoil) => {
    let connections = 0;
    let isArmed = false;
    let spoilt = 0;
    // Panels subscribe once they are there, and get a whole frame then, which would mend a loss before it.
    let isSubscribed = false;
    let isSettled = false;
    await page.routeWebSocket('**/ws', (socket) => {
      const isFirst = ++connections === 1;
      const server = socket.connectToServer();
      socket.onMessage((message) => {
        isSubscribed ||= String(message).includes('"agents"');
        server.send(message);
      });
      server.onMessage((message) => {
        const isSpoilt = isFirst && isArmed && spoilt === 0 && typeof message !== 'string';
        if (isSpoilt) spoilt++;
        isSettled ||= isSubscribed;
        const sent = isSpoilt ? spoil(message) : message;
        if (sent !== undefined) socket.send(sent);
      });
    });
    publish(runStarted(), roundState(1));
    await page.goto(dashboard.url);
    await text('round', /^Round 1 of 3$/);
    await points('curve', 0);
    await expect.poll(() => isSettled).toBe(true);
    isArmed = true;
    publish(roundFinished(1, 0.6, 0.9));
    await expect.poll(() => spoilt).toBe(1);
    publish(roundState(2));
    await text('round', /^Round 2 of 3$/);
    await points('curve', 1);
    expect(connections).toBe(2);
    expect(troubles).toEqual([]);
  });
});

function runStarted(): RunEvent {
  return {
    type: 'run-started',
    ts: begun,
    runId: 'run-1',
    config: parseRunConfig({ name: 'page-test', clients: clients.length, rounds: 3 }),
    configSha256: '0'.repeat(64),
    codeVersion: '0',
    params: { 'engine.name': 'tfjs' },
    clients: clients.map((client) => clientShare(client, [1000 + client])),
  };
}

function roundState(round: number): RunEvent {
  return { type: 'round-state', ts: begun + round * 10_000, round, state: 'collect', participants: clients };
}

function roundFinished(
  round: number,
  globalAccuracy: number,
  globalLoss: number,
  durationMs = 9000,
): RunEvent {
  const ts = begun + round * 10_000 + 9000;
  return {
    type: 'round-finished',
    ts,
    round,
    startedAt: ts - durationMs,
    attempted: clients.length,
    participated: clients.length,
    failed: 0,
    global: quality(globalAccuracy, globalLoss),
    paramsCount: 100_000,
    weightsSha256: '0'.repeat(64),
    collectTimeS: 8,
    aggregateTimeS: 0.1,
    evaluateTimeS: 0.9,
  };
}

function agentState(client: number, state: 'training' | 'idle', round: number): RunEvent {
  return { type: 'agent-state', ts: begun + round * 10_000, client, state, round, pid: 100 + client };
}

function telemetry(client: number): RunEvent {
  return {
    type: 'telemetry',
    ts: begun + 1000,
    sentAt: begun + 998,
    client,
    boot: begun,
    seq: 1,
    body: {
      phase: 'training',
      round: 1,
      cpuTimeS: 1,
      cpuUtilization: 0.5,
      rssMb: 123,
      queueLength: 0,
      bytesSent: 1,
      bytesReceived: 1,
    },
  };
}

function failed(client: number, failReason: string): RunEvent {
  return {
    type: 'client-finished',
    ts: begun + 2000,
    outcome: {
      client,
      round: 1,
      startedAt: begun,
      finishedAt: begun + 2000,
      selected: true,
      attempted: true,
      participated: false,
      failReason,
      samples: 1000 + client,
      metrics: undefined,
      ...clientContext,
    },
  };
}

/** In: 10 messages and 2 kB a second; out: 30 messages and 5 kB. */
function counters(second: number): RunEvent {
  return {
    type: 'broker',
    ts: begun + second * 1000,
    counters: {
      source: 'broker',
      clients: clients.length,
      messagesIn: 10 * second,
      messagesOut: 30 * second,
      bytesIn: 2000 * second,
      bytesOut: 5000 * second,
    },
  };
}

function log(level: 'info' | 'warn' | 'error', message: string): RunEvent {
  return { type: 'log', ts: begun, level, code: 'TEST', message };
}
