import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import mqttPacket from 'mqtt-packet';

/** A broker that lets everybody in, answers subscriptions as it is told, and keeps what it is sent to itself. */
export class AnsweringBroker {
  /** The filters of each SUBSCRIBE. */
  readonly asked: string[][] = [];
  /** Connections that were let in. */
  admitted = 0;
  /** What it was sent. */
  readonly taken: { readonly topic: string; readonly payload: Buffer }[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(answer: (nth: number) => number | undefined) {
    this.#server = createServer((socket) => {
      this.#sockets.add(socket);
      const parser = mqttPacket.parser();
      parser.on('packet', (packet) => {
        if (packet.cmd === 'connect') {
          this.admitted++;
          socket.write(mqttPacket.generate({ cmd: 'connack', returnCode: 0, sessionPresent: false }));
        }
        if (packet.cmd === 'publish') {
          this.taken.push({ topic: packet.topic, payload: Buffer.from(packet.payload) });
          if (packet.qos === 1)
            socket.write(mqttPacket.generate({ cmd: 'puback', messageId: packet.messageId! }));
        }
        if (packet.cmd !== 'subscribe') return;
        const code = answer(this.asked.push(packet.subscriptions.map(({ topic }) => topic)));
        if (code === undefined) socket.destroy();
        else {
          const granted = packet.subscriptions.map(() => code);
          socket.write(mqttPacket.generate({ cmd: 'suback', messageId: packet.messageId!, granted }));
        }
      });
      socket.on('data', (bytes) => parser.parse(bytes)).on('error', () => {});
    });
  }

  /** @param answer the return code to the nth SUBSCRIBE, from 1 on; undefined cuts the connection instead */
  static async start(answer: (nth: number) => number | undefined): Promise<AnsweringBroker> {
    const broker = new AnsweringBroker(answer);
    broker.#server.listen(0, '127.0.0.1');
    await once(broker.#server, 'listening');
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Sends a message to everybody. */
  publish(topic: string, payload: Buffer): void {
    const packet = mqttPacket.generate({ cmd: 'publish', topic, payload, qos: 0, dup: false, retain: false });
    for (const socket of this.#sockets) socket.write(packet);
  }

  /** Breaks all connections. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.#server.close();
    this.cut();
  }
}
