import { setImmediate } from 'node:timers/promises';
import { randomStream } from '#protocol';
import { formatIdx } from '../images/idx.js';
import type { DatasetPart, ImageDatasetInfo } from '../images/image-dataset-info.js';
import { renderDigit, side } from './render-digit.js';

// Part of the dataset's definition, like the glyphs: another seed is another dataset.
const datasetSeed = 20_260_101;
const samplesPerTurn = 250;

/**
 * Renders all samples. Sample i draws from its own stream, so that it is the same whatever was
 * rendered before it; its label is i mod 10, so that classes are balanced. The test set follows
 * the training set in the same numbering.
 *
 * @returns the four parts as IDX files
 * @throws the signal's AbortError
 */
export async function renderDataset(
  info: Pick<ImageDatasetInfo, 'trainCount' | 'testCount' | 'classes'>,
  signal?: AbortSignal,
): Promise<Record<DatasetPart, Uint8Array>> {
  const total = info.trainCount + info.testCount;
  const images = new Uint8Array(total * side * side);
  const labels = Uint8Array.from({ length: total }, (_, index) => index % info.classes);
  for (const [index, label] of labels.entries()) {
    images.set(renderDigit(label, randomStream(datasetSeed, 'render', index)), index * side * side);
    if (index % samplesPerTurn === 0) await setImmediate(undefined, { signal });
  }
  const { trainCount, testCount } = info;
  const split = trainCount * side * side;
  return {
    trainImages: formatIdx([trainCount, side, side], images.subarray(0, split)),
    trainLabels: formatIdx([trainCount], labels.subarray(0, trainCount)),
    testImages: formatIdx([testCount, side, side], images.subarray(split)),
    testLabels: formatIdx([testCount], labels.subarray(trainCount)),
  };
}
