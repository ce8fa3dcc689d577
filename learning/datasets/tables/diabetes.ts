import type { PublicTable } from './public-table.js';
import { scikitLearnData, scikitLearnLicence } from './scikit-learn.js';

/** Diabetes (Efron, Hastie, Johnstone & Tibshirani 2004): ten measurements, centred and scaled, and the progression of the disease a year later. */
export const diabetes: PublicTable = {
  info: {
    name: 'diabetes',
    title: 'Progression of diabetes',
    task: 'regression',
    inputShape: [10],
    classes: 0,
    classNames: [],
    trainCount: 354,
    testCount: 88,
    licence: scikitLearnLicence,
    source: 'https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html',
    suggestedModel: 'linreg',
  },
  featureNames: ['age', 'sex', 'bmi', 'bp', 's1', 's2', 's3', 's4', 's5', 's6'],
  rows: 442,
  sha256: '7b07a0ea24fee35541bca187080db8d738c57adfc9cd849cd08a23be36c4e175',
  download: {
    urls: [`${scikitLearnData}diabetes_data.csv.gz`, `${scikitLearnData}diabetes_target.csv.gz`],
    skipLines: 0,
    delimiter: ' ',
  },
};
