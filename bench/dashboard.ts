import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../scripts/chromium.js';
import { machineVersions, rounded } from './report.js';

const agents = 1000;
const pointsPerS = 10_000;
const assets = fileURLToPath(new URL('../dashboard/web/assets', import.meta.url));
/**
 * Runs in the page: counts animation frames and long tasks, and how old each event was when the frame that
 * shows it was there: `data-newest` says up to when the page has drawn, and is read a frame later.
 */
const probe = `(() => {
  const seen = { frames: 0, longTasks: [], ages: [] };
  window.probe = seen;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) seen.longTasks.push(duration);
  }).observe({ type: 'longtask' });
  let last = 0;
  const frame = () => {
    seen.frames++;
    const at = Number(document.documentElement.dataset.newest ?? 0);
    if (at > last) {
      // Events came evenly between the newest of the drawing before and the newest of this one.
      for (let i = 0; last > 0 && i < 10; i++) seen.ages.push(Date.now() - (last + ((at - last) * (i + 0.5)) / 10));
      last = at;
    }
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})()`;

interface Seen {
  readonly frames: number;
  readonly longTasks: readonly number[];
  readonly ages: readonly number[];
}

/**
 * The page in a headless Chromium, with 1,000 agents and 10,000 telemetry points a second.
 * @param args seconds to measure; default 60
 */
export default async function dashboard([secondsText = '60']: readonly string[]): Promise<void> {
  const seconds = Number(secondsText);
  const server = fork(new URL('./dashboard-server.js', import.meta.url), [
    String(agents),
    String(pointsPerS),
  ]);
  const { url } = await answer<{ url: string }>(server);
  const browser = await launchChromium(['--enable-precise-memory-info', '--js-flags=--expose-gc']);
  try {
    await measure(browser, server, url, seconds);
  } finally {
    await browser.close();
    server.kill();
  }
}

async function measure(browser: Browser, server: ChildProcess, url: string, seconds: number): Promise<void> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${url}#/fleet`);
  await page.getByTestId('cells').waitFor();
  const firstPaintMs = await page.evaluate<number>(
    `performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN`,
  );
  // Everything is compiled and the series are there before the clock starts.
  await page.waitForTimeout(5000);
  const heapBefore = await heapOf(page);
  await page.evaluate(probe);
  server.send('begin');
  const began = performance.now();
  await page.waitForTimeout(seconds * 1000);
  const seen = await page.evaluate<Seen>('window.probe');
  const measuredS = (performance.now() - began) / 1000;
  const heapAfter = await heapOf(page);
  server.send('end');
  const used = await answer<{ cores: number; rssMb: number; messages: number }>(server);
  const line = {
    bench: 'dashboard',
    case: `${agents} agents, ${pointsPerS} points/s, ${seconds} s`,
    framesPerS: rounded(seen.frames / measuredS),
    longTasks: seen.longTasks.length,
    longestTaskMs: rounded(Math.max(0, ...seen.longTasks)),
    // Of all frames: one without a task of 50 ms or more counts as 0.
    longTaskP99Ms: rounded(quantile(perFrame(seen), 0.99)),
    heapGrowthMb: rounded(heapAfter - heapBefore),
    serverCores: rounded(used.cores),
    serverRssMb: rounded(used.rssMb),
    eventToPixelP50Ms: rounded(quantile(seen.ages, 0.5)),
    eventToPixelP95Ms: rounded(quantile(seen.ages, 0.95)),
    firstPaintMs: rounded(firstPaintMs),
    scriptGzipKb: rounded(scriptBytes() / 1000),
    versions: { ...machineVersions(), chromium: browser.version() },
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

async function answer<T>(child: ChildProcess): Promise<T> {
  const [message] = (await once(child, 'message')) as [T];
  return message;
}

/** Live heap after collection, in MB. */
async function heapOf(page: Page): Promise<number> {
  return page.evaluate<number>('(gc(), gc(), performance.memory.usedJSHeapSize / 1e6)');
}

const perFrame = ({ frames, longTasks }: Seen): number[] => [
  ...longTasks,
  ...new Array<number>(Math.max(0, frames - longTasks.length)).fill(0),
];

/** 0 when there is none. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

const scriptBytes = (): number =>
  readdirSync(assets)
    .filter((name) => name.endsWith('.js.gz'))
    .reduce((sum, name) => sum + statSync(`${assets}/${name}`).size, 0);
