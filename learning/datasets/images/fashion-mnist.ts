import type { ImageDatasetInfo } from './image-dataset-info.js';

/** Fashion-MNIST (Xiao, Rasul & Vollgraf 2017): article images. Hashes are of the original files. */
export const fashionMnist = Object.freeze<ImageDatasetInfo>({
  name: 'fashion_mnist',
  title: 'Fashion-MNIST article images',
  task: 'classification',
  inputShape: [28, 28, 1],
  classes: 10,
  classNames: [
    'T-shirt/top',
    'Trouser',
    'Pullover',
    'Dress',
    'Coat',
    'Sandal',
    'Shirt',
    'Sneaker',
    'Bag',
    'Ankle boot',
  ],
  trainCount: 60_000,
  testCount: 10_000,
  scale: 1 / 255,
  licence: 'MIT',
  source: 'https://github.com/zalandoresearch/fashion-mnist',
  suggestedModel: 'cnn',
  cacheFolder: 'fashion-mnist',
  files: {
    trainImages: {
      name: 'train-images-idx3-ubyte',
      bytes: 47_040_016,
      sha256: 'c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888',
    },
    trainLabels: {
      name: 'train-labels-idx1-ubyte',
      bytes: 60_008,
      sha256: 'bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9',
    },
    testImages: {
      name: 't10k-images-idx3-ubyte',
      bytes: 7_840_016,
      sha256: '5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b',
    },
    testLabels: {
      name: 't10k-labels-idx1-ubyte',
      bytes: 10_008,
      sha256: '0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34',
    },
  },
  origin: {
    kind: 'files',
    folders: ['fashion-mnist', 'fashion_mnist', 'FashionMNIST/raw'],
    downloads: [
      'https://storage.googleapis.com/tensorflow/tf-keras-datasets/',
      'https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/',
    ],
  },
});
