import mqtt from 'mqtt';
import type { AgentStatus, Chunk, Telemetry } from '#protocol';
import {
  agentId,
  type Command,
  decodeEnvelope,
  FleetError,
  isRefusal,
  type MessageBody,
  type MessageKind,
  MessageWriter,
  type RoundPlan,
  type RunAnnouncement,
  sendAtOnce,
  topics,
  withoutCredentials,
} from '#protocol';
import { settledWithin } from './settled-within.js';

export interface AgentLinkOptions {
  readonly broker: string;
  readonly run: string;
  readonly client: number;
  readonly token: string | undefined;
  /** Start of this process, milliseconds since 1970. */
  readonly boot: number;
  /** What the broker says of this agent when the connection breaks. */
  readonly lastWill: AgentStatus;
  /** Seconds without a broker after which the agent gives up. */
  readonly patienceS: number;
}

/** What an agent hears over MQTT. */
export interface AgentHandlers {
  readonly announced: (announcement: RunAnnouncement) => void;
  readonly planned: (plan: RoundPlan) => void;
  /** @returns whether the chunk was of use */
  readonly modelChunk: (chunk: Chunk) => boolean;
  readonly commanded: (command: Command) => void;
  /** The connection is back after a break: say again what the aggregator may have missed. */
  readonly reconnected: () => void;
  /** The link is of no use any more. */
  readonly broken: (error: FleetError) => void;
}

/** An agent's connection to the broker: typed messages out, validated messages in. */
export class AgentLink {
  readonly #mqtt: mqtt.MqttClient;
  readonly #writer: MessageWriter;
  readonly #run: string;
  readonly #agent: string;
  #unacknowledged = 0;
  #bytesSent = 0;
  #bytesReceived = 0;
  /** Messages that did not fit the protocol, or no model; the aggregator hears of them in every status. */
  #dropped = 0;

