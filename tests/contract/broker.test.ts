import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type mqtt from 'mqtt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { maxChunkBytes, topics } from '#protocol';
import { brokerKinds, type RunningBroker, contractRun as run } from './broker-kinds.js';
import { closed, Inbox, MqttClients } from './mqtt-clients.js';

/** What the fleet asks of an MQTT broker, whichever it is. */
describe.each(brokerKinds.map((kind) => ({ kind })))('$kind.name', ({ kind }) => {
  const retry = kind.retries ?? 0;
  if (kind.absent !== undefined) {
    it.skip(`is tested (skipped: ${kind.absent})`);
    return;
  }
  const clients = new MqttClients();
  let broker: RunningBroker;
  let agents = 0;

  beforeAll(async () => {
    broker = await kind.start();
  });
  afterEach(() => clients.end());
  afterAll(() => broker.stop());

  const connect = (user: string, options: mqtt.IClientOptions = {}): Promise<mqtt.MqttClient> =>
    clients.connect(broker.url, { ...broker.credentials(user), ...options });
  /** An agent that no other test knows, so that nothing retained is left on its topics. */
  const freshAgent = (): string => `c${String(agents++).padStart(4, '0')}`;

  it('delivers QoS 1 and acknowledges it', { retry }, async () => {
    const id = freshAgent();
    const inbox = await Inbox.subscribe(await connect('aggregator'), topics.result(run, id));
    const agent = await connect(id);
    await agent.publishAsync(topics.result(run, id), 'done', { qos: 1 });
    const [message] = await inbox.receives(1);
    expect(message).toMatchObject({ topic: topics.result(run, id), retain: false, qos: 1 });
    expect(inbox.texts).toEqual(['done']);
  });

  it('gives a retained message to a late subscriber, marked as retained', { retry }, async () => {
    const id = freshAgent();
    const topic = topics.status(run, id);
    const agent = await connect(id);
    const early = await Inbox.subscribe(await connect('aggregator'), topic);
    await agent.publishAsync(topic, 'old', { qos: 1, retain: true });
    await agent.publishAsync(topic, 'idle', { qos: 1, retain: true });
    await early.receives(2);
    expect(early.messages.map(({ retain }) => retain)).toEqual([false, false]);
    await clients.end();
    const late = await Inbox.subscribe(await connect('aggregator'), topic);
    await late.receives(1);
    expect(late.texts).toEqual(['idle']);
    expect(late.messages[0]?.retain).toBe(true);
  });

  it('forgets a retained message that an empty one clears', { retry }, async () => {
    const id = freshAgent();
    const topic = topics.status(run, id);
    const agent = await connect(id);
    await agent.publishAsync(topic, 'idle', { qos: 1, retain: true });
    await agent.publishAsync(topic, '', { qos: 1, retain: true });
    const late = await Inbox.subscribe(await connect('aggregator'), topic);
    await agent.publishAsync(topic, 'live', { qos: 1 });
    await late.receives(1);
    expect(late.texts).toEqual(['live']);
  });

  it('matches + with exactly one level', { retry }, async () => {
    const id = freshAgent();
    const aggregator = await connect('aggregator');
    const one = await Inbox.subscribe(aggregator, topics.model(run, '+'));
    await aggregator.publishAsync(`mlaas/v1/${run}/model`, 'none', { qos: 1 });
    await aggregator.publishAsync(`mlaas/v1/${run}/model/0/x`, 'two', { qos: 1 });
    await aggregator.publishAsync(topics.model(run, 12), 'one', { qos: 1 });
    await one.receives(1);
    expect(one.texts).toEqual(['one']);
    await aggregator.unsubscribeAsync(topics.model(run, '+'));

    const all = await Inbox.subscribe(aggregator, topics.allAgents(run));
    const agent = await connect(id);
    await agent.publishAsync(topics.update(run, id), 'u', { qos: 1 });
    await agent.publishAsync(topics.telemetry(run, id), 't', { qos: 1 });
    const own = (): string[] =>
      all.messages.filter(({ topic }) => topic.includes(id)).map(({ payload }) => payload.toString());
    await expect.poll(own).toEqual(['u', 't']);
  });

  it('speaks the last will of a client whose connection breaks', { retry }, async () => {
    const id = freshAgent();
    const topic = topics.status(run, id);
    const inbox = await Inbox.subscribe(await connect('aggregator'), topic);
    const agent = await connect(id, { will: { topic, payload: Buffer.from('gone'), qos: 1, retain: true } });
    await agent.publishAsync(topic, 'here', { qos: 1, retain: true });
    agent.stream.destroy();
    await inbox.receives(2);
    expect(inbox.texts).toEqual(['here', 'gone']);
    await clients.end();
    const late = await Inbox.subscribe(await connect('aggregator'), topic);
    await late.receives(1);
    expect(late.texts).toEqual(['gone']);
  });

  it('keeps silent about the last will of a client that takes its leave', { retry }, async () => {
    const id = freshAgent();
    const topic = topics.status(run, id);
    const aggregator = await connect('aggregator');
    const inbox = await Inbox.subscribe(aggregator, topic);
    const agent = await connect(id, { will: { topic, payload: Buffer.from('gone'), qos: 1, retain: true } });
    await agent.endAsync();
    // Not from the same client again: NATS refuses one that comes back at once.
    await aggregator.publishAsync(topic, 'back', { qos: 1 });
    await inbox.receives(1);
    expect(inbox.texts).toEqual(['back']);
  });

  it('passes a chunk of 256 KiB intact', { retry }, async () => {
    const id = freshAgent();
    const inbox = await Inbox.subscribe(await connect('aggregator'), topics.update(run, id));
    const chunk = randomBytes(maxChunkBytes + 300);
    await (await connect(id)).publishAsync(topics.update(run, id), chunk, { qos: 1 });
    const [message] = await inbox.receives(1);
    const digest = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
    expect(digest(message!.payload)).toBe(digest(chunk));
  });

  it('keeps the order of one publisher’s QoS 1 messages', { retry }, async () => {
    const id = freshAgent();
    const inbox = await Inbox.subscribe(await connect('aggregator'), topics.result(run, id));
    const agent = await connect(id);
    const sent = Array.from({ length: 300 }, (_, index) => String(index));
    await Promise.all(sent.map((text) => agent.publishAsync(topics.result(run, id), text, { qos: 1 })));
    await inbox.receives(sent.length);
    expect(inbox.texts).toEqual(sent);
  });

  it('passes a burst of 1,000 QoS 0 messages in order', { retry }, async () => {
    const id = freshAgent();
    const inbox = await Inbox.subscribe(await connect('aggregator'), topics.telemetry(run, id), 0);
    const agent = await connect(id);
    const sent = Array.from({ length: 1000 }, (_, index) => String(index));
    for (const text of sent) agent.publish(topics.telemetry(run, id), text, { qos: 0 });
    await inbox.receives(sent.length);
    expect(inbox.texts).toEqual(sent);
  });

  it('loses nothing when retained and passing QoS 0 messages share a TCP segment', { retry }, async () => {
    const id = freshAgent();
    const inbox = await Inbox.subscribe(await connect('aggregator'), topics.allAgents(run), 0);
    const agent = await connect(id);
    for (let index = 0; index < 20; index++) {
      agent.publish(topics.status(run, id), `s${index}`, { qos: 0, retain: true });
      agent.publish(topics.telemetry(run, id), `t${index}`, { qos: 0 });
    }
    const own = (): string[] =>
      inbox.messages.filter(({ topic }) => topic.includes(id)).map(({ payload }) => payload.toString());
    await expect.poll(() => own().length).toBe(40);
    for (const letter of ['s', 't']) {
      const texts = own().filter((text) => text.startsWith(letter));
      expect(texts).toEqual(Array.from({ length: 20 }, (_, index) => `${letter}${index}`));
    }
  });

  it('lets a second connection of the same client id take the first one’s place', { retry }, async () => {
    const id = freshAgent();
    const first = await connect(id);
    const second = await connect(id);
    await closed(first);
    const inbox = await Inbox.subscribe(second, topics.commands(run, id));
    await (await connect('aggregator')).publishAsync(topics.commands(run, id), 'stop', { qos: 1 });
    await inbox.receives(1);
    expect(inbox.texts).toEqual(['stop']);
  });

  it('gives the last word to the successor of a connection that was taken over, not to its will', {
    retry,
  }, async () => {
    const id = freshAgent();
    const topic = topics.status(run, id);
    const inbox = await Inbox.subscribe(await connect('aggregator'), topic);
    const first = await connect(id, { will: { topic, payload: Buffer.from('gone'), qos: 1, retain: true } });
    const second = await connect(id);
    await second.publishAsync(topic, 'back', { qos: 1, retain: true });
    await closed(first);
    await second.publishAsync(topic, 'end', { qos: 1 });
    await expect.poll(() => inbox.texts.at(-1)).toBe('end');
    // aedes and mosquitto speak the will first, as MQTT 3.1.1 asks (3.1.2.5); NATS omits it.
    expect(inbox.texts.filter((text) => text !== 'gone')).toEqual(['back', 'end']);
    expect(inbox.texts.indexOf('gone')).toBeLessThan(inbox.texts.indexOf('back'));
    await clients.end();
    const late = await Inbox.subscribe(await connect('aggregator'), topic);
    await late.receives(1);
    expect(late.texts).toEqual(['back']);
  });

  it('closes its connections and frees its port when it ends', { retry }, async () => {
    const other = await kind.start();
    const client = await clients.connect(other.url, other.credentials('aggregator'));
    const gone = closed(client);
    await other.stop();
    await gone;
    const server = createServer().listen(Number(new URL(other.url).port), '127.0.0.1');
    await once(server, 'listening');
    server.close();
  });
});
