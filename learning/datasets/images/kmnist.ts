import type { ImageDatasetInfo } from './image-dataset-info.js';

/**
 * Kuzushiji-MNIST (Clanuwat et al. 2018): cursive Japanese characters, in the form of MNIST. Hashes are
 * of the published gzip files, as TensorFlow Datasets has them; of their content none is published.
 */
export const kmnist = Object.freeze<ImageDatasetInfo>({
  name: 'kmnist',
  title: 'Kuzushiji-MNIST',
  task: 'classification',
  inputShape: [28, 28, 1],
  classes: 10,
  classNames: ['o', 'ki', 'su', 'tsu', 'na', 'ha', 'ma', 'ya', 're', 'wo'],
  trainCount: 60_000,
  testCount: 10_000,
  scale: 1 / 255,
  licence: 'CC BY-SA 4.0',
  source: 'http://codh.rois.ac.jp/kmnist/',
  suggestedModel: 'cnn',
  cacheFolder: 'kmnist',
  files: {
    trainImages: {
      name: 'train-images-idx3-ubyte',
      bytes: 47_040_016,
      packedSha256: '51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4',
    },
    trainLabels: {
      name: 'train-labels-idx1-ubyte',
      bytes: 60_008,
      packedSha256: 'e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17',
    },
    testImages: {
      name: 't10k-images-idx3-ubyte',
      bytes: 7_840_016,
      packedSha256: 'edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5',
    },
    testLabels: {
      name: 't10k-labels-idx1-ubyte',
      bytes: 10_008,
      packedSha256: '20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c',
    },
  },
  origin: {
    kind: 'files',
    folders: ['kmnist', 'KMNIST/raw'],
    downloads: ['http://codh.rois.ac.jp/kmnist/dataset/kmnist/'],
  },
});
