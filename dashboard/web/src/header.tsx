import type { LiveState, RunView } from '../../server/live-view.js';
import type { ConnectionState } from './connection.js';
import { duration, ratio } from './format.js';
import { narrate, remainingMs } from './narration.js';

export function Header({
  state,
  connection,
  now,
}: {
  readonly state: LiveState;
  readonly connection: ConnectionState;
  readonly now: number;
}) {
  const { run } = state;
  return (
    <header>
      <div class="bar">
        <h1>mlaas-fleet</h1>
        {run && <code class="run-name">{run.name}</code>}
        <span class="spacer" />
        <span class={`pill ${connection}`} data-testid="connection" role="status">
          {connection === 'connected'
            ? '● live'
            : connection === 'connecting'
              ? '○ connecting'
              : '○ reconnecting…'}
        </span>
      </div>
      {run ? (
        <RunHead run={run} state={state} now={now} />
      ) : (
        <p class="empty">No run yet. It shows here as soon as it starts.</p>
      )}
    </header>
  );
}

function RunHead({
  run,
  state,
  now,
}: {
  readonly run: RunView;
  readonly state: LiveState;
  readonly now: number;
}) {
  const last = state.rounds.at(-1);
  const end = run.finishedAt ?? now;
  const remaining = remainingMs(run, state.rounds.length, now);
  return (
    <>
      <p class="now">{narrate(run)}</p>
      <progress max={run.rounds} value={state.rounds.length} aria-label="finished rounds" />
      <dl class="facts">
        <Fact
          name="Round"
          testId="round"
          value={run.round === 0 ? `0 of ${run.rounds}` : `Round ${run.round} of ${run.rounds}`}
        />
        <Fact name="Status" testId="status" value={run.status} />
        <Fact name="Accuracy" value={ratio(last?.accuracy)} />
        <Fact name="Loss" value={ratio(last?.loss)} />
        <Fact name="Elapsed" value={duration(end - run.startedAt)} />
        <Fact name="Remaining" value={remaining === undefined ? '–' : `~${duration(remaining)}`} />
        <Fact name="Dataset" value={run.dataset} />
        <Fact name="Partition" value={run.strategy} />
        <Fact name="Composition" value={run.composition} />
        <Fact name="Engine" value={run.engine} />
        <Fact name="Seed" value={String(run.seed)} />
      </dl>
    </>
  );
}

function Fact({
  name,
  value,
  testId,
}: {
  readonly name: string;
  readonly value: string;
  readonly testId?: string;
}) {
  return (
    <div>
      <dt>{name}</dt>
      <dd data-testid={testId}>{value}</dd>
    </div>
  );
}
