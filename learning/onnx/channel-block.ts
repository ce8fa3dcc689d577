import { Graph } from './graph.js';
import { GraphSession, type OnnxRuntime } from './session.js';

const blocks = new WeakMap<OnnxRuntime, Promise<number | undefined>>();

/**
 * How many channels ONNX Runtime's own convolutions take at once on this processor, 16 or 8: they want
 * those of a position side by side. Found from the size of a block that it makes of fewer.
 * @returns undefined where it has no such convolutions; the standard's operators then do the same
 */
export function channelBlock(runtime: OnnxRuntime): Promise<number | undefined> {
  const known = blocks.get(runtime) ?? probe(runtime).catch(() => undefined);
  blocks.set(runtime, known);
  return known;
}

async function probe(runtime: OnnxRuntime): Promise<number | undefined> {
  const graph = new Graph('o');
  const image = graph.constant(new Float32Array(4), [1, 1, 1, 4]);
  const blocked = graph.node(`${blockedDomain}.ReorderInput`, [image], image.shape, { channels_last: 1 });
  const sides = graph.output(graph.node('Shape', [blocked], [4]), 'int64');
  const session = await GraphSession.load(runtime, { bytes: graph.encode() }, { keepsMemory: false });
  const result = (await session.run({}))[sides]?.data;
  await session.release();
  const channels = result instanceof BigInt64Array ? Number(result[1]) : 0;
  return channels > 1 ? channels : undefined;
}

/** The domain of the operators on blocks of channels. */
export const blockedDomain = 'com.microsoft.nchwc';
