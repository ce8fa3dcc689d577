import { afterEach, expect, it } from 'vitest';
import { AggregatorLink } from '#aggregator';
import type { AggregatorHandlers } from '#internal/aggregator/link.js';
import { type AgentStatus, MessageWriter, maxChunkBytes, topics } from '#protocol';
import { AnsweringBroker } from '../answering-broker.js';

let broker: AnsweringBroker;
let link: AggregatorLink;
afterEach(async () => {
  await link.close();
  broker.close();
});

const status: AgentStatus = {
  ...{ round: 0, host: 'here', cores: 1, pid: 1, engine: '', samples: 0, shareSha256: '' },
  state: 'idle',
};
const statusTopic = topics.status('r1', 'c0000');
/** A broker that grants every subscription. */
const granting = () => AnsweringBroker.start(() => 1);

async function listen(handlers: Partial<AggregatorHandlers> = {}): Promise<void> {
  const ignore = (): void => {};
  const options = { run: 'r1', password: undefined, clients: 1, patienceS: 60, onMessage: ignore };
  link = await AggregatorLink.connect({ broker: broker.url, ...options });
  await link.listen({
    ...{ status: ignore, telemetry: ignore, dropped: ignore },
    ...{ updateChunk: () => undefined, result: () => undefined },
    ...{ seatRequested: () => undefined, broken: ignore },
    ...handlers,
  });
}

it('subscribes again where the connection broke before the broker had answered', async () => {
  broker = await AnsweringBroker.start((nth) => (nth === 1 ? undefined : 1));
  await listen();
  await expect.poll(() => broker.asked.length).toBe(2);
  expect(broker.asked[1]).toEqual(broker.asked[0]);
});

it('says that the broker refuses a subscription', async () => {
  broker = await AnsweringBroker.start(() => 0x80);
  await expect(listen()).rejects.toMatchObject({ code: 'BROKER_REFUSED' });
});

it('drops a message that fails in its handling, says so, and takes the next', async () => {
  broker = await granting();
  const dropped: string[] = [];
  const seen: AgentStatus[] = [];
  await listen({
    status: (_, taken) => {
      if (taken.host === 'odd') throw new RangeError('odd');
      seen.push(taken);
    },
    dropped: (agent, cause) => dropped.push(`${agent} ${cause}`),
  });
  const writer = new MessageWriter('c0000', 1);
  broker.publish(statusTopic, writer.write('status', { ...status, host: 'odd' }));
  broker.publish(statusTopic, writer.write('status', status));
  await expect.poll(() => seen).toEqual([status]);
  expect(dropped).toEqual(['c0000 status: internal error: odd']);
  expect(link.takeDropped()).toEqual([{ agent: 'c0000', cause: 'status: internal error: odd', count: 1 }]);
});

it('drops what an earlier process of an agent says while a later one is there', async () => {
  broker = await granting();
  const dropped: string[] = [];
  const seen: string[] = [];
  await listen({
    status: (_, { state }) => seen.push(state),
    dropped: (agent, cause) => dropped.push(`${agent} ${cause}`),
  });
  const [earlier, later] = [new MessageWriter('c0000', 1), new MessageWriter('c0000', 2)];
  const say = (writer: MessageWriter, state: AgentStatus['state']): void =>
    broker.publish(statusTopic, writer.write('status', { ...status, state }));
  say(earlier, 'idle');
  say(later, 'starting');
  say(earlier, 'offline');
  say(later, 'waiting');
  await expect.poll(() => seen).toEqual(['idle', 'starting', 'waiting']);
  expect(dropped).toEqual(['c0000 status: of an earlier process']);

  // On a machine whose clock is behind, the successor is the one that seems to have started first.
  say(later, 'offline');
  say(earlier, 'training');
  await expect.poll(() => seen.slice(3)).toEqual(['offline', 'training']);
});

it('counts what it drops by agent and cause, and tells of each cause once', async () => {
  broker = await granting();
  const dropped: string[] = [];
  const claims: string[] = [];
  await listen({
    result: (_, { round }) => (round === 1 ? undefined : 'of another round'),
    dropped: (agent, cause) => dropped.push(`${agent} ${cause}`),
    seatRequested: (name) => void claims.push(name),
  });
  const writer = new MessageWriter('c0000', 1);
  for (let i = 0; i < 50; i++) {
    broker.publish(topics.telemetry('r1', 'c0000'), Buffer.from('garbage'));
    const result = { outcome: 'failed', round: 9, failReason: 'x' } as const;
    broker.publish(topics.result('r1', 'c0000'), writer.write('result', result));
    broker.publish(topics.status('r1', 'c0007'), writer.write('status', status));
    broker.publish(topics.seatRequest('r1', 'x'), Buffer.from('garbage'));
    broker.publish(topics.seatRequest('r1', 'y'), new MessageWriter('x', 1).write('seatRequest', {}));
  }
  broker.publish(statusTopic, writer.write('status', { ...status, dropped: 3 }));
  broker.publish(statusTopic, writer.write('status', { ...status, dropped: 5 }));
  broker.publish(topics.seatRequest('r1', 'z'), new MessageWriter('z', 1).write('seatRequest', {}));
  await expect.poll(() => claims).toEqual(['z']);
  const counts = link.takeDropped();
  expect(counts).toEqual([
    { agent: 'c0000', cause: 'telemetry: malformed', count: 50 },
    { agent: 'c0000', cause: 'result: of another round', count: 50 },
    { agent: 'c0007', cause: 'foreign agent', count: 50 },
    { agent: 'x', cause: 'seatRequest: malformed', count: 50 },
    { agent: 'y', cause: 'seatRequest: wrong sender', count: 50 },
    { agent: 'c0000', cause: 'by the agent itself', count: 5 },
  ]);
  expect(dropped).toEqual(counts.map(({ agent, cause }) => `${agent} ${cause}`));
  expect(link.takeDropped()).toEqual([]);
});

it('takes the model off the broker that a killed process has left there', async () => {
  broker = await granting();
  await listen();
  link.mayHaveLeft(2 * maxChunkBytes + 1);
  await link.publishRound(
    { round: 1, participants: [0], modelSha256: 'a'.repeat(64), modelBytes: 4 },
    new Uint8Array(4),
  );
  await link.clearRetained();
  const cleared = broker.taken.filter(({ payload }) => payload.byteLength === 0).map(({ topic }) => topic);
  for (const index of [0, 1, 2]) expect(cleared).toContain(topics.model('r1', index));
});
