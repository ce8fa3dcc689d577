import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { type Dashboard, type RunActions, startDashboard } from '#dashboard';
import { RunEventStream } from '#protocol';
import { noteRun, openStore, Recorder, type Store } from '#store';
import { launchChromium } from '../../scripts/chromium.js';
import { type QualityOf, recordedRun } from './recorded-run.js';
import { forgive, openWatchedPage } from './watched-page.js';

export const begun = Date.UTC(2026, 0, 2, 3, 4, 5);
/** Ids of the two runs that are stored; the page shows the first. */
export const [live, other] = ['20260102-030405-aaaaaa', '20260101-030405-bbbbbb'] as const;

/** Of more downloads in so long a time, Chromium drops the rest without a word. */
const burst = { downloads: 10, ms: 1000 };

/** A page on two stored runs: a browser, a store and a server a file, a context of its own a test. */
export class StoredPage {
  /** What users of the page have done to the run. */
  readonly deeds: string[] = [];
  readonly events = new RunEventStream();
  store!: Store;
  dashboard!: Dashboard;
  page!: Page;
  /** What the browser has complained of. */
  troubles: string[] = [];
  readonly #storeDir = mkdtempSync(join(tmpdir(), 'mlaas-views-'));
  #browser: Browser | undefined;
  /** When the latest downloads began, by `performance.now()`. */
  #saved: readonly number[] = [];

  /** Registers the hooks of the file's suite. */
  constructor() {
    beforeAll(() => this.#open());
    afterAll(async () => {
      await this.#browser?.close();
      await this.dashboard?.close();
      await this.store?.close();
      rmSync(this.#storeDir, { recursive: true, force: true });
    });
    beforeEach(async () => {
      ({ page: this.page, troubles: this.troubles } = await openWatchedPage(this.#browser!));
      this.#saved = [];
    });
    afterEach(async () => {
      await this.page.context().close();
      expect(this.troubles).toEqual([]);
    });
  }

  open(view: string, run?: string): Promise<unknown> {
    return this.page.goto(`${this.dashboard.url}#/${view}${run === undefined ? '' : `?run=${run}`}`);
  }

  /** Rows of the store; `$1` is the run that the page shows. */
  async rows(sql: string): Promise<unknown[][]> {
    const params = sql.includes('$1') ? [live] : [];
    return (await this.store.query(sql, { params })).rows.map((row) => [...row]);
  }

  async row(sql: string): Promise<unknown[]> {
    return (await this.rows(sql))[0] ?? [];
  }

  tile(name: string): Promise<string> {
    return this.page.locator(`[data-tile="${name}"]`).innerText();
  }

  /** Waits until a plot has so many points. */
  points(testId: string, count: number | string): Promise<void> {
    return this.page.locator(`[data-testid="${testId}"][data-points="${count}"]`).waitFor();
  }

  /** Saves a plot by its menu. @returns the file's text, for a PNG as far as it is text */
  async save(title: string, kind: 'PNG' | 'SVG' | 'CSV'): Promise<string> {
    const oldest = this.#saved.length < burst.downloads ? undefined : this.#saved[0];
    if (oldest !== undefined) await delay(Math.max(0, oldest + burst.ms - performance.now()));
    const summary = this.page.getByLabel(`Save ${title}`, { exact: true });
    await summary.click();
    const [download] = await Promise.all([
      this.page.waitForEvent('download'),
      summary.locator('xpath=..').getByRole('button', { name: kind }).click(),
    ]);
    this.#saved = [...this.#saved, performance.now()].slice(-burst.downloads);
    return readFileSync(await download.path(), 'utf8');
  }

  forgive(text: string): void {
    forgive(this.troubles, text);
  }

  async #open(): Promise<void> {
    const storeDir = this.#storeDir;
    [this.#browser, this.store] = await Promise.all([launchChromium(), openStore({ storeDir })]);
    await this.record(new RunEventStream(), other, 'other', begun - 86_400_000, 9);
    const actions: RunActions = {
      pause: () => this.deeds.push('pause'),
      resume: () => this.deeds.push('resume'),
      stop: () => this.deeds.push('stop'),
      kill: (client) => this.deeds.push(`kill ${client}`) > 0,
      slow: () => false,
    };
    this.dashboard = await startDashboard({
      ...{ host: '127.0.0.1', port: 0, events: this.events, store: this.store },
      actions: () => actions,
      writeNote: (run, note) => noteRun(this.store, run, note),
    });
    await this.record(this.events, live, 'shown', begun, 7);
  }

  /** Stores a run. */
  async record(
    stream: RunEventStream,
    id: string,
    name: string,
    at: number,
    seed: number,
    qualityOf?: QualityOf,
    length?: number,
  ): Promise<void> {
    const recorder = new Recorder(this.store, stream, (error) => {
      throw error;
    });
    for (const event of recordedRun(id, name, at, seed, qualityOf, length)) stream.publish(event);
    await recorder.close();
    expect(recorder.losses()).toMatchObject({ dropped: 0, rejected: 0 });
  }
}
