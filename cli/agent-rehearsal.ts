import net from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { generate, type IPublishPacket, type Packet, parser } from 'mqtt-packet';
import { Agent } from '#edge-agents';
import {
  createModel,
  type Dataset,
  datasetInfo,
  initialWeights,
  rehearsalTrainer,
  type Samples,
} from '#learning';
import {
  agentId,
  type Command,
  configHash,
  decodeEnvelope,
  experimentOf,
  type MessageBody,
  type MessageKind,
  MessageWriter,
  parseAgentTopic,
  parseRunConfig,
  type RoundResult,
  randomStream,
  splitIntoChunks,
  topics,
  weightsToBytes,
} from '#protocol';
import createAgentCommand from './agent-command.js';

const broker = 'mqtt://127.0.0.1';
const run = 'rehearsal';
const client = 0;
const samples = 64;

/**
 * An agent's whole life, from its connection to its goodbye, with a broker, data and an engine that are only
 * played: schemas are built and code is compiled at their first use, which in a startup snapshot then lies
 * behind every agent.
 */
export async function rehearse(): Promise<void> {
  await createAgentCommand()
    .action(() => undefined)
    .parseAsync(['--broker', broker, '--run', run, '--id', agentId(client)], { from: 'user' });
  const { createConnection } = net;
  let result: RoundResult | undefined;
  const onResult = (told: RoundResult): void => {
    result = told;
  };
  // MQTT.js makes its connections with this.
  Object.assign(net, { createConnection: () => playedBroker(onResult) });
  try {
    const agent = new Agent({
      broker,
      run,
      client,
      boot: 0,
      openDataset: async () => blankDigits(),
      createTrainer: async (model) => rehearsalTrainer(model),
    });
    await agent.done();
  } finally {
    Object.assign(net, { createConnection });
  }
  if (result?.outcome !== 'trained') throw new Error(`the rehearsal failed: ${JSON.stringify(result)}`);
  // A snapshot keeps when Node means to look for timers next: only one that rings with no others pending clears that.
  await delay(1);
}

/** The default configuration's dataset, blank. */
function blankDigits(): Dataset {
  const info = { ...datasetInfo(parseRunConfig({}).dataset), trainCount: samples, testCount: samples };
  const labels = Uint8Array.from({ length: samples }, (_, i) => i % info.classes);
  const blank: Samples = {
    count: samples,
    inputShape: info.inputShape,
    features: new Uint8Array(samples * info.inputShape.reduce((size, side) => size * side, 1)),
    scale: 1,
    labels,
  };
  return {
    info,
    trainLabels: labels,
    testLabels: labels,
    readTrain: async () => blank,
    readTest: async () => blank,
    close: async () => undefined,
  };
}

/** A connection to a broker and aggregator that lead one agent through one round. */
function playedBroker(onResult: (result: RoundResult) => void): Duplex {
  const packets = parser();
  const stream = new Duplex({
    read: () => undefined,
    write(bytes: Buffer, _, written) {
      packets.parse(bytes);
      written();
    },
  });
  const writer = new MessageWriter('aggregator', 0);
  let sent = 0;
  const send = (packet: Packet): void => void stream.push(generate(packet));
  const say = <K extends MessageKind>(topic: string, kind: K, body: MessageBody<K>): void =>
    send({
      cmd: 'publish',
      topic,
      payload: Buffer.from(writer.write(kind, body)),
      qos: 1,
      messageId: ++sent,
      dup: false,
      retain: false,
    });
  const command = (body: Command): void => say(topics.commands(run, agentId(client)), 'command', body);
  const answer = ({ topic, payload }: IPublishPacket): void => {
    const channel = parseAgentTopic(topic)?.channel;
    if (channel === 'status') {
      const status = decodeEnvelope(channel, Buffer.from(payload));
      if (status.ok && status.envelope.body.state === 'waiting') command({ command: 'dispatch', round: 1 });
    } else if (channel === 'result') {
      const result = decodeEnvelope(channel, Buffer.from(payload));
      if (result.ok) onResult(result.envelope.body);
      command({ command: 'stop', reason: 'the rehearsal is over' });
    }
  };
  packets.on('packet', (packet) => {
    const { messageId = 0 } = packet;
    switch (packet.cmd) {
      case 'connect':
        send({ cmd: 'connack', returnCode: 0, sessionPresent: false });
        break;
      case 'subscribe':
        send({ cmd: 'suback', messageId, granted: packet.subscriptions.map(() => 1) });
        beginRound(say);
        break;
      case 'publish': {
        if (packet.qos === 1) send({ cmd: 'puback', messageId });
        answer(packet);
        break;
      }
      case 'disconnect':
        stream.push(null);
        break;
    }
  });
  return stream;
}

/** What an agent hears when it has subscribed. */
function beginRound(
  say: <K extends MessageKind>(topic: string, kind: K, body: MessageBody<K>) => void,
): void {
  const config = parseRunConfig({ clients: 1, rounds: 1 });
  say(topics.config(run), 'config', {
    runId: run,
    configSha256: configHash(config),
    experiment: experimentOf(config),
  });
  const model = createModel(datasetInfo(config.dataset), config);
  const bytes = weightsToBytes(initialWeights(model, randomStream(config.seed, 'init')));
  const chunks = splitIntoChunks(bytes, 1);
  for (const chunk of chunks) say(topics.model(run, chunk.index), 'model', chunk);
  const [first] = chunks;
  if (first === undefined) throw new RangeError('a model without weights');
  say(topics.plan(run), 'plan', {
    round: 1,
    participants: [client],
    modelSha256: first.sha256,
    modelBytes: bytes.byteLength,
  });
}
