import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp, createServer } from 'node:net';
import type { Worker } from 'node:worker_threads';
import type mqtt from 'mqtt';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  agentToken,
  type BrokerOptions,
  type EmbeddedBroker,
  type EmbeddedBrokerCounters,
  startBroker,
} from '#broker';
import { FleetError, topics } from '#protocol';
import { closed, Inbox, MqttClients } from './mqtt-clients.js';

const run = 'r1';
const secret = 'a secret of this test';
const clients = new MqttClients();
const brokers: EmbeddedBroker[] = [];

async function start(options: Partial<BrokerOptions> = {}): Promise<EmbeddedBroker> {
  const broker = await startBroker({ host: '127.0.0.1', port: 0, runId: run, secret, ...options });
  brokers.push(broker);
  return broker;
}

/** The totals at the broker's end: those of every second may be a second old. */
async function finalCounters(broker: EmbeddedBroker): Promise<EmbeddedBrokerCounters | undefined> {
  await broker.close();
  return broker.counters();
}

const credentials = (user: string): mqtt.IClientOptions => ({
  clientId: `${run}-${user}`,
  username: user,
  password: agentToken(secret, user),
});

afterEach(async () => {
  await clients.end();
  await Promise.all(brokers.splice(0).map((broker) => broker.close()));
});

describe('the port of the embedded broker', () => {
  it('is 1883 or one after it, and the next one when that is taken', async () => {
    const first = await start({ port: undefined });
    const second = await start({ port: undefined });
    expect(first.port).toBeGreaterThanOrEqual(1883);
    expect(second.port).not.toBe(first.port);
    for (const broker of [first, second]) {
      expect(broker.url).toBe(`mqtt://127.0.0.1:${broker.port}`);
      expect((await clients.connect(broker.url, credentials('aggregator'))).connected).toBe(true);
    }
  });

  it('is the given one, or PORT_IN_USE', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const error: unknown = await start({ port }).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(FleetError);
    expect((error as FleetError).code).toBe('PORT_IN_USE');
    expect((error as FleetError).message).toContain(`127.0.0.1:${port}`);
    taken.close();
    await once(taken, 'close');
    expect((await start({ port })).port).toBe(port);
  });

  it('names an address that is not of this machine', async () => {
    // 192.0.2.0/24 is for documentation only (RFC 5737).
    await expect(start({ host: '192.0.2.1' })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('--broker-host 192.0.2.1'),
    });
  });

  it('is reachable on this machine when bound to all addresses', async () => {
    const broker = await start({ host: '0.0.0.0' });
    expect(broker.url).toBe(`mqtt://127.0.0.1:${broker.port}`);
    expect((await clients.connect(broker.url, credentials('aggregator'))).connected).toBe(true);
  });
});

describe('who may connect to the embedded broker', () => {
  let broker: EmbeddedBroker;
  beforeEach(async () => {
    broker = await start();
  });
  const c1 = credentials('c0001');

  it.each<[string, mqtt.IClientOptions, number]>([
    ['nobody without a name', { clientId: 'r1-c0001' }, 5],
    ['no agent without its token', { ...c1, password: undefined as never }, 5],
    ['no agent with a wrong token', { ...c1, password: 'x' }, 4],
    ['no agent with another one’s token', { ...c1, password: agentToken(secret, 'c0002') }, 4],
    ['no aggregator with an agent’s token', { ...credentials('aggregator'), password: c1.password! }, 4],
    ['no name that cannot be a topic level', { ...credentials('a/b') }, 4],
    ['no client id of another agent', { ...c1, clientId: 'r1-c0002' }, 2],
    ['no client id of another run', { ...c1, clientId: 'r2-c0001' }, 2],
    ['no persistent session', { ...c1, clean: false }, 5],
    ['no will on a foreign topic', { ...c1, will: will(topics.status(run, 'c0002')) }, 5],
    ['no will for the aggregator’s topics', { ...c1, will: will(topics.plan(run)) }, 5],
    ['no QoS 2 will', { ...c1, will: { ...will(topics.status(run, 'c0001')), qos: 2 } }, 5],
    ['no MQTT 3.1', { ...c1, protocolVersion: 3, protocolId: 'MQIsdp' }, 1],
    ['no MQTT 5', { ...c1, protocolVersion: 5 }, 1],
    ['no client that never needs to show life', { ...c1, keepalive: 0 }, 6],
  ])('%s', async (_, options, code) => {
    await expect(clients.connect(broker.url, options)).rejects.toMatchObject({ code });
    expect(await finalCounters(broker))?.toMatchObject({ refusedConnections: 1, messagesIn: 0 });
  });

  it('agents with their token, and the aggregator', async () => {
    const agent = await clients.connect(broker.url, { ...c1, will: will(topics.status(run, 'c0001')) });
    const aggregator = await clients.connect(broker.url, credentials('aggregator'));
    expect([agent.connected, aggregator.connected]).toEqual([true, true]);
    await expect.poll(() => broker.counters()?.clients).toBe(2);
  });
});

