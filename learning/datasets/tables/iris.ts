import type { PublicTable } from './public-table.js';
import { scikitLearnData, scikitLearnLicence } from './scikit-learn.js';

/** Iris (Fisher 1936): sepals and petals of three species, in cm. */
export const iris: PublicTable = {
  info: {
    name: 'iris',
    title: 'Iris flowers',
    task: 'classification',
    inputShape: [4],
    classes: 3,
    classNames: ['setosa', 'versicolor', 'virginica'],
    trainCount: 120,
    testCount: 30,
    licence: scikitLearnLicence,
    source: 'https://archive.ics.uci.edu/dataset/53/iris',
    suggestedModel: 'mlp',
  },
  featureNames: ['sepal length (cm)', 'sepal width (cm)', 'petal length (cm)', 'petal width (cm)'],
  rows: 150,
  sha256: '18565d0da72dafd52595fe48b03ca9b06dfc2c05d0c4c155576631d0aae8eb7e',
  download: { urls: [`${scikitLearnData}iris.csv`], skipLines: 1, delimiter: ',' },
};
