import { afterEach, expect, it } from 'vitest';
import { AgentLink } from '#internal/edge-agents/link.js';
import {
  type AgentStatus,
  decodeEnvelope,
  type FleetError,
  MessageWriter,
  splitIntoChunks,
  topics,
} from '#protocol';
import { AnsweringBroker } from '../answering-broker.js';

let broker: AnsweringBroker;
let link: AgentLink;
afterEach(async () => {
  await link.close();
  broker.close();
});

const status: AgentStatus = {
  ...{ round: 0, host: 'here', cores: 1, pid: 1, engine: '', samples: 0, shareSha256: '' },
  state: 'offline',
};

/** An agent's link, with what it has been told. */
function join(url: string) {
  const told = { broken: [] as FleetError[], reconnected: 0 };
  const ignore = (): void => {};
  link = new AgentLink(
    { broker: url, run: 'r1', client: 1, token: undefined, boot: 1, lastWill: status, patienceS: 60 },
    {
      ...{ announced: ignore, planned: ignore, modelChunk: () => false, commanded: ignore },
      reconnected: () => told.reconnected++,
      broken: (error) => told.broken.push(error),
    },
  );
  return told;
}

it('subscribes again where the connection broke before the broker had answered', async () => {
  broker = await AnsweringBroker.start((nth) => (nth === 1 ? undefined : 1));
  const told = join(broker.url);
  await expect.poll(() => told.reconnected).toBe(1);
  await expect.poll(() => broker.asked.length).toBe(2);
  expect(broker.asked[1]).toEqual(broker.asked[0]);
  expect(told.broken).toEqual([]);
});

it('is of no use where the broker refuses a subscription', async () => {
  broker = await AnsweringBroker.start(() => 0x80);
  const told = join(broker.url);
  await expect.poll(() => told.broken.map(({ code }) => code)).toEqual(['BROKER_REFUSED']);
});

it('tells with every status how many messages were of no use', async () => {
  broker = await AnsweringBroker.start(() => 1);
  join(broker.url);
  await expect.poll(() => broker.asked.length).toBe(1);
  const [chunk] = splitIntoChunks(Buffer.alloc(4), 1);
  broker.publish(topics.plan('r1'), Buffer.from('garbage'));
  broker.publish(topics.model('r1', 0), new MessageWriter('aggregator', 1).write('model', chunk!));
  const told = async () => {
    await link.status(status);
    const decoded = decodeEnvelope('status', broker.taken.at(-1)!.payload);
    return decoded.ok ? decoded.envelope.body.dropped : undefined;
  };
  await expect.poll(told).toBe(2);
});
