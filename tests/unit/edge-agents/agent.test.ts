import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Agent } from '#edge-agents';
import { createModel, datasetInfo, initialWeights } from '#learning';
import {
  configHash,
  decodeEnvelope,
  experimentOf,
  type MessageBody,
  type MessageKind,
  MessageWriter,
  parseRunConfig,
  randomStream,
  sha256,
  splitIntoChunks,
  topics,
  weightsToBytes,
} from '#protocol';
import { AnsweringBroker } from '../answering-broker.js';

const config = parseRunConfig({
  ...{ dataset: 'synthetic_digits', sampleSize: 80, clients: 2, rounds: 9, hiddenLayers: [4] },
  telemetryIntervalS: 3600,
});
const model = initialWeights(createModel(datasetInfo(config.dataset), config), randomStream(1, 'init'));
/** A global model that differs from round to round. */
const modelOf = (round: number) => weightsToBytes(model.map((weight) => weight * (1 + round / 100)));

let broker: AnsweringBroker;
let agent: Agent;
let done: Promise<void>;
const writer = new MessageWriter('aggregator', 1);

beforeEach(async () => {
  broker = await AnsweringBroker.start(() => 1);
  agent = new Agent({ broker: broker.url, run: 'r1', client: 0, boot: 1 });
  done = agent.done();
  await expect.poll(() => broker.asked.length).toBe(1);
});
afterEach(async () => {
  await agent.stop('the test is over');
  await done;
  broker.close();
});

const send = <K extends MessageKind>(topic: string, kind: K, body: MessageBody<K>): void =>
  broker.publish(topic, writer.write(kind, body));

/** What the agent has said of a kind. */
function said<K extends 'status' | 'result'>(kind: K): MessageBody<K>[] {
  return broker.taken.flatMap(({ topic, payload }) => {
    const decoded = decodeEnvelope(kind, payload);
    return topic === topics[kind]('r1', 'c0000') && decoded.ok ? [decoded.envelope.body] : [];
  });
}

const lastStatus = () => {
  const { state, round } = said('status').at(-1)!;
  return `${state} ${round}`;
};

/** As an aggregator begins a round: its model first, then its plan. */
function begin(round: number): void {
  const bytes = modelOf(round);
  for (const chunk of splitIntoChunks(bytes, round)) send(topics.model('r1', chunk.index), 'model', chunk);
  const plan = { round, participants: [0, 1], modelSha256: sha256(bytes), modelBytes: bytes.byteLength };
  send(topics.plan('r1'), 'plan', plan);
}

async function train(round: number): Promise<void> {
  begin(round);
  await expect.poll(lastStatus).toBe(`waiting ${round}`);
  send(topics.commands('r1', 'c0000'), 'command', { command: 'dispatch', round });
  await expect.poll(lastStatus).toBe(`idle ${round}`);
}

describe('an agent', () => {
  it('goes back to an earlier round with an aggregator that was killed, and on from there', async () => {
    const announcement = { runId: 'r1', configSha256: configHash(config), experiment: experimentOf(config) };
    send(topics.config('r1'), 'config', announcement);
    for (const round of [3, 4, 3, 4]) await train(round);
    const updates = said('result').map((result) => ('updateSha256' in result ? result.updateSha256 : ''));
    expect(updates).toEqual([...updates.slice(0, 2), ...updates.slice(0, 2)]);
    expect(new Set(updates).size).toBe(2);

    // The last round again: it is said again, not done again.
    begin(4);
    await expect.poll(() => said('result').length).toBe(5);
    expect(said('result').at(-1)).toEqual(said('result').at(-2));
  });

  it('that is stopped without a broker does not come back to take its successor’s place', async () => {
    broker.cut();
    // So long that it has noticed, and not so long that it has connected again.
    await delay(100);
    await agent.stop('its parent is gone');
    await done;
    await delay(1500);
    expect(broker.admitted).toBe(1);
  });

  it('that loses the broker while it says goodbye does not come back either', async () => {
    const stopped = agent.stop('its parent is gone');
    broker.cut();
    await stopped;
    await done;
    await delay(1500);
    expect(broker.admitted).toBe(1);
  });
});
