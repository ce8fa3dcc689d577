/** Files that scikit-learn ships, of one released version. */
export const scikitLearnData =
  'https://raw.githubusercontent.com/scikit-learn/scikit-learn/0.24.2/sklearn/datasets/data/';
export const scikitLearnLicence = 'BSD-3-Clause (as shipped by scikit-learn)';
