import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, launchChromium } from '../../scripts/chromium.js';
import { Mlaas } from './mlaas.js';
import { forgive, openWatchedPage } from './watched-page.js';

describe.skipIf(!hasChromium)('the page during a real run (skipped without Chromium)', () => {
  let browser: Browser;
  let page: Page;
  let up: Mlaas;
  let troubles: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
    const small = ['--sample-size', '3000', '--epochs-per-round', '12'];
    up = new Mlaas(['up', '--clients', '6', '--rounds', '6', '--port', '0', ...small]);
    const [, url] = await up.sees(/page (http:\S+)/);
    ({ page, troubles } = await openWatchedPage(browser));
    await page.goto(url!);
  });

  afterAll(async () => {
    await browser.close();
    up.child.kill('SIGINT');
    await up.exit();
  });

  const points = async (): Promise<number> =>
    Number(await page.getByTestId('curve').first().getAttribute('data-points'));

  it('sees the round counter and the curve grow, and agents train', async () => {
    await page.getByTestId('state-training').waitFor();
    const rounds = new Set<string>();
    const curve: number[] = [];
    let trained = false;
    while (curve.at(-1) !== 6) {
      const now = await points();
      if (now !== curve.at(-1)) curve.push(now);
      rounds.add(await page.getByTestId('round').innerText());
      trained ||= Number(await page.getByTestId('state-training').innerText()) > 0;
    }
    // A glance may miss a short round, but never sees the curve shrink.
    expect(curve.length).toBeGreaterThan(2);
    expect(curve).toEqual([...curve].sort((x, y) => x - y));
    expect(rounds.size).toBeGreaterThan(2);
    expect(trained).toBe(true);
  });

  it('says that the run is finished and stays', async () => {
    await up.sees(/The page stays up/);
    await page.getByTestId('status').filter({ hasText: 'finished' }).waitFor();
    expect(await points()).toBe(6);
    expect(troubles).toEqual([]);
  });

  it('starts the next run from the form, and shows it', async () => {
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByText('Start a run').click();
    await expect.poll(() => page.getByLabel('clients', { exact: true }).inputValue()).toBe('6');
    await page.getByLabel('clients', { exact: true }).fill('2');
    await page.getByLabel('rounds', { exact: true }).fill('3');
    await page.getByLabel('name', { exact: true }).fill('not a name');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: '--name' }).waitFor();
    forgive(troubles, 'status of 400');
    await page.getByLabel('name', { exact: true }).fill('second');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('heading', { name: 'second' }).waitFor();
    await page.getByTestId('status').filter({ hasText: 'finished' }).waitFor();
    expect(await points()).toBe(3);
    expect(await page.getByTestId('round').innerText()).toBe('Round 3 of 3');
    expect(troubles).toEqual([]);
  });

  it('says so when the server is gone', async () => {
    up.child.kill('SIGINT');
    await up.exit();
    await page
      .getByTestId('connection')
      .filter({ hasText: /reconnecting/i })
      .waitFor();
  });
});
