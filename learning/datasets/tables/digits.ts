import type { PublicTable } from './public-table.js';
import { scikitLearnData, scikitLearnLicence } from './scikit-learn.js';

/** Digits (Alpaydin & Kaynak 1998, the test part): 8 x 8 counts of ink, 0 to 16. */
export const digits: PublicTable = {
  info: {
    name: 'digits',
    title: 'Optical recognition of handwritten digits',
    task: 'classification',
    inputShape: [8, 8, 1],
    classes: 10,
    classNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    trainCount: 1438,
    testCount: 359,
    licence: scikitLearnLicence,
    source: 'https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits',
    suggestedModel: 'mlp',
  },
  featureNames: Array.from({ length: 64 }, (_, i) => `pixel_${Math.floor(i / 8)}_${i % 8}`),
  rows: 1797,
  sha256: 'f19a7d92591ca0a1ffc65ec172e8149afdff995e0d2c4cb0afd151f38471ff90',
  download: { urls: [`${scikitLearnData}digits.csv.gz`], skipLines: 0, delimiter: ',' },
};
