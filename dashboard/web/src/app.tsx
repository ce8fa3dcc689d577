import { useEffect, useMemo } from 'preact/hooks';
import type { LiveState } from '../../server/live-view.js';
import { ConnectionPill } from './connection-pill.js';
import { Curves } from './curves.js';
import { Fleet } from './fleet.js';
import { Header } from './header.js';
import type { ConnectionStatus } from './live-connection.js';
import { Log } from './log.js';
import { Rounds } from './rounds.js';
import { StatTiles } from './stat-tiles.js';
import { StateIconSprite } from './state-icons.js';
import { Traffic } from './traffic.js';
import { Welcome } from './welcome.js';

export interface LiveView {
  readonly state: LiveState;
  readonly connection: ConnectionStatus;
  /** What to add to `performance.now()` for the server's clock. */
  readonly clockOffsetMs: number;
}

export function App({ state, connection, clockOffsetMs }: LiveView) {
  const { run, rounds, agents, traffic, log } = state;
  useDocumentTitle(run === undefined ? undefined : `Round ${run.round} of ${run.rounds} · ${run.name}`);
  const totalRounds = run?.rounds ?? 0;
  // An element that is the same object is not compared again: only the parts that changed are drawn.
  const curves = useMemo(() => <Curves rounds={rounds} totalRounds={totalRounds} />, [rounds, totalRounds]);
  const rates = useMemo(() => <Traffic traffic={traffic} />, [traffic]);
  const table = useMemo(() => <Rounds rounds={rounds} />, [rounds]);
  const events = useMemo(() => <Log log={log} />, [log]);
  return (
    <>
      <StateIconSprite />
      <header class="topbar">
        <span class="brand">mlaas-fleet</span>
        <ConnectionPill connection={connection} />
      </header>
      <main class={connection.state === 'reconnecting' ? 'stale' : ''}>
        {run === undefined ? (
          <Welcome connection={connection} />
        ) : (
          <>
            <Header
              state={state}
              run={run}
              clockOffsetMs={clockOffsetMs}
              isTicking={connection.state === 'connected'}
            />
            <StatTiles state={state} />
            <div class="charts">
              {curves}
              {rates}
            </div>
            <Fleet agents={agents} hasEnded={run.status !== 'running'} />
            <div class="lists">
              {table}
              {events}
            </div>
          </>
        )}
      </main>
    </>
  );
}

function useDocumentTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title === undefined ? 'mlaas-fleet' : `${title} – mlaas-fleet`;
  }, [title]);
}
