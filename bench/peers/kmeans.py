"""scikit-learn's k-means on the same data: kmeans.py TRAIN TEST COLUMNS CLUSTERS SEED, float32 files."""

import sys

import numpy as np
import sklearn
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

train, test, columns, clusters, seed = sys.argv[1:]
fit_to = np.fromfile(train, dtype="<f4").reshape(-1, int(columns))
measured = np.fromfile(test, dtype="<f4").reshape(-1, int(columns))
model = KMeans(int(clusters), n_init=10, max_iter=300, tol=1e-4, random_state=int(seed)).fit(fit_to)
print(silhouette_score(measured, model.predict(measured)), sklearn.__version__)