  constructor(options: AgentLinkOptions, handlers: AgentHandlers) {
    const agent = agentId(options.client);
    this.#run = options.run;
    this.#agent = agent;
    this.#writer = new MessageWriter(agent, options.boot);
    this.#mqtt = mqtt.connect(options.broker, {
      protocolVersion: 4,
      clientId: `${options.run}-${agent}`,
      ...(options.token === undefined ? {} : { username: agent, password: options.token }),
      clean: true,
      // The cache of all 65,536 encoded numbers takes 7 MB of an agent's memory and a good part of its start.
      writeCache: false,
      // A broker gives up an agent that is silent for one and a half of these; a computation may keep it deaf for long.
      keepalive: 60,
      connectTimeout: 10_000,
      reconnectPeriod: 500,
      will: {
        topic: topics.status(this.#run, agent),
        payload: this.#writer.write('status', options.lastWill),
        qos: 1,
        retain: true,
      },
    });
    this.#watchConnection(options, handlers);
    this.#mqtt.on('message', (topic, payload) => this.#receive(topic, payload, handlers));
  }

  get queueLength(): number {
    return this.#unacknowledged;
  }
  get bytesSent(): number {
    return this.#bytesSent;
  }
  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  status(status: AgentStatus): Promise<void> {
    const body = { ...status, dropped: this.#dropped };
    return this.#publish(topics.status(this.#run, this.#agent), 'status', body, 1, true);
  }

  telemetry(telemetry: Telemetry): void {
    // QoS 0 on purpose: gaps in its numbers are the measured loss.
    if (!this.#mqtt.connected) return;
    this.#publish(topics.telemetry(this.#run, this.#agent), 'telemetry', telemetry, 0, false).catch(() => {});
  }

  update(chunk: Chunk): Promise<void> {
    return this.#publish(topics.update(this.#run, this.#agent), 'update', chunk, 1, false);
  }

  result(result: MessageBody<'result'>): Promise<void> {
    return this.#publish(topics.result(this.#run, this.#agent), 'result', result, 1, false);
  }

  /**
   * Says the last status, and waits at most so long until the broker has it. From here on the link does not
   * connect again: its name on the broker may be a successor's by then.
   */
  async leave(goodbye: AgentStatus, patienceMs: number): Promise<void> {
    this.#mqtt.options.reconnectPeriod = 0;
    if (!this.#mqtt.connected) return;
    const lost = new Promise<void>((resolve) => this.#mqtt.once('close', () => resolve()));
    await settledWithin(Promise.race([this.status(goodbye).catch(() => {}), lost]), patienceMs);
  }

  async close(): Promise<void> {
    // A disconnect in order keeps the broker from speaking the last will over the goodbye; a frozen broker
    // does not take it, so it is waited for only so long.
    const ended = this.#mqtt.endAsync(!this.#mqtt.connected);
    if (!(await settledWithin(ended, 1000))) this.#mqtt.stream.destroy();
  }

  async #publish<K extends MessageKind>(
    topic: string,
    kind: K,
    body: MessageBody<K>,
    qos: 0 | 1,
    retain: boolean,
  ): Promise<void> {
    const payload = this.#writer.write(kind, body);
    this.#unacknowledged++;
    this.#bytesSent += payload.byteLength;
    try {
      await this.#mqtt.publishAsync(topic, payload, { qos, retain });
    } finally {
      this.#unacknowledged--;
    }
  }

  #receive(topic: string, payload: Buffer, handlers: AgentHandlers): void {
    this.#bytesReceived += payload.byteLength;
    // An empty retained message is a topic that was cleared.
    if (payload.byteLength === 0) return;
    const deliver = <K extends MessageKind>(kind: K, handle: (body: MessageBody<K>) => unknown): void => {
      const decoded = decodeEnvelope(kind, payload);
      if (!decoded.ok || handle(decoded.envelope.body) === false) this.#dropped++;
    };
    if (topic === topics.config(this.#run)) deliver('config', handlers.announced);
    else if (topic === topics.plan(this.#run)) deliver('plan', handlers.planned);
    else if (topic === topics.commands(this.#run, this.#agent)) deliver('command', handlers.commanded);
    else deliver('model', handlers.modelChunk);
  }

  #watchConnection(options: AgentLinkOptions, handlers: AgentHandlers): void {
    const { broker } = options;
    let everConnected = false;
    let giveUp: NodeJS.Timeout | undefined;
    const startPatience = (): void => {
      giveUp ??= setTimeout(() => {
        const code = everConnected ? 'BROKER_LOST' : 'BROKER_UNREACHABLE';
        handlers.broken(new FleetError(code, `${withoutCredentials(broker)} for ${options.patienceS} s`));
      }, options.patienceS * 1000);
    };
    startPatience();
    this.#mqtt.on('connect', () => {
      sendAtOnce(this.#mqtt.stream);
      clearTimeout(giveUp);
      giveUp = undefined;
      if (everConnected) handlers.reconnected();
      else void this.#subscribe(handlers);
      everConnected = true;
    });
    this.#mqtt.on('close', startPatience);
    this.#mqtt.on('error', (error) => {
      if (isRefusal(error)) {
        handlers.broken(new FleetError('BROKER_REFUSED', `${withoutCredentials(broker)}: ${error.message}`));
      }
    });
    this.#mqtt.on('end', () => clearTimeout(giveUp));
  }

  async #subscribe(handlers: AgentHandlers): Promise<void> {
    const run = this.#run;
    const filters = [
      topics.commands(run, this.#agent),
      topics.config(run),
      topics.model(run, '+'),
      topics.plan(run),
    ];
    try {
      const granted = await this.#mqtt.subscribeAsync(filters, { qos: 1 });
      const refused = granted.find(({ qos }) => qos > 2);
      if (refused) throw new Error(`subscription to ${refused.topic} refused`);
    } catch (cause) {
      // The connection broke before the answer came: mqtt.js subscribes again with the next one.
      if (!this.#mqtt.connected) return;
      const detail = cause instanceof Error ? cause.message : String(cause);
      handlers.broken(new FleetError('BROKER_REFUSED', detail, { cause }));
    }
  }
}
