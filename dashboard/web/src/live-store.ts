import {
  type AgentView,
  type Frame,
  type LivePatch,
  type LiveState,
  logLines,
  trafficPoints,
} from '../../server/live-view.js';

export const emptyState: LiveState = { run: undefined, rounds: [], agents: [], traffic: [], log: [] };

/**
 * The state after a frame. Pure; what a page keeps is bounded. Parts that the frame does not touch
 * keep their identity, so that their views need not be drawn again.
 */
export function applyFrame(state: LiveState, frame: Frame): LiveState {
  if (frame.type === 'patch') return applyPatch(state, frame.patch);
  const { run, rounds, agents, traffic, log } = frame.state;
  return { run, rounds, agents, traffic: traffic.slice(-trafficPoints), log: log.slice(-logLines) };
}

function applyPatch(state: LiveState, patch: LivePatch): LiveState {
  return {
    run: patch.run ?? state.run,
    rounds: patch.rounds ? [...state.rounds, ...patch.rounds] : state.rounds,
    agents: patch.agents ? merge(state.agents, patch.agents) : state.agents,
    traffic: patch.traffic ? [...state.traffic, ...patch.traffic].slice(-trafficPoints) : state.traffic,
    log: patch.log ? [...state.log, ...patch.log].slice(-logLines) : state.log,
  };
}

function merge(agents: readonly AgentView[], changed: readonly AgentView[]): AgentView[] {
  const byClient = new Map(agents.map((agent) => [agent.client, agent]));
  for (const agent of changed) byClient.set(agent.client, agent);
  return [...byClient.values()].sort((a, b) => a.client - b.client);
}
