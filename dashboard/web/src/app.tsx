import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { connection, problem, showRun } from './live/connection.js';
import { useLive, useRunId } from './live/use-live.js';
import { useReplayedRun, useRoute, type ViewName } from './state/route.js';
import { clearSelection } from './state/selection.js';
import { useStore } from './state/store.js';
import { Navigation } from './ui/navigation.js';
import { ReplayBar } from './ui/replay-bar.js';
import { SelectionBar } from './ui/selection-bar.js';
import { StateIconSprite } from './ui/state-icons.js';
import { Welcome } from './ui/welcome.js';
import { BrokerAndStore } from './views/broker/broker-and-store.js';
import { Composition } from './views/composition/composition.js';
import { Explore } from './views/explore/explore.js';
import { FleetView } from './views/fleet/fleet-view.js';
import { Overview } from './views/overview/overview.js';
import { Qos } from './views/qos/qos.js';
import { Runs } from './views/runs/runs.js';
import { DataShares } from './views/shares/data-shares.js';

const components: Readonly<Record<ViewName, ComponentType>> = {
  overview: Overview,
  fleet: FleetView,
  data: DataShares,
  qos: Qos,
  composition: Composition,
  broker: BrokerAndStore,
  runs: Runs,
  explore: Explore,
};
/** Views that say something before there is a run. */
const needNoRun: ReadonlySet<ViewName> = new Set(['runs', 'explore']);

export function App() {
  const { view } = useRoute();
  const replayed = useReplayedRun();
  const hasRun = useLive(({ run }) => run !== undefined);
  const shown = useLive(({ source }) => (source.kind === 'replay' ? source.run : undefined));
  const isStale = useStore(connection, ({ state }) => state === 'reconnecting');
  useDocumentTitle();
  useSelectionOfRun();
  useEffect(() => showRun(replayed), [replayed]);
  const View = components[view];
  // Below the word that there is no such run, another one is not to be taken for it.
  const isMissing = useStore(problem, (value) => value) !== undefined && replayed !== shown;
  return (
    <>
      <StateIconSprite />
      <Navigation />
      <main class={isStale ? 'stale' : ''} id="main">
        <ReplayBar />
        <SelectionBar />
        {needNoRun.has(view) || (hasRun && !isMissing) ? <View /> : !isMissing && <Welcome />}
      </main>
    </>
  );
}

/** What is picked out is of one run: another has other agents and another time. */
function useSelectionOfRun(): void {
  const run = useRunId();
  useEffect(() => clearSelection(), [run]);
}

function useDocumentTitle(): void {
  const run = useLive((model) => model.run);
  const title = run === undefined ? undefined : `Round ${run.round} of ${run.rounds} · ${run.name}`;
  useEffect(() => {
    document.title = title === undefined ? 'mlaas-fleet' : `${title} – mlaas-fleet`;
  }, [title]);
}
