import { z } from 'zod';
import { field, numeric, wholeNumber } from './config-field.js';

/** `KEY=VALUE` texts as flags give them, or an object of texts, numbers and flags as YAML does. */
const keyValues = z.preprocess(
  (value) => {
    if (typeof value !== 'string' && !Array.isArray(value)) return value;
    return Object.fromEntries([value].flat().map(splitAtEquals));
  },
  z.record(
    z.string().min(1, 'must be KEY=VALUE'),
    z.preprocess(
      (value) => (typeof value === 'number' || typeof value === 'boolean' ? String(value) : value),
      z.string('must be KEY=VALUE'),
    ),
  ),
);

function splitAtEquals(text: unknown): [string, unknown] {
  const [key = '', ...rest] = String(text).split('=');
  return [key.trim(), rest.length === 0 ? undefined : rest.join('=')];
}

/** Which data a run uses, and how much of it. */
export const dataFields = {
  dataset: field(z.string().default('synthetic_digits'), {
    flag: '--dataset',
    placeholder: 'NAME',
    group: 'Data',
    scope: 'experiment',
    description:
      'synthetic_digits and synthetic_sensors (built in), mnist, fashion_mnist, kmnist, emnist, cifar10, digits, iris, wine, breast_cancer, california_housing, diabetes, or csv:FILE, a table of your own',
  }),
  datasetArg: field(keyValues.default({}), {
    flag: '--dataset-arg',
    placeholder: 'KEY=VALUE',
    group: 'Data',
    scope: 'experiment',
    repeatable: true,
    description:
      'of tables: test_size, seed (of the test split), scaler (standard, minmax, none), y_standardize; of csv:FILE also target, task, drop; of emnist: split (balanced, byclass, bymerge, letters, digits, mnist); may be repeated',
  }),
  sampleSize: field(wholeNumber(1, 100_000_000).optional(), {
    flag: '--sample-size',
    placeholder: 'N',
    group: 'Data',
    scope: 'experiment',
    description: 'training samples drawn before the data is divided; all by default',
  }),
  sampleFrac: field(numeric(z.number().positive().max(1)).optional(), {
    flag: '--sample-frac',
    placeholder: 'X',
    group: 'Data',
    scope: 'experiment',
    description: 'the same as a share of the training samples',
  }),
};

/** Where the data lies. */
export const dataFolderFields = {
  dataDir: field(z.string().min(1).optional(), {
    flag: '--data-dir',
    placeholder: 'DIR',
    group: 'Data',
    scope: 'deployment',
    description: 'folder that holds the datasets, a folder each (mnist/, fashion-mnist/, MNIST/raw/)',
  }),
  cacheDir: field(z.string().min(1).optional(), {
    flag: '--cache-dir',
    placeholder: 'DIR',
    group: 'Data',
    scope: 'deployment',
    description: 'where downloaded and decoded datasets are kept; default: the user’s cache folder',
  }),
};
