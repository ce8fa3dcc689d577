import { stateCounts } from '../../live/agents.js';
import { useAgents, useLive } from '../../live/use-live.js';
import { hrefOf } from '../../state/route.js';
import { StateLegend } from '../../ui/state-legend.js';

/** How many agents are in which state: a bar of shares, with the numbers beside it. */
export function FleetStates() {
  const agents = useAgents();
  const hasEnded = useLive(({ run }) => run?.status !== 'running');
  const counts = [...stateCounts(agents)];
  return (
    <section class="panel" aria-label="Agents" data-ended={hasEnded}>
      <h2>
        <a href={hrefOf('fleet')}>Agents</a>
        <StateLegend counts={counts} />
      </h2>
      <div class="share-bar" aria-hidden="true">
        {counts
          .filter(([, count]) => count > 0)
          .map(([state, count]) => (
            <span key={state} data-state={state} style={{ flexGrow: count }} />
          ))}
      </div>
    </section>
  );
}
