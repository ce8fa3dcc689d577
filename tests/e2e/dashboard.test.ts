import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Dashboard, startDashboard } from '#dashboard';
import { parseRunConfig, type RunEvent, RunEventStream } from '#protocol';
import { openStore, type Store } from '#store';
import { clientShare } from '../client-share.js';
import { hasChromium, launchChromium } from './chromium.js';

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
    dashboard = await startDashboard({ host: '127.0.0.1', port: 0, events, store });
    page = await browser.newPage();
    troubles = [];
    page.on('pageerror', (error) => troubles.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') troubles.push(message.text());
    });
  });

  afterEach(async () => {
    await page.close();
    await dashboard.close();
  });

  const publish = (...all: RunEvent[]): void => {
    for (const event of all) events.publish(event);
  };
  const text = (testId: string, expected: string | RegExp): Promise<void> =>
    page.getByTestId(testId).filter({ hasText: expected }).first().waitFor();
  const points = (testId: string, count: number): Promise<void> =>
    page.locator(`[data-testid="${testId}"][data-points="${count}"]`).waitFor();
  const cell = (agent: string) => page.locator(`[data-testid=agent][data-agent=${agent}]`);
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
    expect(await page.getByTestId('agent').count()).toBe(4);
    expect(await cell('c0002').getAttribute('data-state')).toBe('unseen');
    await points('curve', 0);
    const images = new Set([await drawn('curve')]);
    for (const round of [1, 2, 3]) {
      publish(roundState(round), agentState(2, 'training', round));
      await text('round', new RegExp(`^Round ${round} of 3$`));
      await page.locator('[data-agent=c0002][data-state=training]').waitFor();
      publish(agentState(2, 'idle', round), roundFinished(round, 0.5 + round / 10, 1 / round));
      await points('curve', round);
      await points('curve-loss', round);
      await page.locator('[data-agent=c0002][data-state=idle]').waitFor();
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
    await page.getByLabel('Messages', { exact: true }).getByText('10 /s').waitFor();
    await page.getByLabel('Data', { exact: true }).getByText('2.0 kB/s').waitFor();
  });

  it('gives an agent’s figures to the pointer and to the keyboard', async () => {
    publish(runStarted(), agentState(1, 'training', 1), telemetry(1), failed(1, 'agent_lost'));
    await page.goto(dashboard.url);
    const details = page.getByTestId('agent-details');
    await details.getByRole('heading', { name: 'All agents' }).waitFor();
    await cell('c0001').hover();
    await details.getByRole('heading', { name: 'c0001' }).waitFor();
    for (const figure of ['123 MB', '50 % of a core', 'agent_lost', '1,001']) {
      await details.getByText(figure, { exact: true }).waitFor();
    }
    expect(await cell('c0001').getAttribute('aria-label')).toMatch(/training.*failed/);
    await page.mouse.move(0, 0);
    await details.getByRole('heading', { name: 'All agents' }).waitFor();
    const grid = page.getByRole('listbox');
    await grid.focus();
    for (const [key, agent] of [
      ['Home', 'c0000'],
      ['ArrowRight', 'c0001'],
      ['End', 'c0003'],
      ['ArrowRight', 'c0003'],
      ['ArrowLeft', 'c0002'],
    ] as const) {
      await grid.press(key);
      await details.getByRole('heading', { name: agent }).waitFor();
      expect(await cell(agent).getAttribute('aria-selected')).toBe('true');
    }
    await grid.press('Escape');
    await details.getByRole('heading', { name: 'All agents' }).waitFor();
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
  });

  it('says how a failed run ended', async () => {
    publish(runStarted(), roundState(1));
    await page.goto(dashboard.url);
    publish({ type: 'run-finished', ts: begun + 5000, status: 'failed', reason: 'broker gone' });
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

  it.each([
    ['a frame is lost', (): string | undefined => undefined],
    ['a frame is not JSON', () => '{"type":'],
    ['a frame is none of ours', () => '{"type":"patch","seq":1,"now":1}'],
  ])('asks for a new snapshot when %s', async (_, spoil) => {
    let connections = 0;
    let patches = 0;
    await page.routeWebSocket('**/ws', (socket) => {
      const isFirst = ++connections === 1;
      socket.connectToServer().onMessage((message) => {
        const isPatch = String(message).startsWith('{"type":"patch"');
        const sent = isFirst && isPatch && ++patches === 1 ? spoil() : message;
        if (sent !== undefined) socket.send(sent);
      });
    });
    publish(runStarted(), roundState(1));
    await page.goto(dashboard.url);
    await text('connection', /^connected$/);
    publish(roundFinished(1, 0.6, 0.9));
    await expect.poll(() => patches).toBe(1);
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

function roundFinished(round: number, globalAccuracy: number, globalLoss: number): RunEvent {
  return {
    type: 'round-finished',
    ts: begun + round * 10_000 + 9000,
    round,
    startedAt: begun + round * 10_000,
    participated: clients.length,
    failed: 0,
    globalLoss,
    globalAccuracy,
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
      participated: false,
      failReason,
      samples: 1000 + client,
      metrics: undefined,
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
