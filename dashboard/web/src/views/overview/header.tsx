import type { RunView } from '../../../../server/frames/live-view.js';
import { onlineCount } from '../../live/agents.js';
import { useAgents, useLive } from '../../live/use-live.js';
import { formatClock, formatDuration, noValue } from '../../ui/format.js';
import { useRunClock } from '../../ui/use-now.js';
import { narrate } from './narration.js';
import { RunActions } from './run-actions.js';
import { remainingSeconds, runProgress } from './run-progress.js';

/** Which run it is, how far it is, and what happens now. */
export function Header({ run }: { readonly run: RunView }) {
  const rounds = useLive((model) => model.rounds);
  const agents = useAgents();
  const isRunning = run.status === 'running';
  const now = useRunClock();
  const elapsedMs = (run.finishedAt ?? now) - run.startedAt;
  const remainingS = remainingSeconds(run, rounds, now);
  const sentence = narrate(run, rounds, onlineCount(agents));
  const progress = Math.round(runProgress(run, rounds) * 1000) / 10;
  return (
    <section class="panel run" aria-label="Run">
      <div class="run-title">
        <h1>{run.name}</h1>
        <span class="badge" data-testid="status" data-status={run.status}>
          {run.status}
        </span>
        <RunActions isPaused={run.isPaused} />
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
          <Fact
            name="elapsed"
            value={isRunning ? formatClock(elapsedMs / 1000) : formatDuration(elapsedMs / 1000)}
          />
          {isRunning && (
            <Fact
              name="remaining"
              value={remainingS === undefined ? noValue : `about ${formatClock(remainingS)}`}
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
