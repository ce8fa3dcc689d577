import { setImmediate } from 'node:timers/promises';
import { randomStream } from '#protocol';
import { formatIdx } from '../images/idx.js';
import type { DatasetPart, ImageDatasetInfo } from '../images/image-dataset-info.js';
import { deviceCount, drawDevice } from './device.js';
import { renderSeries, steps } from './render-series.js';
import { channels, machineStates } from './states.js';

// Part of the dataset's definition: another seed is another dataset.
const datasetSeed = 20_260_102;
const samplesPerTurn = 500;

/**
 * Renders all samples. Sample i is of device i mod 60 and draws from its own stream, so that it is the
 * same whatever was rendered before it. States take turns, so that classes are balanced in every
 * device. The test set follows the training set in the same numbering.
 *
 * @returns the four parts as IDX files
 * @throws the signal's AbortError
 */
export async function renderSensors(
  info: Pick<ImageDatasetInfo, 'trainCount' | 'testCount'>,
  signal?: AbortSignal,
): Promise<Record<DatasetPart, Uint8Array>> {
  const { trainCount, testCount } = info;
  const total = trainCount + testCount;
  const devices = Array.from({ length: deviceCount }, (_, index) => drawDevice(index, datasetSeed));
  const size = steps * channels.length;
  const series = new Uint8Array(total * size);
  const labels = Uint8Array.from(
    { length: total },
    (_, i) => Math.floor(i / deviceCount) % machineStates.length,
  );
  for (const [i, label] of labels.entries()) {
    const state = machineStates[label];
    const device = devices[i % deviceCount];
    if (state === undefined || device === undefined)
      throw new RangeError(`no state or device for sample ${i}`);
    series.set(renderSeries(state, device, randomStream(datasetSeed, 'render', i)), i * size);
    if (i % samplesPerTurn === 0) await setImmediate(undefined, { signal });
  }
  return {
    trainImages: formatIdx([trainCount, steps, channels.length], series.subarray(0, trainCount * size)),
    trainLabels: formatIdx([trainCount], labels.subarray(0, trainCount)),
    testImages: formatIdx([testCount, steps, channels.length], series.subarray(trainCount * size)),
    testLabels: formatIdx([testCount], labels.subarray(trainCount)),
  };
}
