import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, launchChromium } from './chromium.js';
import { Mlaas } from './mlaas.js';

describe.skipIf(!hasChromium)('the page during a real run (skipped without Chromium)', () => {
  let browser: Browser;
  let page: Page;
  let up: Mlaas;
  const troubles: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
    const small = ['--sample-size', '3000', '--epochs-per-round', '3'];
    up = new Mlaas(['up', '--clients', '6', '--rounds', '4', '--port', '0', ...small]);
    const [, url] = await up.sees(/page (http:\S+)/);
    page = await browser.newPage();
    page.on('pageerror', (error) => troubles.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') troubles.push(message.text());
    });
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
    await page.locator('[data-testid=agent][data-state=training]').first().waitFor();
    expect(await page.getByTestId('agent').count()).toBe(6);
    const seen: number[] = [];
    for (let round = 1; round <= 4; round++) {
      await page.getByText(`Round ${round} of 4`).first().waitFor();
      await page.locator(`[data-testid=curve][data-points="${round}"]`).first().waitFor();
      seen.push(await points());
    }
    expect(seen.at(-1)).toBe(4);
    expect(seen[0]).toBeLessThan(4);
  });

  it('says that the run is finished and stays', async () => {
    await up.sees(/The page stays up/);
    await page.getByTestId('status').filter({ hasText: 'finished' }).waitFor();
    expect(await points()).toBe(4);
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
