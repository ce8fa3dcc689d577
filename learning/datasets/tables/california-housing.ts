import type { PublicTable } from './public-table.js';

/** California housing (Pace & Barry 1997): block groups of the census of 1990, and their median house value in 100,000 USD. Columns as scikit-learn derives them. */
export const californiaHousing: PublicTable = {
  info: {
    name: 'california_housing',
    title: 'House values in California',
    task: 'regression',
    inputShape: [8],
    classes: 0,
    classNames: [],
    trainCount: 16512,
    testCount: 4128,
    licence: 'not stated (StatLib)',
    source: 'https://www.dcc.fc.up.pt/~ltorgo/Regression/cal_housing.html',
    suggestedModel: 'linreg',
  },
  featureNames: [
    'MedInc',
    'HouseAge',
    'AveRooms',
    'AveBedrms',
    'Population',
    'AveOccup',
    'Latitude',
    'Longitude',
  ],
  rows: 20640,
  sha256: 'f8ce03213e1c375e51c57d02cb41558c30b643325347f1cc0b26ce713ce3a0b7',
  download: {
    urls: [
      'https://raw.githubusercontent.com/we-b/datasets_for_ai/51e00cd162ca602c528f114e7d55a0a36803832f/cal_housing.data',
    ],
    skipLines: 0,
    delimiter: ',',
    derive: perHousehold,
  },
};

/** Of longitude, latitude, age, rooms, bedrooms, population, households, income and value in USD. */
function perHousehold([
  longitude = 0,
  latitude = 0,
  age = 0,
  rooms = 0,
  bedrooms = 0,
  population = 0,
  households = 0,
  income = 0,
  value = 0,
]: readonly number[]): readonly number[] {
  return [
    income,
    age,
    rooms / households,
    bedrooms / households,
    population,
    population / households,
    latitude,
    longitude,
    value / 100_000,
  ];
}
