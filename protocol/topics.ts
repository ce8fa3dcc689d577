/**
 * Topic names, all under `mlaas/v1/{run}`. MQTT 3.1.1, no `.` or space in a level, so that aedes,
 * mosquitto, EMQX and NATS's MQTT gateway all serve them.
 */
const root = 'mlaas/v1';

/** A run or agent id must be usable as a topic level. */
export const idPattern = /^[A-Za-z0-9_-]{1,64}$/;

export const topics = Object.freeze({
  /** Retained: the run configuration that every agent works by. */
  config: (run: string) => `${root}/${run}/config`,
  /** Retained: the current round's plan, with the global model's hash. */
  plan: (run: string) => `${root}/${run}/plan`,
  /** Retained: chunk `index` of the current global model. */
  model: (run: string, index: number | '+') => `${root}/${run}/model/${index}`,
  /** Commands to one agent. */
  commands: (run: string, agent: string) => `${root}/${run}/commands/${agent}`,
  /** Retained, with a last will: what state an agent is in. */
  status: (run: string, agent: string) => `${root}/${run}/agents/${agent}/status`,
  telemetry: (run: string, agent: string) => `${root}/${run}/agents/${agent}/telemetry`,
  /** Chunks of an agent's updated weights. */
  update: (run: string, agent: string) => `${root}/${run}/agents/${agent}/update`,
  result: (run: string, agent: string) => `${root}/${run}/agents/${agent}/result`,
  /** An agent that does not know which client it is asks for a seat, by a name of its own making. */
  seatRequest: (run: string, name: string) => `${root}/${run}/seats/${name}/request`,
  /** The answer of the aggregator. */
  seatOffer: (run: string, name: string) => `${root}/${run}/seats/${name}/offer`,
  allSeatRequests: (run: string) => `${root}/${run}/seats/+/request`,
  /** The subscription that covers all that the agents of a run publish. */
  allAgents: (run: string) => `${root}/${run}/agents/+/+`,
});

export type AgentChannel = 'status' | 'telemetry' | 'update' | 'result';
const agentChannels: ReadonlySet<string> = new Set(['status', 'telemetry', 'update', 'result']);

/** Takes an agent's topic apart; undefined when it is not one. */
export function parseAgentTopic(
  topic: string,
): { run: string; agent: string; channel: AgentChannel } | undefined {
  const [a, b, run, folder, agent, channel, ...rest] = topic.split('/');
  if (`${a}/${b}` !== root || folder !== 'agents' || rest.length > 0) return undefined;
  if (run === undefined || agent === undefined || channel === undefined) return undefined;
  if (!agentChannels.has(channel) || !idPattern.test(run) || !idPattern.test(agent)) return undefined;
  return { run, agent, channel: channel as AgentChannel };
}

/** Who asks for a seat on a topic; undefined when it is no such topic. */
export function seatRequester(topic: string): string | undefined {
  const match = /^mlaas\/v1\/[^/]+\/seats\/([^/]+)\/request$/.exec(topic);
  return match?.[1] !== undefined && idPattern.test(match[1]) ? match[1] : undefined;
}

/** The run whose configuration a topic carries; undefined when it is no such topic. */
export function runOfConfigTopic(topic: string): string | undefined {
  const match = /^mlaas\/v1\/([^/]+)\/config$/.exec(topic);
  return match?.[1] !== undefined && idPattern.test(match[1]) ? match[1] : undefined;
}

/** Whether an agent may publish to a topic: only under its own folder. */
export function agentMayPublish(run: string, agent: string, topic: string): boolean {
  const parsed = parseAgentTopic(topic);
  return parsed !== undefined && parsed.run === run && parsed.agent === agent;
}

/** Whether an agent may subscribe to a filter: the run's plan, model and configuration, its own commands. */
export function agentMaySubscribe(run: string, agent: string, filter: string): boolean {
  return (
    filter === topics.config(run) ||
    filter === topics.plan(run) ||
    filter === topics.model(run, '+') ||
    filter === topics.commands(run, agent)
  );
}

/** The agent id of a client index: `c0007`. Sorting ids sorts clients. */
export function agentId(client: number): string {
  return `c${String(client).padStart(4, '0')}`;
}

/** The client index of an agent id, or undefined when it is not one. */
export function clientIndex(agent: string): number | undefined {
  if (!/^c\d{4,}$/.test(agent)) return undefined;
  const index = Number(agent.slice(1));
  // Not `c00007`: a client has one id only.
  return agentId(index) === agent ? index : undefined;
}
