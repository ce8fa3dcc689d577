import {
  type AgentView,
  type LivePatch,
  type LogLine,
  logLines,
  type RoundPoint,
  type RunView,
  type TrafficPoint,
  trafficPoints,
} from './live-view.js';

/**
 * Merges patches into one. Its size is bounded however many go in: one run, one view an agent, one
 * point a round, and as much traffic and log as a page keeps.
 */
export class PatchBuffer {
  #run: RunView | undefined;
  #agents = new Map<number, AgentView>();
  #rounds: RoundPoint[] = [];
  #traffic: TrafficPoint[] = [];
  #log: LogLine[] = [];
  #empty = true;

  add({ run, agents = [], rounds = [], traffic = [], log = [] }: LivePatch): void {
    if (run !== undefined) this.#run = run;
    for (const agent of agents) this.#agents.set(agent.client, agent);
    this.#rounds.push(...rounds);
    this.#traffic.push(...traffic);
    this.#log.push(...log);
    // Cut at twice the bound, so that cutting costs a constant time a line.
    if (this.#traffic.length > 2 * trafficPoints) this.#traffic = this.#traffic.slice(-trafficPoints);
    if (this.#log.length > 2 * logLines) this.#log = this.#log.slice(-logLines);
    if (run !== undefined || agents.length + rounds.length + traffic.length + log.length > 0)
      this.#empty = false;
  }

  /** What has come since the last call, as one patch; undefined when nothing has. */
  take(): LivePatch | undefined {
    if (this.#empty) return undefined;
    const patch: LivePatch = {
      ...(this.#run === undefined ? {} : { run: this.#run }),
      ...(this.#agents.size === 0 ? {} : { agents: [...this.#agents.values()] }),
      ...(this.#rounds.length === 0 ? {} : { rounds: this.#rounds }),
      ...(this.#traffic.length === 0 ? {} : { traffic: this.#traffic.slice(-trafficPoints) }),
      ...(this.#log.length === 0 ? {} : { log: this.#log.slice(-logLines) }),
    };
    this.#run = undefined;
    this.#agents = new Map();
    this.#rounds = [];
    this.#traffic = [];
    this.#log = [];
    this.#empty = true;
    return patch;
  }
}
