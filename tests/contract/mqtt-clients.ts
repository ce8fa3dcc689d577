import mqtt from 'mqtt';

export interface Received {
  readonly topic: string;
  readonly payload: Buffer;
  readonly retain: boolean;
  readonly qos: number;
}

/** The clients of one test: all are cut off at its end. */
export class MqttClients {
  readonly #open: mqtt.MqttClient[] = [];

  /** Connects once and never again. */
  async connect(url: string, options: mqtt.IClientOptions): Promise<mqtt.MqttClient> {
    const client = await mqtt.connectAsync(
      url,
      {
        protocolVersion: 4,
        clean: true,
        keepalive: 30,
        reconnectPeriod: 0,
        connectTimeout: 10_000,
        ...options,
      },
      false,
    );
    client.on('error', () => {});
    this.#open.push(client);
    return client;
  }

  async end(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((client) => client.endAsync(true)));
  }
}

/** Keeps what a client receives. */
export class Inbox {
  readonly messages: Received[] = [];
  readonly #client: mqtt.MqttClient;

  private constructor(client: mqtt.MqttClient) {
    this.#client = client;
    client.on('message', (topic, payload, { retain, qos }) =>
      this.messages.push({ topic, payload, retain, qos }),
    );
  }

  static async subscribe(client: mqtt.MqttClient, filter: string | string[], qos: 0 | 1 = 1): Promise<Inbox> {
    const inbox = new Inbox(client);
    const granted = await client.subscribeAsync(filter, { qos });
    if (granted.some((grant) => grant.qos > 2)) throw new Error(`refused: ${JSON.stringify(granted)}`);
    return inbox;
  }

  /** Resolves with the messages as soon as there are `count`. */
  async receives(count: number): Promise<readonly Received[]> {
    while (this.messages.length < count) {
      await new Promise<void>((resolve) => this.#client.once('message', () => resolve()));
    }
    return this.messages;
  }

  get texts(): string[] {
    return this.messages.map(({ payload }) => payload.toString());
  }
}

/** Resolves when the client's connection is gone. */
export async function closed(client: mqtt.MqttClient): Promise<void> {
  if (client.connected) await new Promise<void>((resolve) => client.once('close', () => resolve()));
}