const will = (topic: string) => ({ topic, payload: Buffer.from('gone'), qos: 1 as const, retain: true });

describe('what agents may do on the embedded broker', () => {
  it.each([
    topics.status(run, 'c0002'),
    topics.status('r2', 'c0001'),
    topics.plan(run),
    topics.commands(run, 'c0001'),
    `${topics.status(run, 'c0001')}/more`,
    `/${topics.status(run, 'c0001')}`,
    `mlaas/v1/${run}/agents/../agents/c0001/status`,
    `mlaas/v1/${run}/agents//status`,
    '$SYS/r1-aggregator/new/clients',
  ])('a publication to %s is dropped and ends the connection', async (topic) => {
    const broker = await start();
    const inbox = await Inbox.subscribe(await clients.connect(broker.url, credentials('aggregator')), '#');
    const own = topics.status(run, 'c0001');
    const agent = await clients.connect(broker.url, { ...credentials('c0001'), will: will(own) });
    agent.publish(topic, 'forged', { qos: 1 });
    await closed(agent);
    await inbox.receives(1);
    expect(inbox.messages.map((m) => [m.topic, m.payload.toString()])).toEqual([[own, 'gone']]);
    expect((await finalCounters(broker))?.deniedPublishes).toBe(1);
  });

  it('a QoS 2 publication ends the connection', async () => {
    const broker = await start();
    const agent = await clients.connect(broker.url, credentials('c0001'));
    agent.publish(topics.result(run, 'c0001'), 'x', { qos: 2 });
    await closed(agent);
  });

  it.each([
    '#',
    '+/#',
    topics.allAgents(run),
    topics.commands(run, '+'),
    topics.commands(run, 'c0002'),
    topics.plan('+'),
    topics.status(run, 'c0001'),
    `mlaas/v1/${run}/model/#`,
    `$share/g/${topics.plan(run)}`,
    '$SYS/#',
  ])('a subscription to %s is refused with 0x80; the connection stays', async (filter) => {
    const broker = await start();
    const agent = await clients.connect(broker.url, credentials('c0001'));
    await expect(agent.subscribeAsync(filter, { qos: 1 })).rejects.toMatchObject({
      packet: { granted: [0x80] },
    });
    const commands = await Inbox.subscribe(agent, topics.commands(run, 'c0001'));
    const aggregator = await clients.connect(broker.url, credentials('aggregator'));
    await aggregator.publishAsync(topics.plan(run), 'secret', { qos: 1, retain: true });
    await aggregator.publishAsync(topics.commands(run, 'c0001'), 'stop', { qos: 1 });
    await commands.receives(1);
    expect(commands.texts).toEqual(['stop']);
    expect((await finalCounters(broker))?.deniedSubscriptions).toBe(1);
  });

  it('the topics of the round loop are open to them', async () => {
    const broker = await start();
    const aggregator = await clients.connect(broker.url, credentials('aggregator'));
    const agent = await clients.connect(broker.url, credentials('c0001'));
    const heard = await Inbox.subscribe(agent, [
      topics.config(run),
      topics.plan(run),
      topics.model(run, '+'),
      topics.commands(run, 'c0001'),
    ]);
    const said = await Inbox.subscribe(aggregator, topics.allAgents(run));
    for (const topic of [topics.config(run), topics.plan(run), topics.model(run, 0)]) {
      await aggregator.publishAsync(topic, topic, { qos: 1, retain: true });
    }
    await aggregator.publishAsync(topics.commands(run, 'c0001'), 'dispatch', { qos: 1 });
    await heard.receives(4);
    for (const channel of ['status', 'telemetry', 'update', 'result'] as const) {
      await agent.publishAsync(topics[channel](run, 'c0001'), channel, { qos: 1 });
    }
    await said.receives(4);
    expect(said.texts).toEqual(['status', 'telemetry', 'update', 'result']);
  });

  it('not even the aggregator may speak for the broker', async () => {
    const broker = await start();
    const aggregator = await clients.connect(broker.url, credentials('aggregator'));
    aggregator.publish('$SYS/x/new/clients', 'r1-c0001', { qos: 1 });
    await closed(aggregator);
  });
});

