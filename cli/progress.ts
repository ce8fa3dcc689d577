import { MultiBar as Bars, type MultiBar, Presets, type SingleBar } from 'cli-progress';
import type { Quality, RunEvent, RunEventStream } from '#protocol';

/** Shows people how a run goes. */
export interface RunProgress {
  /** One line for people. */
  note(text: string): void;
  /** Nothing is shown from now on but notes. */
  end(): void;
}

/** On stderr: a bar on a terminal, plain lines otherwise. */
export class Progress implements RunProgress {
  readonly #rounds: number;
  readonly #started = performance.now();
  readonly #startedAt = Date.now();
  #bars: MultiBar | undefined;
  readonly #bar: SingleBar | undefined;
  readonly #unsubscribe: () => void;
  #roundsBegan = 0;
  /** Rounds that a resumed run had finished before. */
  #earlierRounds = 0;

  constructor(events: RunEventStream, rounds: number) {
    this.#rounds = rounds;
    if (process.stderr.isTTY) {
      this.#bars = new Bars(
        {
          format: ' {bar} {value}/{total} rounds  {note}',
          hideCursor: true,
          gracefulExit: false,
          stream: process.stderr,
        },
        Presets.shades_classic,
      );
      this.#bar = this.#bars.create(rounds, 0, { note: 'starting' });
    }
    this.#unsubscribe = events.subscribe((event) => this.#show(event));
  }

  note(text: string): void {
    if (this.#bars) this.#bars.log(`${text}\n`);
    else process.stderr.write(`${text}\n`);
  }

  /** Takes the bar off the terminal; notes from now on are plain lines. */
  end(): void {
    this.#unsubscribe();
    this.#bars?.stop();
    this.#bars = undefined;
  }

  #show(event: RunEvent): void {
    switch (event.type) {
      case 'round-finished': {
        if (event.ts < this.#startedAt) {
          this.#earlierRounds = event.round;
          this.#bar?.update(event.round);
          break;
        }
        const now = performance.now();
        const elapsedS = (now - this.#started) / 1000;
        const aRoundS = (now - this.#roundsBegan) / 1000 / (event.round - this.#earlierRounds);
        const remainingS = aRoundS * (this.#rounds - event.round);
        this.note(
          [
            `round ${event.round}/${this.#rounds}`,
            scoreText(event.global),
            `loss ${event.global.loss.toFixed(4)}`,
            `clients ${event.participated}/${event.participated + event.failed}`,
            `elapsed ${duration(elapsedS)}`,
            `remaining ${duration(remainingS)}`,
          ].join('  '),
        );
        this.#bar?.update(event.round, { note: scoreText(event.global) });
        break;
      }
      case 'round-state':
        this.#roundsBegan ||= performance.now();
        this.#bar?.update({ note: `round ${event.round}: ${event.state}` });
        break;
      case 'log':
        if (event.level !== 'info') this.note(`${event.level} ${event.code}: ${event.message}`);
        break;
    }
  }
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${String(Math.round(seconds % 60)).padStart(2, '0')} s`;
}

/** A model's quality in the measure that people know for its task. */
function scoreText({ accuracy, rmse, r2, silhouette }: Quality): string {
  if (accuracy !== undefined) return `accuracy ${accuracy.toFixed(4)}`;
  if (rmse !== undefined) return `rmse ${rmse.toFixed(4)}${r2 === undefined ? '' : `  r2 ${r2.toFixed(4)}`}`;
  return silhouette === undefined ? 'one cluster' : `silhouette ${silhouette.toFixed(4)}`;
}
