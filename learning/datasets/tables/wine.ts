import type { PublicTable } from './public-table.js';
import { scikitLearnData, scikitLearnLicence } from './scikit-learn.js';

/** Wine (Aeberhard & Forina 1991): chemical analysis of wines of three cultivars. */
export const wine: PublicTable = {
  info: {
    name: 'wine',
    title: 'Wines of three cultivars',
    task: 'classification',
    inputShape: [13],
    classes: 3,
    classNames: ['0', '1', '2'],
    trainCount: 142,
    testCount: 36,
    licence: scikitLearnLicence,
    source: 'https://archive.ics.uci.edu/dataset/109/wine',
    suggestedModel: 'mlp',
  },
  featureNames: [
    'alcohol',
    'malic_acid',
    'ash',
    'alcalinity_of_ash',
    'magnesium',
    'total_phenols',
    'flavanoids',
    'nonflavanoid_phenols',
    'proanthocyanins',
    'color_intensity',
    'hue',
    'od280/od315_of_diluted_wines',
    'proline',
  ],
  rows: 178,
  sha256: 'c7e84e8e03b2b5a354287416d84d08945318450658a22a63c39973d8306c2ca4',
  download: { urls: [`${scikitLearnData}wine_data.csv`], skipLines: 1, delimiter: ',' },
};