describe('the embedded broker counts', () => {
  it('messages and payload bytes in and out, and the connected clients', async () => {
    const heard: number[] = [];
    const broker = await start({ onCounters: ({ messagesIn }) => heard.push(messagesIn) });
    const aggregator = await clients.connect(broker.url, credentials('aggregator'));
    const first = await clients.connect(broker.url, credentials('c0001'));
    const second = await clients.connect(broker.url, credentials('c0002'));
    const inbox = await Inbox.subscribe(aggregator, topics.allAgents(run));
    for (let index = 0; index < 25; index++) {
      first.publish(topics.telemetry(run, 'c0001'), Buffer.alloc(10), { qos: 0 });
      await second.publishAsync(topics.update(run, 'c0002'), Buffer.alloc(1000), { qos: 1 });
    }
    await inbox.receives(50);
    await Inbox.subscribe(first, topics.plan(run));
    await Inbox.subscribe(second, topics.plan(run));
    await aggregator.publishAsync(topics.plan(run), Buffer.alloc(7), { qos: 1 });
    await second.endAsync();
    await expect
      .poll(() => broker.counters())
      .toEqual({
        source: 'broker',
        clients: 2,
        messagesIn: 51,
        messagesOut: 52,
        bytesIn: 25 * 10 + 25 * 1000 + 7,
        bytesOut: 25 * 10 + 25 * 1000 + 2 * 7,
        redeliveries: 0,
        refusedConnections: 0,
        deniedPublishes: 0,
        deniedSubscriptions: 0,
        oversizedPackets: 0,
      });
    await clients.end();
    await broker.close();
    expect(broker.counters()).toMatchObject({ clients: 0, messagesIn: 51 });
    expect(heard.at(-1)).toBe(51);
  });
});

it('counts what a client sends again', async () => {
  const broker = await start();
  const agent = await clients.connect(broker.url, credentials('c0001'));
  await agent.publishAsync(topics.result(run, 'c0001'), 'once', { qos: 1 });
  await agent.publishAsync(topics.result(run, 'c0001'), 'again', { qos: 1, dup: true });
  expect(await finalCounters(broker)).toMatchObject({ messagesIn: 2, redeliveries: 1 });
});

describe('the embedded broker under strain', () => {
  it('cuts off a subscriber that stops reading, keeps one that reads slowly, and holds up no other', async () => {
    const broker = await start();
    const slowLine = await throttledLine(broker.port, 6 * 1024 * 1024);
    const [aggregator, frozen, slow, other] = await Promise.all(
      ['aggregator', 'c0001', 'c0002', 'c0003'].map((user) =>
        clients.connect(user === 'c0002' ? slowLine.url : broker.url, credentials(user)),
      ),
    );
    const telemetry = await Inbox.subscribe(aggregator!, topics.allAgents(run));
    const models = await Inbox.subscribe(slow!, topics.model(run, '+'));
    await frozen!.subscribeAsync(topics.model(run, '+'), { qos: 1 });
    frozen!.stream.unpipe();
    frozen!.stream.pause();
    // More than the kernel's socket buffers take, and more than the slow line takes in 4 s.
    const chunks = Array.from({ length: 160 }, () => Buffer.alloc(256 * 1024));
    await Promise.all(
      chunks.map((chunk, index) => aggregator!.publishAsync(topics.model(run, index), chunk, { qos: 1 })),
    );
    await other!.publishAsync(topics.telemetry(run, 'c0003'), 'alive', { qos: 1 });
    await telemetry.receives(1);
    expect(models.messages.length, 'the slow line kept up').toBeLessThan(chunks.length);
    await models.receives(chunks.length);
    await expect.poll(() => broker.counters()?.clients).toBe(3);
    expect([aggregator, slow, other].map((client) => client!.connected)).toEqual([true, true, true]);
    await slowLine.close();
  });

  it('ends the connection of an oversized packet, and no other', async () => {
    const broker = await start();
    const aggregator = await clients.connect(broker.url, credentials('aggregator'));
    const inbox = await Inbox.subscribe(aggregator, topics.allAgents(run));
    const sender = await clients.connect(broker.url, credentials('c0001'));
    const neighbour = await clients.connect(broker.url, credentials('c0002'));
    sender.publish(topics.update(run, 'c0001'), Buffer.alloc(1024 * 1024), { qos: 0 });
    await closed(sender);
    await neighbour.publishAsync(topics.update(run, 'c0002'), Buffer.alloc(1024 * 1024 - 100), { qos: 1 });
    await inbox.receives(1);
    expect(inbox.messages.map(({ topic }) => topic)).toEqual([topics.update(run, 'c0002')]);
    expect((await finalCounters(broker))?.oversizedPackets).toBe(1);
  });

  it('survives bytes that are not MQTT', async () => {
    const broker = await start();
    const aggregator = await clients.connect(broker.url, credentials('aggregator'));
    const inbox = await Inbox.subscribe(aggregator, topics.allAgents(run));
    const packets = [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.from([0x10, 0xff, 0xff, 0xff, 0xff, 0xff]),
      Buffer.from([0x30, 0x00]),
      Buffer.from([0x10, 0x00]),
      ...Array.from({ length: 50 }, () => randomBytes(200)),
      // A CONNECT header before noise reaches deeper into the parser.
      ...Array.from({ length: 50 }, () => Buffer.concat([connectHeader, randomBytes(100)])),
    ];
    for (const bytes of packets) {
      const socket = connectTcp(broker.port, '127.0.0.1');
      socket.on('error', () => {});
      socket.end(bytes);
      socket.resume();
      await once(socket, 'close');
    }
    const agent = await clients.connect(broker.url, credentials('c0001'));
    await agent.publishAsync(topics.result(run, 'c0001'), 'fine', { qos: 1 });
    await inbox.receives(1);
    expect(inbox.texts).toEqual(['fine']);
  });

  it('serves its clients while the thread that started it is blocked', async () => {
    const broker = await start();
    // spawnSync blocks this thread and its event loop until the child has had its answer.
    const child = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', roundTrip, broker.url, JSON.stringify(credentials('aggregator'))],
      { encoding: 'utf8', timeout: 60_000, cwd: new URL('../..', import.meta.url) },
    );
    expect(child.stderr).toBe('');
    expect(child.stdout).toBe('answered');
  });
});

