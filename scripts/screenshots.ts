import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from './chromium.js';

const usage = `usage: npm run screenshots -- [--data-dir DIR] [--dataset NAME] [--out DIR] [--readme]

Runs a fleet for real and takes a picture of every view, light and dark, on a phone, a laptop and a large screen.
--readme puts two of them into docs/images, where the README has them.`;

const { values: options } = parseArgs({
  options: {
    'data-dir': { type: 'string' },
    dataset: { type: 'string', default: 'mnist' },
    out: { type: 'string', default: 'outputs/screenshots' },
    readme: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const viewNames = ['overview', 'fleet', 'data', 'qos', 'composition', 'broker', 'runs', 'explore'];
const schemes = ['light', 'dark'] as const;
const widths = [360, 1440, 3840];
const windowHeight = 900;
/** In the README, by the name that they have there. */
const shown = { overview: 'overview-light-1440', composition: 'composition-dark-1440' };
/** What a click has asked for is there by then. */
const settleMs = 700;
/** A busy machine draws a large page slowly. */
const pictureMs = 120_000;
const largestBytes = 300_000;

const root = fileURLToPath(new URL('../..', import.meta.url));
const out = resolve(options.out);

if (options.help) process.stdout.write(`${usage}\n`);
else await takeAll();

async function takeAll(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'mlaas-screenshots-'));
  const up = spawn(process.execPath, [join(root, 'dist/bin/mlaas.js'), 'up', ...runArguments(folder)], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const lines: string[] = [];
  const reader = createInterface({ input: up.stderr });
  reader.on('line', (line) => lines.push(line));
  /** Waits for a line of the command. @throws Error with all of them when it ends before */
  const sees = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = lines.map((line) => pattern.exec(line)).find((found) => found !== null);
      if (match) return match;
      if (up.exitCode !== null) throw new Error(`the run ended early:\n${lines.join('\n')}`);
      await delay(100);
    }
  };
  const browser = await launchChromium();
  try {
    const [, url = ''] = await sees(/^page (\S+)/);
    // A run that goes on looks different from one that is over.
    await sees(/^round 4\//);
    await takePictures(browser, url, 'live-', ['overview', 'fleet', 'broker'], ['dark'], [1440]);
    await sees(/^The page stays up/);
    await takePictures(browser, url, '', viewNames, schemes, widths);
  } finally {
    await browser.close();
    up.kill('SIGINT');
    if (up.exitCode === null) await once(up, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
  if (options.readme) copyToReadme();
}

function runArguments(folder: string): string[] {
  const dataDir = options['data-dir'];
  return [
    ...['--name', 'mnist-label-skew', '--dataset', options.dataset, '--seed', '7', '--port', '0'],
    ...['--clients', '24', '--rounds', '16', '--strategy', 'dirichlet', '--distribution-param', '0.3'],
    ...['--composition', 'random:16', '--store-dir', join(folder, 'store')],
    ...(dataDir === undefined ? [] : ['--data-dir', resolve(dataDir)]),
  ];
}

async function takePictures(
  browser: Browser,
  url: string,
  prefix: string,
  views: readonly string[],
  colorSchemes: readonly (typeof schemes)[number][],
  sizes: readonly number[],
): Promise<void> {
  mkdirSync(out, { recursive: true });
  for (const colorScheme of colorSchemes) {
    for (const width of sizes) {
      const page = await browser.newPage({ viewport: { width, height: windowHeight }, colorScheme });
      for (const view of views) {
        await open(page, `${url}#/${view}`, view);
        const path = join(out, `${prefix}${view}-${colorScheme}-${width}.png`);
        // The whole page, by a window that is as high: a picture of more than the window shows hangs at times.
        const height = await page.evaluate<number>('document.documentElement.scrollHeight');
        await page.setViewportSize({ width, height: Math.max(windowHeight, height) });
        await page.screenshot({ path, timeout: pictureMs });
        await page.setViewportSize({ width, height: windowHeight });
        process.stdout.write(`${path}\n`);
      }
      await page.close();
    }
  }
}

/** Opens a view with something in it: an agent picked, a query answered, the form unfolded. */
async function open(page: Page, address: string, view: string): Promise<void> {
  await page.goto(address);
  await page.locator('main .panel').first().waitFor();
  // What was picked in the view before is picked in this one, too.
  const clear = page.getByTestId('selection').getByRole('button', { name: 'Clear' });
  if ((await clear.count()) > 0) await clear.click();
  if (view === 'fleet')
    await page
      .getByTestId('cells')
      .locator('canvas')
      .click({ position: { x: 30, y: 20 } });
  if (view === 'explore') await page.getByLabel('Named queries').selectOption('accuracy-by-round');
  if (view === 'runs') {
    const form = page.getByTestId('start-run');
    if ((await form.count()) > 0) await form.locator('summary').first().click();
  }
  await page.waitForTimeout(settleMs);
  await page.locator('[aria-busy]').first().waitFor({ state: 'detached' });
}

function copyToReadme(): void {
  for (const [name, picture] of Object.entries(shown)) {
    const from = join(out, `${picture}.png`);
    if (statSync(from).size > largestBytes) throw new Error(`${from} has more than ${largestBytes} bytes`);
    copyFileSync(from, join(root, 'docs/images', `${name}.png`));
  }
}
