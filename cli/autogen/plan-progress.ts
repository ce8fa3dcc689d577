import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { RunEventStream } from '#protocol';
import type { RunProgress } from '../progress.js';
import type { RunSummary } from '../run-summary.js';
import type { FailedRun, ManifestRow } from './manifest.js';

/** Shows how a plan goes, on stderr: a line a run, and on a terminal a bar. */
export class PlanProgress {
  #bars: MultiBar | undefined;
  #bar: SingleBar | undefined;
  #total = 0;
  #ended = 0;
  #failed = 0;

  begin(total: number, done: number): void {
    this.#total = total;
    this.#ended = done;
    if (done > 0) this.note(`${done} of ${total} runs are in the store already`);
    if (!process.stderr.isTTY) return;
    this.#bars = new MultiBar(
      {
        format: ' {bar} {value}/{total} runs  {failed} failed  ETA {eta_formatted}  {note}',
        hideCursor: true,
        gracefulExit: false,
        etaBuffer: 20,
        stream: process.stderr,
      },
      Presets.shades_classic,
    );
    this.#bar = this.#bars.create(total, done, { failed: 0, note: '' });
  }

  note(text: string): void {
    if (this.#bars) this.#bars.log(`${text}\n`);
    else process.stderr.write(`${text}\n`);
  }

  /** Of one run only its rounds are shown, in the bar: the store has its warnings. */
  followRun(name: string, events: RunEventStream): RunProgress {
    const unsubscribe = events.subscribe((event) => {
      if (event.type === 'round-state') this.#bar?.update({ note: `${name} round ${event.round}` });
    });
    return { note: () => {}, end: unsubscribe };
  }

  finished({ name, config }: ManifestRow, summary: RunSummary): void {
    this.#count(
      `${name}  ${config.dataset} ${config.modelType} ${config.strategy}  ${summary.rows} rows  ${summary.duration_s.toFixed(1)} s`,
    );
  }

  failed({ name, stage, reason }: FailedRun): void {
    this.#failed++;
    this.#count(`${name}  failed (${stage}): ${reason}`);
  }

  end(): void {
    this.#bars?.stop();
    this.#bars = undefined;
  }

  #count(text: string): void {
    this.#ended++;
    this.note(`run ${this.#ended}/${this.#total}  ${text}`);
    this.#bar?.update(this.#ended, { failed: this.#failed });
  }
}
