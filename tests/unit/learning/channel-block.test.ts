import { describe, expect, it } from 'vitest';
import { channelBlock } from '#internal/learning/onnx/channel-block.js';
import { loadOnnxRuntime } from '#internal/learning/onnx/session.js';

describe('the block of channels of the runtime', () => {
  it.runIf(process.arch === 'x64')('is one that its convolutions know', async () => {
    expect([8, 16]).toContain(await channelBlock(await loadOnnxRuntime()));
  });

  it('is none where the runtime has no such operators', async () => {
    const runtime = await loadOnnxRuntime();
    const refuses = {
      ...runtime,
      InferenceSession: { create: () => Promise.reject(new Error('no such operator')) },
    } as unknown as typeof runtime;
    expect(await channelBlock(refuses)).toBeUndefined();
  });
});
