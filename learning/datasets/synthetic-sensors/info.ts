import type { ImageDatasetInfo } from '../images/image-dataset-info.js';
import { renderSensors } from './render-dataset.js';
import { steps } from './render-series.js';
import { channels, machineStates } from './states.js';

/**
 * The built-in sensor dataset: windows of six sensors of 60 pumps, the class being what the pump does
 * or suffers from. Kept in the form of images, a line a reading and a column a sensor. Other states,
 * devices or noise are another version.
 */
export const syntheticSensors = Object.freeze<ImageDatasetInfo>({
  name: 'synthetic_sensors',
  title: 'Synthetic sensor series of 60 pumps, built in',
  task: 'classification',
  inputShape: [steps, channels.length, 1],
  classes: machineStates.length,
  classNames: machineStates.map(({ name }) => name),
  trainCount: 9_600,
  testCount: 1_920,
  scale: 1 / 255,
  licence: 'Apache-2.0',
  source: 'built in',
  suggestedModel: 'gru',
  cacheFolder: 'synthetic-sensors-v1',
  files: {
    trainImages: {
      name: 'train-series-idx3-ubyte',
      bytes: 2_764_816,
      sha256: 'b34b1ec5d3e8810b212e41d8dde856646d45e41caf547d35f3456ef15da835f1',
    },
    trainLabels: {
      name: 'train-labels-idx1-ubyte',
      bytes: 9_608,
      sha256: '75ef86a2d73e11c6a81a4a9ada4f064fc93d78f3478830fe98f790e1c332cf9f',
    },
    testImages: {
      name: 'test-series-idx3-ubyte',
      bytes: 552_976,
      sha256: '9cf04e7d9794702fd6324b0c14058b5d3cf729d3d8a3348ed7fd6766d952b258',
    },
    testLabels: {
      name: 'test-labels-idx1-ubyte',
      bytes: 1_928,
      sha256: 'f098af15bc53582b6277c1b0577a2d96d7bb61ad1d9e16f1286fdaf7f346d869',
    },
  },
  origin: { kind: 'rendered', render: renderSensors },
});
