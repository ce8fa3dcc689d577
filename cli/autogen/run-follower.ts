import { RunEventStream } from '#protocol';

/**
 * One stream of events for the live page of many runs: it shows a run until that has ended, then the
 * next one that begins.
 */
export class RunFollower {
  readonly events = new RunEventStream();
  #followed: RunEventStream | undefined;

  offer(run: RunEventStream): void {
    run.subscribe((event) => {
      if (event.type === 'run-started') this.#followed ??= run;
      if (this.#followed !== run) return;
      this.events.publish(event);
      if (event.type === 'run-finished') this.#followed = undefined;
    });
  }
}
