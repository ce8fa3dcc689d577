import {
  ChunkAssembler,
  configHash,
  decodeEnvelope,
  experimentOf,
  type MessageBody,
  type MessageKind,
  MessageWriter,
  parseRunConfig,
  splitIntoChunks,
  weightsFromBytes,
  weightsToBytes,
} from '#protocol';

/**
 * Goes through what an agent hears until its first step, without a broker: schemas are built and code is
 * compiled at their first use, which in a startup snapshot then lies behind every agent.
 */
export function rehearse(): void {
  const config = parseRunConfig({});
  const configSha256 = configHash(config);
  const writer = new MessageWriter('c0000', 0);
  const hear = <K extends MessageKind>(kind: K, body: MessageBody<K>): MessageBody<K> => {
    const outcome = decodeEnvelope(kind, writer.write(kind, body));
    if (!outcome.ok) throw new Error(`${kind} message is ${outcome.cause}`);
    return outcome.envelope.body;
  };
  hear('status', {
    state: 'starting',
    round: 0,
    host: 'rehearsal',
    cores: 1,
    pid: 0,
    engine: '',
    samples: 0,
    shareSha256: '',
  });
  const { experiment } = hear('config', {
    runId: 'rehearsal',
    configSha256,
    experiment: experimentOf(config),
  });
  parseRunConfig(experiment);
  const assembler = new ChunkAssembler();
  for (const chunk of splitIntoChunks(weightsToBytes(new Float32Array(1)), 1)) {
    const outcome = assembler.add(hear('model', chunk));
    if (outcome.kind === 'complete') weightsFromBytes(outcome.bytes);
  }
  hear('plan', { round: 1, participants: [0], modelSha256: configSha256, modelBytes: 4 });
  hear('command', { command: 'dispatch', round: 1 });
}
