import type { Browser, Page } from 'playwright-core';

/** Against hanging only: no test is about speed, and a busy machine can be ten times slower. */
const patienceMs = 120_000;

export interface WatchedPage {
  readonly page: Page;
  /** What the browser has complained of. */
  readonly troubles: string[];
}

/** A page with cookies, storage and downloads of its own. */
export async function openWatchedPage(browser: Browser): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, acceptDownloads: true });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text());
  });
  return { page, troubles };
}

/** The browser notes refusals of the server by itself: they were wanted. */
export function forgive(troubles: string[], text: string): void {
  troubles.splice(0, troubles.length, ...troubles.filter((trouble) => !trouble.includes(text)));
}
