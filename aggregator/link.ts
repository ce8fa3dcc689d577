import mqtt from 'mqtt';
import {
  type AgentChannel,
  type AgentStatus,
  agentId,
  type BrokerCounters,
  type Chunk,
  type Command,
  clientIndex,
  decodeEnvelope,
  type Envelope,
  encodeEnvelope,
  FleetError,
  isRefusal,
  type MessageBody,
  type MessageKind,
  MessageWriter,
  maxChunkBytes,
  type PassedMessage,
  parseAgentTopic,
  type RoundPlan,
  type RoundResult,
  type RunAnnouncement,
  seatRequester,
  sendAtOnce,
  splitIntoChunks,
  toFleetError,
  topics,
  withoutCredentials,
} from '#protocol';
import { DropCounter, type DroppedMessages } from './drop-counter.js';
import { NewestBoots } from './newest-boots.js';

export interface AggregatorLinkOptions {
  readonly broker: string;
  readonly run: string;
  /** Password of the embedded broker; an external broker's credentials are in its URL. */
  readonly password: string | undefined;
  readonly clients: number;
  /** Seconds without a broker after which the run fails. */
  readonly patienceS: number;
  /** Told of every message to and from the agents, but telemetry, that is published or found valid. */
  readonly onMessage: (message: PassedMessage) => void;
}

/** What the aggregator hears from its agents. Every message is validated before it arrives here. */
export interface AggregatorHandlers {
  readonly status: (client: number, status: AgentStatus) => void;
  readonly telemetry: (client: number, message: Envelope<'telemetry'>) => void;
  /** @returns why it is of no use, in a few words that are the same for every such message; undefined when it is */
  readonly updateChunk: (client: number, chunk: Chunk) => string | undefined;
  /** @returns the same */
  readonly result: (client: number, result: RoundResult) => string | undefined;
  /** A message that was dropped; reported once per cause and agent, and counted for `takeDropped`. */
  readonly dropped: (agent: string, cause: string) => void;
  /** An agent asks which client to be. @returns undefined when all are taken */
  readonly seatRequested: (name: string) => number | undefined;
  readonly broken: (error: FleetError) => void;
}

/** The aggregator's connection to the broker. */
export class AggregatorLink {
  readonly #mqtt: mqtt.MqttClient;
  readonly #options: AggregatorLinkOptions;
  readonly #writer: MessageWriter;
  readonly #drops = new DropCounter();
  /** Messages that each agent's process has dropped so far, by its own word. */
  readonly #agentDrops = new Map<number, { readonly boot: number; readonly count: number }>();
  readonly #boots = new NewestBoots();
  /** What is retained on the broker: sent again when a broker comes back without its memory. */
  readonly #retained = new Map<string, Buffer>();
  #counters = { messagesIn: 0, messagesOut: 0, bytesIn: 0, bytesOut: 0 };
  /** Of the longest model that may be retained on the broker. */
  #modelChunks = 0;

  private constructor(client: mqtt.MqttClient, options: AggregatorLinkOptions) {
    this.#mqtt = client;
    sendAtOnce(client.stream);
    this.#options = options;
    this.#writer = new MessageWriter('aggregator', Date.now());
  }

  /** @throws FleetError BROKER_UNREACHABLE or BROKER_REFUSED */
  static async connect(options: AggregatorLinkOptions): Promise<AggregatorLink> {
    return new AggregatorLink(await connectOnce(options), options);
  }

