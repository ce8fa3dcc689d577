import type { LivePatch, LiveState } from '#dashboard';
import { logLines, trafficPoints } from '#internal/dashboard/server/live-view.js';

/** What the documentation of `LivePatch` says a receiver does with one, in its plainest form. */
export function applyPatch(state: LiveState, patch: LivePatch): LiveState {
  const agents = new Map(state.agents.map((agent) => [agent.client, agent]));
  for (const agent of patch.agents ?? []) agents.set(agent.client, agent);
  return {
    run: patch.run ?? state.run,
    agents: [...agents.values()].sort((a, b) => a.client - b.client),
    rounds: [...state.rounds, ...(patch.rounds ?? [])],
    traffic: [...state.traffic, ...(patch.traffic ?? [])].slice(-trafficPoints),
    log: [...state.log, ...(patch.log ?? [])].slice(-logLines),
  };
}
