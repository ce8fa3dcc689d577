import { useState } from 'preact/hooks';
import type { AgentView } from '../../server/live-view.js';
import { quantity, ratio } from './format.js';

/** States in the order of a round, each with a mark of its own: colour is never the only sign. */
const states: Readonly<Record<string, { readonly mark: string; readonly text: string }>> = {
  unseen: { mark: '', text: 'not there yet' },
  starting: { mark: '·', text: 'starting' },
  idle: { mark: '–', text: 'idle' },
  fetching: { mark: '↓', text: 'fetching the model' },
  waiting: { mark: '…', text: 'waiting for a core' },
  training: { mark: '▲', text: 'training' },
  uploading: { mark: '↑', text: 'uploading' },
  offline: { mark: '✕', text: 'offline' },
};

export function Fleet({ agents }: { readonly agents: readonly AgentView[] }) {
  const [selected, select] = useState<number>();
  const agent = agents.find(({ client }) => client === selected) ?? undefined;
  return (
    <section class="panel" aria-label="Fleet">
      <h2>
        Fleet <small>{agents.length} agents</small>
      </h2>
      <Legend agents={agents} />
      <div class="grid">
        {agents.map((view) => (
          <button
            type="button"
            key={view.client}
            class={`cell ${view.state}${view.failReason ? ' failed' : ''}`}
            data-testid="agent"
            data-agent={view.agent}
            data-state={view.state}
            aria-pressed={view.client === selected}
            aria-label={`${view.agent}: ${states[view.state]?.text ?? view.state}`}
            title={describe(view)}
            onClick={() => select(view.client === selected ? undefined : view.client)}
          >
            {states[view.state]?.mark}
          </button>
        ))}
      </div>
      {agent ? <Details agent={agent} /> : <p class="hint">Choose an agent to see its figures.</p>}
    </section>
  );
}

function Legend({ agents }: { readonly agents: readonly AgentView[] }) {
  const count = (state: string): number => agents.filter((agent) => agent.state === state).length;
  return (
    <ul class="legend">
      {Object.entries(states).map(([state, { mark, text }]) => (
        <li key={state} class={count(state) === 0 ? 'none' : ''}>
          <span class={`swatch ${state}`}>{mark}</span> {text} <b>{count(state)}</b>
        </li>
      ))}
    </ul>
  );
}

function Details({ agent }: { readonly agent: AgentView }) {
  const facts: [string, string][] = [
    ['Agent', agent.agent],
    ['State', states[agent.state]?.text ?? agent.state],
    ['Round', String(agent.round)],
    ['Samples', String(agent.samples)],
    ['Local accuracy', ratio(agent.accuracy)],
    ['CPU', agent.cpuUtilization === undefined ? '–' : `${(100 * agent.cpuUtilization).toFixed(0)} %`],
    ['Memory', agent.rssMb === undefined ? '–' : quantity(agent.rssMb * 1e6, 'B')],
    ['Latency', agent.latencyMs === undefined ? '–' : `${agent.latencyMs.toFixed(0)} ms`],
    ['Rounds taken part', String(agent.participations)],
    ['Failures', agent.failReason ? `${agent.failures} (${agent.failReason})` : String(agent.failures)],
    ['Process', String(agent.pid || '–')],
  ];
  return (
    <dl class="facts details" aria-live="polite">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function describe(agent: AgentView): string {
  const failed = agent.failReason ? `\nlast failure: ${agent.failReason}` : '';
  return `${agent.agent}: ${states[agent.state]?.text ?? agent.state}\n${agent.samples} samples, local accuracy ${ratio(agent.accuracy)}${failed}`;
}
