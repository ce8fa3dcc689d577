import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import mqttPacket, { type ISubscribePacket } from 'mqtt-packet';
import { afterEach, expect, it } from 'vitest';
import { AgentLink } from '#internal/edge-agents/link.js';
import type { AgentStatus, FleetError } from '#protocol';

let server: Server;
let link: AgentLink;
const sockets = new Set<Socket>();
afterEach(async () => {
  await link.close();
  server.close();
  for (const socket of sockets) socket.destroy();
});

/** A broker that lets everybody in; `onSubscribe` answers, told which connection it is, from 1 on. */
async function startBroker(onSubscribe: (socket: Socket, packet: ISubscribePacket, nth: number) => void) {
  let connections = 0;
  server = createServer((socket) => {
    const nth = ++connections;
    sockets.add(socket);
    const parser = mqttPacket.parser();
    parser.on('packet', (packet) => {
      if (packet.cmd === 'connect')
        socket.write(mqttPacket.generate({ cmd: 'connack', returnCode: 0, sessionPresent: false }));
      if (packet.cmd === 'subscribe') onSubscribe(socket, packet, nth);
    });
    socket.on('data', (bytes) => parser.parse(bytes)).on('error', () => {});
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const status: AgentStatus = {
  ...{ round: 0, host: 'here', cores: 1, pid: 1, engine: '', samples: 0, shareSha256: '' },
  state: 'offline',
};

/** An agent's link, with what it has been told. */
function join(broker: string) {
  const told = { broken: [] as FleetError[], reconnected: 0 };
  const ignore = (): void => {};
  link = new AgentLink(
    { broker, run: 'r1', client: 1, token: undefined, boot: 1, lastWill: status, patienceS: 60 },
    {
      ...{ announced: ignore, planned: ignore, modelChunk: ignore, commanded: ignore },
      reconnected: () => told.reconnected++,
      broken: (error) => told.broken.push(error),
    },
  );
  return told;
}

it('subscribes again where the connection broke before the broker had answered', async () => {
  const asked: string[][] = [];
  const told = join(
    await startBroker((socket, { messageId, subscriptions }, nth) => {
      asked.push(subscriptions.map(({ topic }) => topic));
      if (nth === 1) socket.destroy();
      else
        socket.write(
          mqttPacket.generate({ cmd: 'suback', messageId: messageId!, granted: subscriptions.map(() => 1) }),
        );
    }),
  );
  await expect.poll(() => told.reconnected).toBe(1);
  await expect.poll(() => asked.length).toBe(2);
  expect(asked[1]).toEqual(asked[0]);
  expect(told.broken).toEqual([]);
});

it('is of no use where the broker refuses a subscription', async () => {
  const told = join(
    await startBroker((socket, { messageId, subscriptions }) => {
      socket.write(
        mqttPacket.generate({ cmd: 'suback', messageId: messageId!, granted: subscriptions.map(() => 0x80) }),
      );
    }),
  );
  await expect.poll(() => told.broken.map(({ code }) => code)).toEqual(['BROKER_REFUSED']);
});
