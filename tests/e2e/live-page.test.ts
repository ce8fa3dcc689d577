import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, launchChromium } from '../../scripts/chromium.js';
import { Mlaas } from './mlaas.js';
import { forgive, openWatchedPage } from './watched-page.js';

describe.skipIf(!hasChromium)('the page during a real run (skipped without Chromium)', () => {
  let browser: Browser;
  let page: Page;
  let up: Mlaas;
  let url: string;
  let troubles: string[] = [];

  const act = async (action: 'pause' | 'resume'): Promise<void> => {
    const headers = { 'content-type': 'application/json' };
    const done = await fetch(`${url}api/actions`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ action }),
    });
    expect(done.status).toBe(200);
  };

  beforeAll(async () => {
    browser = await launchChromium();
    const small = ['--sample-size', '3000', '--epochs-per-round', '36'];
    up = new Mlaas(['up', '--clients', '6', '--rounds', '4', '--port', '0', ...small]);
    url = (await up.sees(/page (http:\S+)/))[1]!;
    // Else a quick machine is through before the browser shows anything.
    await up.sees(/broker mqtt/);
    await act('pause');
    ({ page, troubles } = await openWatchedPage(browser));
    await page.goto(url);
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
    let trained = false;
    for (let round = 1; round <= 4; round++) {
      while ((await points()) < round) {
        trained ||= Number(await page.getByTestId('state-training').innerText()) > 0;
      }
      // The run is paused before the next one.
      expect(await points()).toBe(round);
      await page
        .getByTestId('round')
        .filter({ hasText: new RegExp(`^Round ${round} of 4$`) })
        .waitFor();
      if (round === 4) break;
      // One round more, and only one.
      await act('resume');
      await act('pause');
    }
    // A glance may miss a short round, but not all of them.
    expect(trained).toBe(true);
  });

  it('says that the run is finished and stays', async () => {
    await up.sees(/The page stays up/);
    await page.getByTestId('status').filter({ hasText: 'finished' }).waitFor();
    await expect.poll(points).toBe(4);
    expect(troubles).toEqual([]);
  });

  it('starts the next run from the form, and shows it', async () => {
    await page.getByRole('link', { name: 'Runs' }).click();
    await page.getByText('Start a run').click();
    await expect.poll(() => page.getByLabel('clients', { exact: true }).inputValue()).toBe('6');
    await page.getByLabel('clients', { exact: true }).fill('2');
    await page.getByLabel('rounds', { exact: true }).fill('3');
    // A setting that the chosen model does not read goes, and what was entered with it.
    await page.getByText('Model and training', { exact: true }).click();
    await page.getByLabel('activation', { exact: true }).selectOption('tanh');
    await page.getByLabel('modelType', { exact: true }).selectOption('logreg');
    await expect.poll(() => page.getByLabel('activation', { exact: true }).count()).toBe(0);
    await page.getByLabel('name', { exact: true }).fill('not a name');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: '--name' }).waitFor();
    forgive(troubles, 'status of 400');
    await page.getByLabel('name', { exact: true }).fill('second');
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    await page.getByRole('heading', { name: 'second' }).waitFor();
    await page.getByTestId('status').filter({ hasText: 'finished' }).waitFor();
    await expect.poll(points).toBe(3);
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
