import type { AgentView } from '../../server/live-view.js';
import { stateLabel } from './agent-states.js';
import { formatCount, formatMegabytes, formatPercent, noValue } from './format.js';
import { isOnline } from './run-progress.js';

/** The figures of one agent, or of all when none is given: always the same rows, so that nothing jumps. */
export function AgentDetails({
  agent,
  agents,
}: {
  readonly agent: AgentView | undefined;
  readonly agents: readonly AgentView[];
}) {
  const facts = agent === undefined ? factsOfAll(agents) : factsOf(agent);
  return (
    <aside class="details" data-testid="agent-details" aria-label="Figures of the agent">
      <h3>{agent === undefined ? 'All agents' : agent.agent}</h3>
      <dl>
        {facts.map(([name, value]) => (
          <div key={name} class="fact">
            <dt>{name}</dt>
            <dd title={value}>{value}</dd>
          </div>
        ))}
      </dl>
      <p class="hint">Point at an agent, or use the arrow keys in the grid; click to keep it.</p>
    </aside>
  );
}

type Facts = readonly (readonly [name: string, value: string])[];

function factsOf(agent: AgentView): Facts {
  return [
    ['state', stateLabel(agent.state)],
    ['round', String(agent.round)],
    ['samples', formatCount(agent.samples)],
    ['local accuracy', formatPercent(agent.accuracy)],
    ['CPU', formatCores(agent.cpuUtilization)],
    ['memory (RSS)', formatMegabytes(agent.rssMb)],
    ['latency', formatLatency(agent.latencyMs)],
    ['took part', takenOf(agent.participations, agent.failures)],
    ['last failure', agent.failReason ?? 'none'],
    ['process', agent.pid === 0 ? noValue : String(agent.pid)],
  ];
}

function factsOfAll(agents: readonly AgentView[]): Facts {
  const online = agents.filter(isOnline);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  const total = (values: readonly number[]): number | undefined =>
    values.length === 0 ? undefined : sum(values);
  const known = (
    of: (agent: AgentView) => number | undefined,
    among: readonly AgentView[] = online,
  ): number[] => among.map(of).filter((value) => value !== undefined);
  const mean = (values: readonly number[]): number | undefined =>
    values.length === 0 ? undefined : sum(values) / values.length;
  const failing = agents.filter(({ failReason }) => failReason !== undefined).length;
  const taken = sum(agents.map(({ participations }) => participations));
  return [
    ['state', `${online.length} of ${agents.length} online`],
    ['round', String(agents.reduce((latest, { round }) => Math.max(latest, round), 0))],
    ['samples', `${formatCount(sum(agents.map(({ samples }) => samples)))} in all`],
    ['local accuracy', `${formatPercent(mean(known(({ accuracy }) => accuracy, agents)))} on average`],
    ['CPU', `${formatCores(total(known(({ cpuUtilization }) => cpuUtilization)))} in all`],
    ['memory (RSS)', `${formatMegabytes(total(known(({ rssMb }) => rssMb)))} in all`],
    ['latency', `${formatLatency(mean(known(({ latencyMs }) => latencyMs)))} on average`],
    ['took part', takenOf(taken, sum(agents.map(({ failures }) => failures)))],
    ['last failure', failing === 0 ? 'none' : `${failing} failed their last round`],
    ['process', `${online.filter(({ pid }) => pid !== 0).length} processes`],
  ];
}

/** Rounds that it was chosen for, and those that it saw through. */
const takenOf = (participations: number, failures: number): string =>
  `${formatCount(participations)} of ${formatCount(participations + failures)} times`;

const formatCores = (utilization: number | undefined): string =>
  utilization === undefined ? noValue : `${formatCount(utilization * 100)} % of a core`;

const formatLatency = (ms: number | undefined): string =>
  ms === undefined ? noValue : `${ms < 10 ? ms.toFixed(1) : formatCount(ms)} ms`;
