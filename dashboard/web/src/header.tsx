import type { LiveState, RunView } from '../../server/live-view.js';
import { formatDuration, noValue } from './format.js';
import { narrate } from './narration.js';
import { remainingSeconds, runProgress } from './run-progress.js';
import { useNow } from './use-now.js';

interface HeaderProps {
  readonly state: LiveState;
  readonly run: RunView;
  readonly clockOffsetMs: number;
  /** Whether the server's clock is known to go on. */
  readonly isTicking: boolean;
}

/** Which run it is, how far it is, and what happens now. */
export function Header({ state, run, clockOffsetMs, isTicking }: HeaderProps) {
  const isRunning = run.status === 'running';
  const now = useNow(isRunning && isTicking) + clockOffsetMs;
  const elapsedS = ((run.finishedAt ?? now) - run.startedAt) / 1000;
  const remainingS = remainingSeconds(run, state.rounds, now);
  const sentence = narrate(state);
  const progress = Math.round(runProgress(run, state.rounds) * 1000) / 10;
  return (
    <section class="panel run" aria-label="Run">
      <div class="run-title">
        <h1>{run.name}</h1>
        <span class="badge" data-testid="status" data-status={run.status}>
          {run.status}
        </span>
        <dl class="facts">
          <Fact name="run" value={run.runId} />
          <Fact name="dataset" value={run.dataset} />
          <Fact name="strategy" value={run.strategy} />
          <Fact name="composition" value={run.composition} />
          <Fact name="engine" value={run.engine} />
          <Fact name="seed" value={String(run.seed)} />
          <Fact name="clients" value={String(run.clients)} />
        </dl>
      </div>
      <div class="run-now">
        <strong class="run-round" data-testid="round">
          Round {run.round} of {run.rounds}
        </strong>
        <p class="run-sentence" title={sentence}>
          {sentence}
        </p>
        <dl class="run-times">
          <Fact name="elapsed" value={formatDuration(elapsedS)} />
          {isRunning && (
            <Fact
              name="remaining"
              value={remainingS === undefined ? noValue : `about ${formatDuration(remainingS)}`}
            />
          )}
        </dl>
      </div>
      <div
        class="progress"
        role="progressbar"
        aria-label="Progress of the run"
        aria-valuenow={progress}
        aria-valuemin={0}
        aria-valuemax={100}
        data-status={run.status}
      >
        <div class="progress-done" style={{ width: `${progress}%` }} />
      </div>
    </section>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  if (value === '') return null;
  return (
    <div class="fact">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