describe('the end of the embedded broker', () => {
  it('is reported when nobody asked for it', async () => {
    const created = once(process, 'worker');
    const errors: Error[] = [];
    const broker = await start({ onError: (error) => errors.push(error) });
    const client = await clients.connect(broker.url, credentials('aggregator'));
    const [worker] = (await created) as [Worker];
    await worker.terminate();
    await closed(client);
    await expect.poll(() => errors.length).toBe(1);
    expect(errors[0]?.message).toMatch(/broker/);
    await broker.close();
  });

  it('is silent and may be asked for twice', async () => {
    const errors: Error[] = [];
    const broker = await start({ onError: (error) => errors.push(error) });
    const halfOpen = connectTcp(broker.port, '127.0.0.1');
    halfOpen.on('error', () => {});
    await once(halfOpen, 'connect');
    // Connections are accepted in turn: with this one, the broker has the other too.
    const client = await clients.connect(broker.url, credentials('aggregator'));
    await Promise.all([broker.close(), broker.close()]);
    await broker.close();
    await closed(client);
    if (!halfOpen.destroyed) await once(halfOpen, 'close');
    expect(errors).toEqual([]);
    // The last thing an orderly end does, unlike one by force.
    expect(broker.counters()).toMatchObject({ clients: 0 });
  });
});

/** A way to the broker that passes on at most so many bytes a second. */
async function throttledLine(port: number, bytesPerSecond: number) {
  const everyMs = 10;
  const server = createServer((near) => {
    const far = connectTcp(port, '127.0.0.1');
    near.pipe(far);
    // Read by hand, so that the kernel's buffers fill up towards the broker.
    far.on('readable', () => {});
    const timer = setInterval(() => {
      const size = Math.min(far.readableLength, (bytesPerSecond * everyMs) / 1000);
      if (size > 0) near.write(far.read(size));
    }, everyMs);
    near.on('error', () => {}).on('close', () => far.destroy());
    far
      .on('error', () => {})
      .on('close', () => {
        clearInterval(timer);
        near.destroy();
      });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as { port: number };
  return {
    url: `mqtt://127.0.0.1:${address.port}`,
    close: async () => {
      await clients.end();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A CONNECT of MQTT 3.1.1 up to its flags: user name, password, will, clean session. */
const connectHeader = Buffer.from([0x10, 110, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 0xc6]);

const roundTrip = `
import mqtt from 'mqtt';
const [url, credentials] = process.argv.slice(1);
const client = await mqtt.connectAsync(url, { ...JSON.parse(credentials), reconnectPeriod: 0 }, false);
client.on('message', async (_, payload) => {
  process.stdout.write(payload);
  await client.endAsync();
});
await client.subscribeAsync('x', { qos: 1 });
await client.publishAsync('x', 'answered', { qos: 1 });
`;
