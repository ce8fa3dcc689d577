import { afterEach, expect, it } from 'vitest';
import { AggregatorLink } from '#aggregator';
import { AnsweringBroker } from '../answering-broker.js';

let broker: AnsweringBroker;
let link: AggregatorLink;
afterEach(async () => {
  await link.close();
  broker.close();
});

async function listen(): Promise<void> {
  const ignore = (): void => {};
  const options = { run: 'r1', password: undefined, clients: 1, patienceS: 60, onMessage: ignore };
  link = await AggregatorLink.connect({ broker: broker.url, ...options });
  await link.listen({
    ...{ status: ignore, telemetry: ignore, updateChunk: ignore, result: ignore, dropped: ignore },
    ...{ seatRequested: () => undefined, broken: ignore },
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
