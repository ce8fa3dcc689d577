import type { ImageDatasetInfo } from '../images/image-dataset-info.js';
import { renderDataset } from './render-dataset.js';

/** The built-in dataset: digits drawn by this program. Other glyphs or variation are another version. */
export const syntheticDigits = Object.freeze<ImageDatasetInfo>({
  name: 'synthetic_digits',
  title: 'Synthetic digits, built in',
  task: 'classification',
  inputShape: [28, 28, 1],
  classes: 10,
  classNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  trainCount: 12_000,
  testCount: 2_000,
  scale: 1 / 255,
  licence: 'Apache-2.0',
  source: 'built in',
  suggestedModel: 'mlp',
  cacheFolder: 'synthetic-digits-v1',
  files: {
    trainImages: {
      name: 'train-images-idx3-ubyte',
      bytes: 9_408_016,
      sha256: 'b1d086dc687ce79d8025bb8e9de7e7194062363163a57e17a6eaabe3aa2d5d0f',
    },
    trainLabels: {
      name: 'train-labels-idx1-ubyte',
      bytes: 12_008,
      sha256: 'b325bdea08048047ec24f89d7827464c224de6a88b7bbab63b2cd2ceca884fd7',
    },
    testImages: {
      name: 't10k-images-idx3-ubyte',
      bytes: 1_568_016,
      sha256: 'e92a1bf561008a9ad8aaa824c7b8ba1f84b8fc9bef0164f4b337535d205d2525',
    },
    testLabels: {
      name: 't10k-labels-idx1-ubyte',
      bytes: 2_008,
      sha256: 'e026daf3d28b630d395bff264d45247706f43ecba7d4f48422cba6b6a30e22d3',
    },
  },
  origin: { kind: 'rendered', render: renderDataset },
});