  /**
   * Subscribes to everything that the run's agents publish.
   * @throws FleetError BROKER_REFUSED
   */
  async listen(handlers: AggregatorHandlers): Promise<void> {
    this.#mqtt.on('message', (topic, payload, { retain }) => this.#receive(topic, payload, retain, handlers));
    this.#watchConnection(handlers);
    const { run } = this.#options;
    try {
      await this.#mqtt.subscribeAsync([topics.allAgents(run), topics.allSeatRequests(run)], { qos: 1 });
    } catch (cause) {
      // The connection broke before the answer came: mqtt.js subscribes again with the next one.
      if (!this.#mqtt.connected) return;
      throw new FleetError('BROKER_REFUSED', cause instanceof Error ? cause.message : String(cause), {
        cause,
      });
    }
  }

  /** What this connection sent and received: the traffic figures where the broker is not ours. */
  counters(): BrokerCounters {
    return { source: 'aggregator', clients: 0, ...this.#counters };
  }

  /** A model of so many bytes may be retained on the broker, left there by a process that was killed. */
  mayHaveLeft(modelBytes: number): void {
    this.#modelChunks = Math.max(this.#modelChunks, Math.ceil(modelBytes / maxChunkBytes));
  }

  /** The messages that were dropped since the last call. */
  takeDropped(): DroppedMessages[] {
    return this.#drops.take();
  }

  announce(announcement: RunAnnouncement): Promise<void> {
    return this.#retain(topics.config(this.#options.run), 'config', announcement);
  }

  /** Publishes the model's chunks and, when the broker has them all, the plan. */
  async publishRound(plan: RoundPlan, model: Uint8Array): Promise<void> {
    const chunks = splitIntoChunks(model, plan.round);
    this.mayHaveLeft(model.byteLength);
    await Promise.all(
      chunks.map((chunk) => this.#retain(topics.model(this.#options.run, chunk.index), 'model', chunk)),
    );
    await this.#retain(topics.plan(this.#options.run), 'plan', plan);
  }

  command(client: number, command: Command): Promise<void> {
    const topic = topics.commands(this.#options.run, agentId(client));
    return this.#send(topic, this.#write('command', command, client), false);
  }

  /** Ends the run's agents, wherever they run. */
  async stopAgents(reason: string): Promise<void> {
    if (!this.#mqtt.connected) return;
    const all = Array.from({ length: this.#options.clients }, (_, client) => client);
    await Promise.all(all.map((client) => this.command(client, { command: 'stop', reason })));
  }

  /** Takes the run's retained messages off the broker. */
  async clearRetained(): Promise<void> {
    const { run, clients } = this.#options;
    const names = [
      topics.config(run),
      topics.plan(run),
      ...Array.from({ length: this.#modelChunks }, (_, index) => topics.model(run, index)),
      ...Array.from({ length: clients }, (_, client) => topics.status(run, agentId(client))),
    ];
    this.#retained.clear();
    if (!this.#mqtt.connected) return;
    await Promise.all(names.map((name) => this.#send(name, Buffer.alloc(0), true)));
  }

  async close(): Promise<void> {
    // By force: whoever wants the last messages taken has waited for them, and a frozen broker takes none.
    await this.#mqtt.endAsync(true);
  }

  async #retain<K extends MessageKind>(topic: string, kind: K, body: MessageBody<K>): Promise<void> {
    const payload = this.#write(kind, body);
    this.#retained.set(topic, payload);
    await this.#send(topic, payload, true);
  }

  /** @param client whom it is for; everybody by default */
  #write<K extends MessageKind>(kind: K, body: MessageBody<K>, client?: number): Buffer {
    const origin = this.#writer.next(kind);
    const payload = encodeEnvelope(kind, origin, body);
    const { byteLength: bytes } = payload;
    this.#options.onMessage({ ...origin, kind, direction: 'down', client, round: roundOf(body), bytes });
    return payload;
  }

  async #send(topic: string, payload: Buffer, retain: boolean): Promise<void> {
    this.#counters.messagesOut++;
    this.#counters.bytesOut += payload.byteLength;
    await this.#mqtt.publishAsync(topic, payload, { qos: 1, retain });
  }

  /** @param wasRetained whether the broker has kept it since before this connection */
  #receive(topic: string, payload: Buffer, wasRetained: boolean, handlers: AggregatorHandlers): void {
    this.#counters.messagesIn++;
    this.#counters.bytesIn += payload.byteLength;
    const name = seatRequester(topic);
    if (name !== undefined) {
      this.#receiveSeatRequest(name, payload, handlers);
      return;
    }
    // An empty message takes a retained one off the broker.
    if (payload.byteLength === 0) return;
    const parsed = parseAgentTopic(topic);
    if (parsed === undefined) {
      this.#drop('an unknown sender', 'unknown topic', handlers);
      return;
    }
    const client = clientIndex(parsed.agent);
    if (client === undefined || client >= this.#options.clients) {
      this.#drop(parsed.agent, 'foreign agent', handlers);
      return;
    }
    const open = <K extends AgentChannel>(
      kind: K,
      handle: (message: Envelope<K>) => string | undefined,
    ): void => {
      const decoded = decodeEnvelope(kind, payload);
      if (!decoded.ok) this.#drop(parsed.agent, `${kind}: ${decoded.cause}`, handlers);
      else if (decoded.envelope.sender !== parsed.agent) {
        this.#drop(parsed.agent, `${kind}: wrong sender`, handlers);
      } else {
        if (kind !== 'telemetry') this.#tellReceived(client, decoded.envelope, payload.byteLength);
        try {
          const refusal = handle(decoded.envelope);
          if (refusal !== undefined) this.#drop(parsed.agent, `${kind}: ${refusal}`, handlers);
        } catch (error) {
          // Whatever a message brings to light in here, it costs that message and not the run.
          this.#drop(parsed.agent, `${kind}: ${toFleetError(error).message}`, handlers);
        }
      }
    };
    switch (parsed.channel) {
      case 'status':
        open('status', (message) => {
          if (!this.#boots.admits(client, message)) return 'of an earlier process';
          this.#countAgentDrops(client, message, wasRetained, handlers);
          handlers.status(client, message.body);
          return undefined;
        });
        break;
      case 'telemetry':
        open('telemetry', (message) => {
          handlers.telemetry(client, message);
          return undefined;
        });
        break;
      case 'update':
        open('update', ({ body }) => handlers.updateChunk(client, body));
        break;
      case 'result':
        open('result', ({ body }) => handlers.result(client, body));
        break;
    }
  }

  #tellReceived(client: number, message: Envelope<AgentChannel>, bytes: number): void {
    const { kind, sender, boot, seq, sentAt, body } = message;
    const round = roundOf(body);
    this.#options.onMessage({ kind, sender, boot, seq, sentAt, direction: 'up', client, round, bytes });
  }

  #receiveSeatRequest(name: string, payload: Buffer, handlers: AggregatorHandlers): void {
    const decoded = decodeEnvelope('seatRequest', payload);
    if (!decoded.ok) this.#drop(name, `seatRequest: ${decoded.cause}`, handlers);
    else if (decoded.envelope.sender !== name) this.#drop(name, 'seatRequest: wrong sender', handlers);
    else this.#offerSeat(name, handlers.seatRequested(name) ?? null);
  }

  #offerSeat(name: string, client: number | null): void {
    const offer = this.#writer.write('seatOffer', { client });
    // Asked again when it gets lost.
    void this.#send(topics.seatOffer(this.#options.run, name), offer, false).catch(() => {});
  }

  /**
   * An agent says in every status how many messages its process has dropped until then. Those of a status that
   * was retained were counted when it was new, by this process or the one that it goes on for.
   */
  #countAgentDrops(
    client: number,
    { sender, boot, body: { dropped = 0 } }: Envelope<'status'>,
    wasRetained: boolean,
    handlers: AggregatorHandlers,
  ): void {
    const known = this.#agentDrops.get(client);
    const before = known?.boot === boot ? known.count : 0;
    if (dropped <= before) return;
    this.#agentDrops.set(client, { boot, count: dropped });
    if (!wasRetained) this.#drop(sender, 'by the agent itself', handlers, dropped - before);
  }

  #drop(agent: string, cause: string, handlers: AggregatorHandlers, count = 1): void {
    const first = this.#drops.add(agent, cause, count);
    if (first !== undefined) handlers.dropped(first.agent, first.cause);
  }

  #watchConnection(handlers: AggregatorHandlers): void {
    let giveUp: NodeJS.Timeout | undefined;
    this.#mqtt.on('close', () => {
      giveUp ??= setTimeout(() => {
        const { broker, patienceS } = this.#options;
        handlers.broken(new FleetError('BROKER_LOST', `${withoutCredentials(broker)} for ${patienceS} s`));
      }, this.#options.patienceS * 1000);
    });
    this.#mqtt.on('connect', () => {
      sendAtOnce(this.#mqtt.stream);
      clearTimeout(giveUp);
      giveUp = undefined;
      for (const [topic, payload] of this.#retained) void this.#send(topic, payload, true).catch(() => {});
    });
    this.#mqtt.on('end', () => clearTimeout(giveUp));
    // mqtt.js reconnects by itself; the reason shows in the `close` that follows.
    this.#mqtt.on('error', () => {});
  }
}

const roundOf = (body: MessageBody<MessageKind>): number | undefined =>
  'round' in body ? body.round : undefined;

async function connectOnce(options: AggregatorLinkOptions): Promise<mqtt.MqttClient> {
  try {
    return await mqtt.connectAsync(
      options.broker,
      {
        protocolVersion: 4,
        clientId: `${options.run}-aggregator`,
        ...(options.password === undefined ? {} : { username: 'aggregator', password: options.password }),
        clean: true,
        keepalive: 15,
        connectTimeout: 10_000,
        reconnectPeriod: 500,
      },
      false,
    );
  } catch (cause) {
    const message = cause instanceof Error ? cause.message || String(cause) : String(cause);
    throw new FleetError(
      isRefusal(cause) ? 'BROKER_REFUSED' : 'BROKER_UNREACHABLE',
      `${withoutCredentials(options.broker)}${message ? ` (${message})` : ''}`,
      { cause },
    );
  }
}
