import { breastCancer } from './breast-cancer.js';
import { californiaHousing } from './california-housing.js';
import { diabetes } from './diabetes.js';
import { digits } from './digits.js';
import { iris } from './iris.js';
import type { PublicTable } from './public-table.js';
import { wine } from './wine.js';

/** All tables of the registry. */
export const publicTables: readonly PublicTable[] = [
  digits,
  iris,
  wine,
  breastCancer,
  californiaHousing,
  diabetes,
];
