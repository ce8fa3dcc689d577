import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AggregatorLink,
  abortable,
  Federation,
  type FederationOptions,
  type FederationResult,
  Seats,
} from '#aggregator';
import { createComposition } from '#composition';
import { createModel, createModelAggregation, initialWeights, updateRules } from '#learning';
import {
  agentId,
  configHash,
  experimentOf,
  type RunConfig,
  type RunEventStream,
  randomStream,
  withoutCredentials,
} from '#protocol';
import { agentProcess } from './agent-process.js';
import { Cleanup } from './cleanup.js';
import type { Run } from './run.js';
import { Supervisor } from './supervisor.js';

/** Seconds that a run waits for a broker that went away. */
const brokerPatienceS = 15;
/** How long the end of a run waits for the broker to take its last messages. */
const goodbyePatienceMs = 2000;

/** Broker, agents and rounds; ends the agents and the broker again, however it ends. */
export async function federate(run: Run): Promise<FederationResult> {
  const { id, config, data, events, progress, controller, recorder, store, evaluator, broker } = run;
  const starting = agentProcess(config.engine, config.cacheDir);
  // Closed at the end of the rounds: what a broker does afterwards concerns nobody.
  const connections = new Cleanup();
  run.cleanup.add('connections', async () => {
    await connections.run();
  });
  connections.add('broker', () => broker.close());
  const link = await AggregatorLink.connect({
    broker: broker.url,
    run: id,
    password: broker.token('aggregator'),
    clients: config.clients,
    patienceS: brokerPatienceS,
    onMessage: (message) => events.publish({ type: 'message', ts: Date.now(), ...message }),
  });
  connections.add('aggregator link', () => link.close());
  const model = createModel(data.info, config);
  const composition = createComposition(config.composition, config.seed);
  const aggregation = createModelAggregation(model, config.aggregation, {
    ...config,
    participants: composition.participants(config.clients),
  });
  const checkpoint = run.resume?.checkpoint;
  if (checkpoint !== undefined && aggregation.memory !== undefined) aggregation.memory = checkpoint.memory;
  const federation = new Federation({
    config,
    shares: data.shares,
    initialWeights: checkpoint?.weights ?? initialWeights(model, randomStream(config.seed, 'init')),
    resumeAfter: lastRound(run),
    updateRules: updateRules(model),
    composition,
    aggregation,
    events,
    link,
    evaluate: (weights) => evaluator.evaluate(weights),
    saveModel: (round, weights) => {
      if (config.saveWeights) run.checkpoints.write({ round, weights, memory: aggregation.memory ?? [] });
    },
    checkpoint: async () => {
      await recorder.flush();
      await store.checkpoint();
    },
    mayBegin: () => run.control.mayBegin(),
    signal: controller.signal,
  });
  const seats = new Seats(remoteClients(config), (client) => federation.isConnected(client));
  const { signal } = controller;
  const listening = link.listen({
    status: (client, status) => federation.onStatus(client, status),
    telemetry: (client, { boot, seq, sentAt, body }) =>
      events.publish({ type: 'telemetry', ts: Date.now(), sentAt, client, boot, seq, body }),
    updateChunk: (client, chunk) => federation.onUpdateChunk(client, chunk),
    result: (client, result) => federation.onResult(client, result),
    dropped: (agent, cause) => warn(events, 'MESSAGE_DROPPED', `message of ${agent} dropped: ${cause}`),
    seatRequested: (name) => seats.claim(name, Date.now()),
    broken: (error) => controller.abort(error),
  });
  await abortable(listening, signal);
  if (config.broker !== undefined) countTraffic(run, connections, link);
  const announcement = { runId: id, configSha256: configHash(config), experiment: experimentOf(config) };
  await abortable(link.announce(announcement), signal);
  const nodeArguments = await starting;
  signal.throwIfAborted();
  const supervisor = superviseAgents(run, nodeArguments, federation);
  run.control.supervise(supervisor);
  supervisor.start();
  progress.note(`broker ${withoutCredentials(broker.url)}`);
  try {
    return await federation.run();
  } finally {
    // The broker may go away at any moment: what it does not take in time must not hold up the end.
    supervisor.expectEnd();
    await atMost(goodbyePatienceMs, link.stopAgents('the run is over'));
    await supervisor.stop();
    // Goodbyes are retained: those that came after the clearing would stay on the broker.
    await atMost(goodbyePatienceMs, federation.departed());
    await atMost(goodbyePatienceMs, link.clearRetained());
    for (const failure of await connections.run()) progress.note(`while closing: ${failure}`);
  }
}

