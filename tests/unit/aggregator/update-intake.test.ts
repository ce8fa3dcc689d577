import { expect, it } from 'vitest';
import { UpdateIntake } from '#internal/aggregator/update-intake.js';
import { splitIntoChunks, weightsToBytes } from '#protocol';

it('rejects bytes that are no whole numbers where updates may have any size, and takes weights after them', () => {
  const intake = new UpdateIntake({ updateBytes: undefined, isSound: () => true });
  const [odd] = splitIntoChunks(Buffer.from('hello'), 1);
  expect(intake.add(0, odd!)).toMatchObject({ kind: 'rejected', cause: expect.stringMatching(/5 bytes/) });
  const weights = Float32Array.of(1, 2);
  const [whole] = splitIntoChunks(weightsToBytes(weights), 1);
  expect(intake.add(0, whole!)).toMatchObject({ kind: 'update', weights });
});
