import { RatePanel } from '../../charts/rate-panel.js';
import { useLive } from '../../live/use-live.js';
import { Curves } from './curves.js';
import { FleetStates } from './fleet-states.js';
import { Header } from './header.js';
import { Log } from './log.js';
import { Rounds } from './rounds.js';
import { StatTiles } from './stat-tiles.js';

const messages = [
  { id: 'messages_in_per_s', label: 'in' },
  { id: 'messages_out_per_s', label: 'out' },
] as const;
const bytes = [
  { id: 'bytes_in_per_s', label: 'in' },
  { id: 'bytes_out_per_s', label: 'out' },
] as const;

/** How the run goes, at a glance. */
export function Overview() {
  const run = useLive((model) => model.run);
  if (run === undefined) return null;
  return (
    <>
      <Header run={run} />
      <StatTiles />
      <div class="charts five">
        <Curves />
        <RatePanel
          title="Messages"
          testId="traffic-messages"
          metrics={messages}
          unit="messages/s"
          span="recent"
        />
        <RatePanel title="Data" testId="traffic-bytes" metrics={bytes} unit="bytes/s" span="recent" />
      </div>
      <FleetStates />
      <div class="lists">
        <Rounds />
        <Log />
      </div>
    </>
  );
}
