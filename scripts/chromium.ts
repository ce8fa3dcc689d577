import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const executablePath = [process.env.MLAAS_TEST_CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'].find(
  (path) => path !== undefined && existsSync(path),
);

export const hasChromium = executablePath !== undefined;

/**
 * A browser of the system, without any traffic of its own.
 * @param args more arguments for it
 * @throws Error where there is none
 */
export async function launchChromium(args: readonly string[] = []): Promise<Browser> {
  if (executablePath === undefined) throw new Error('no Chromium; name one in MLAAS_TEST_CHROMIUM');
  return chromium.launch({
    executablePath,
    // Against hanging only: a busy machine takes its time to start a browser.
    timeout: 120_000,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      ...args,
    ],
  });
}