/** The clients whose agents are not started here. */
function remoteClients({ clients, localAgents = clients }: RunConfig): number[] {
  return Array.from({ length: clients - localAgents }, (_, i) => localAgents + i);
}

function lastRound({ resume }: Run): FederationOptions['resumeAfter'] {
  const last = resume?.rounds.at(-1);
  if (last === undefined) return undefined;
  return { round: last.round, evaluation: last.global };
}

async function atMost(patienceMs: number, work: Promise<void>): Promise<void> {
  await Promise.race([work.catch(() => {}), delay(patienceMs, undefined, { ref: false })]);
}

/** An external broker counts for itself; what we see is the aggregator's share of its traffic. */
function countTraffic({ events }: Run, connections: Cleanup, link: AggregatorLink): void {
  const timer = setInterval(() => {
    events.publish({ type: 'broker', ts: Date.now(), counters: link.counters() });
  }, 1000);
  connections.add('traffic counter', () => clearInterval(timer));
}

function superviseAgents(run: Run, nodeArguments: readonly string[], federation: Federation): Supervisor {
  const { id, config, events, progress, cleanup, broker } = run;
  const token = (client: number): Record<string, string> => {
    const text = broker.token(agentId(client));
    return text === undefined ? {} : { MLAAS_AGENT_TOKEN: text };
  };
  const local = config.localAgents ?? config.clients;
  const logDir = resolve('outputs', 'logs', id);
  const supervisor = new Supervisor({
    clients: Array.from({ length: local }, (_, client) => client),
    nodeArguments,
    agentArguments: [
      ...['--run', id],
      ...(config.dataDir === undefined ? [] : ['--data-dir', config.dataDir]),
      ...(config.cacheDir === undefined ? [] : ['--cache-dir', config.cacheDir]),
    ],
    environment: (client) => ({ ...agentEnvironment(broker.url), ...token(client) }),
    logDir,
    onRestart: (client, exit) =>
      warn(events, 'AGENT_RESTARTED', `${agentId(client)} ended (${exit}) and is started again`, client),
    onGivenUp: (client, exit) => {
      const log = join(logDir, `${agentId(client)}.log`);
      warn(events, 'AGENT_GIVEN_UP', `${agentId(client)} ended (${exit}); its log: ${log}`, client);
      federation.onGivenUp(client);
    },
  });
  cleanup.add('agents', () => supervisor.stop());
  if (config.broker !== undefined && local < config.clients) {
    const join = `mlaas agent --broker ${withoutCredentials(broker.url)} --run ${id} --id auto`;
    progress.note(`waiting for ${config.clients - local} agents: ${join}`);
  }
  for (const client of config.broker === undefined ? remoteClients(config) : []) {
    const command = `mlaas agent --broker ${broker.url} --run ${id} --id ${agentId(client)}`;
    progress.note(`waiting for: MLAAS_AGENT_TOKEN=${broker.token(agentId(client))} ${command}`);
  }
  return supervisor;
}

/**
 * Extra certificates are for TLS: reading them would take longer than the rest of Node's own start, and an
 * agent on a plain connection has no use for them. One thread reads an agent's few files as fast as four.
 */
function agentEnvironment(broker: string): NodeJS.ProcessEnv {
  const { NODE_EXTRA_CA_CERTS: certificates, ...environment } = process.env;
  const usesTls = broker.startsWith('mqtts:') && certificates !== undefined;
  return {
    UV_THREADPOOL_SIZE: '1',
    ...environment,
    ...(usesTls && { NODE_EXTRA_CA_CERTS: certificates }),
    MLAAS_BROKER: broker,
  };
}

function warn(events: RunEventStream, code: string, message: string, client?: number): void {
  events.publish({ type: 'log', ts: Date.now(), level: 'warn', code, message, client });
}
