import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes, type Client } from 'aedes';
import { AccessRules, type Refusal } from './access-rules.js';
import { PacketSizeLimit } from './packet-size-limit.js';
import type { BrokerSettings, EmbeddedBrokerCounters } from './worker-messages.js';

/**
 * Milliseconds after which a subscriber is cut off that reads nothing although data waits for it.
 * One that reads slowly, over a thin line, makes progress and stays.
 */
const frozenAfterMs = 4000;
/**
 * Bytes that a subscriber may lag behind. Below it, nobody waits for the subscriber. Above it, aedes
 * slows down whoever publishes to it until all of it is read or `drainTimeoutMs` have passed.
 */
const backlogBytes = 256 * 1024 * 1024;
/** aedes's own limit, then: at its default of 60 s one subscriber stalls everyone for so long. */
const drainTimeoutMs = 4000;
/** Milliseconds from TCP connection to CONNECT. */
const connectTimeoutMs = 10_000;
/** Longest keep-alive a client may ask for, in seconds; 0 (none) is refused too. */
const keepaliveLimitS = 120;
/** Largest packet: a chunk of 256 KiB with its envelope, and room to spare. */
const maxPacketBytes = 1024 * 1024;
/** Packets of one client held before its CONNACK. */
const queueLimit = 64;
/** The topics of a run have 6 levels; deep ones only cost matching time. */
const maxTopicLevels = 16;

/** CONNACK with return code 1, unacceptable protocol version (MQTT 3.1.1, 3.2). */
const unacceptableVersion = Buffer.from([0x20, 0x02, 0x00, 0x01]);

type Totals = { -readonly [K in keyof EmbeddedBrokerCounters]: EmbeddedBrokerCounters[K] };

/** aedes on TCP with the run's access rules, limits and counters. Runs in the broker's thread. */
export class MqttServer {
  readonly tcp: Server;
  readonly #aedes: Aedes;
  readonly #rules: AccessRules;
  readonly #refusals = new WeakMap<Client, Refusal>();
  readonly #users = new WeakMap<Client, string>();
  readonly #connected = new Set<Client>();
  readonly #sockets = new Set<Socket>();
  readonly #totals: Totals = {
    source: 'broker',
    clients: 0,
    messagesIn: 0,
    messagesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    redeliveries: 0,
    refusedConnections: 0,
    deniedPublishes: 0,
    deniedSubscriptions: 0,
    oversizedPackets: 0,
  };

  private constructor({ runId, secret }: BrokerSettings) {
    this.#rules = new AccessRules(runId, secret);
    this.#aedes = this.#createAedes();
    this.tcp = createServer({ noDelay: true, highWaterMark: backlogBytes }, (socket) => this.#accept(socket));
  }

  static async create(settings: BrokerSettings): Promise<MqttServer> {
    const server = new MqttServer(settings);
    await server.#aedes.listen();
    return server;
  }

  counters(): EmbeddedBrokerCounters {
    return { ...this.#totals, clients: this.#connected.size };
  }

  /** Takes no more connections, ends the present ones and frees the port. */
  async close(): Promise<void> {
    const closed = this.tcp.listening ? once(this.tcp, 'close') : undefined;
    this.tcp.close();
    await new Promise<void>((resolve) => this.#aedes.close(resolve));
    // Connections that never became clients are unknown to aedes.
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    this.#connected.clear();
  }

  #createAedes(): Aedes {
    return new Aedes({
      // Deliveries under way at once; 0 is unbounded. A bound is shared by all: a hundred messages
      // to one subscriber that lags behind would hold back every other.
      concurrency: 0,
      drainTimeout: drainTimeoutMs,
      connectTimeout: connectTimeoutMs,
      keepaliveLimit: keepaliveLimitS,
      queueLimit,
      maxTopicLevels,
      preConnect: (client, packet, done) => {
        if (packet.protocolVersion === 3) {
          this.#totals.refusedConnections++;
          client.conn.write(unacceptableVersion);
          done(new Error('MQTT 3.1'), false);
          return;
        }
        const user = packet.username;
        const refusal = this.#rules.refuse({
          clientId: packet.clientId,
          cleanSession: packet.clean === true,
          user,
          password: packet.password === undefined ? undefined : Buffer.from(packet.password),
          will: packet.will && { topic: packet.will.topic, qos: packet.will.qos ?? 0 },
        });
        if (refusal !== undefined) this.#refusals.set(client, refusal);
        else if (user !== undefined) this.#users.set(client, user);
        done(null, true);
      },
      authenticate: (client, _user, _password, done) => {
        const refusal = this.#refusals.get(client);
        if (refusal === undefined) done(null, true);
        else done(Object.assign(new Error(refusal.reason), { returnCode: refusal.returnCode }), false);
      },
      authorizePublish: (client, { topic, qos, payload, dup }, done) => {
        const user = client === null ? undefined : this.#users.get(client);
        if (user === undefined || !this.#rules.mayPublish(user, topic, qos)) {
          this.#totals.deniedPublishes++;
          done(new Error('publication not allowed'));
          return;
        }
        this.#totals.messagesIn++;
        this.#totals.bytesIn += payload.length;
        if (dup) this.#totals.redeliveries++;
        // aedes stores a retained message asynchronously and publishes others at once. Without this
        // step, what comes right behind it in the same TCP segment overtakes it, and subscribers
        // then lose it: aedes takes a message that is older than the last one for a duplicate.
        setImmediate(done, null);
      },
      authorizeSubscribe: (client, subscription, done) => {
        const user = this.#users.get(client);
        if (user !== undefined && this.#rules.maySubscribe(user, subscription.topic)) {
          done(null, subscription);
          return;
        }
        this.#totals.deniedSubscriptions++;
        done(null, null);
      },
      authorizeForward: (_client, packet) => {
        this.#totals.messagesOut++;
        this.#totals.bytesOut += packet.payload.length;
        return packet;
      },
    })
      .on('connackSent', ({ returnCode }) => {
        if (returnCode !== 0) this.#totals.refusedConnections++;
      })
      .on('clientReady', (client) => {
        if (!client.conn.destroyed) this.#connected.add(client);
      });
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    this.#limitPackets(socket);
    // Node's idle timer starts again with every byte read and, while a write is under way, with
    // every part of it that the peer takes.
    socket.setTimeout(frozenAfterMs, () => {
      if (socket.writableLength > 0) socket.destroy(new Error('subscriber does not read'));
    });
    const client = this.#aedes.handle(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#connected.delete(client);
    });
  }

  /** aedes pulls its input with `read`: there every byte passes before it is kept. */
  #limitPackets(socket: Socket): void {
    const limit = new PacketSizeLimit(maxPacketBytes);
    const read = socket.read.bind(socket);
    socket.read = (size?: number): unknown => {
      const bytes: unknown = read(size);
      if (!(bytes instanceof Uint8Array) || limit.accepts(bytes)) return bytes;
      this.#totals.oversizedPackets++;
      // MQTT 3.1.1 has no code for it: a server that cannot serve a packet closes the connection.
      socket.destroy(new Error('packet over the size limit'));
      return null;
    };
  }
}
