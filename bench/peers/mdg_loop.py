"""A federated loop in Keras as MDG's published description has it, for `npm run bench -- generate`.

    python mdg_loop.py digits|mnist DATA_DIR ROUNDS

One process; clients one after another. In every round every client builds the model, takes the global
weights, compiles it with a fresh Adam, trains on its own share and evaluates on the whole test set;
the global weights become the plain mean. No broker, no store: the loop and nothing else, written from
the description, not from MDG's code. Prints one JSON line.
"""

import gzip
import json
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np  # noqa: E402
import keras  # noqa: E402
import tensorflow as tf  # noqa: E402

CASES = {
    "digits": {"clients": 5, "epochs": 2, "batch": 32, "rate": 0.01, "hidden": [16, 32, 64, 128]},
    "mnist": {"clients": 10, "epochs": 1, "batch": 32, "rate": 0.001, "hidden": [128]},
}


def load_digits(folder):
    table = np.loadtxt(os.path.join(folder, "tabular", "digits.csv"), delimiter=",", skiprows=1)
    order = np.random.default_rng(42).permutation(len(table))
    x, y = table[order, :-1].astype("float32"), table[order, -1].astype("int64")
    test = len(x) // 5
    mean, deviation = x[test:].mean(0), x[test:].std(0)
    x = (x - mean) / np.where(deviation == 0, 1, deviation)
    return x[test:], y[test:], x[:test], y[:test]


def load_mnist(folder):
    def read(name, header):
        with gzip.open(os.path.join(folder, "mnist", name)) as file:
            return np.frombuffer(file.read(), np.uint8)[header:]

    def part(name):
        images = read(f"{name}-images-idx3-ubyte.gz", 16).reshape(-1, 28, 28, 1).astype("float32") / 255
        return images, read(f"{name}-labels-idx1-ubyte.gz", 8).astype("int64")

    return *part("train"), *part("t10k")


def build(shape, hidden):
    layers = [keras.Input(shape)]
    if len(shape) == 3:
        for filters in (32, 64):
            layers += [keras.layers.Conv2D(filters, 3, padding="same", activation="relu"), keras.layers.MaxPooling2D()]
        layers.append(keras.layers.Flatten())
    layers += [keras.layers.Dense(units, activation="relu") for units in hidden]
    layers.append(keras.layers.Dense(10, activation="softmax"))
    return keras.Sequential(layers)


def main(name, folder, rounds):
    case = CASES[name]
    train_x, train_y, test_x, test_y = {"digits": load_digits, "mnist": load_mnist}[name](folder)
    order = np.random.default_rng(7).permutation(len(train_x))
    shares = np.array_split(order, case["clients"])
    weights = build(train_x.shape[1:], case["hidden"]).get_weights()
    accuracy = 0.0
    began = time.perf_counter()
    for _ in range(rounds):
        updates = []
        for share in shares:
            model = build(train_x.shape[1:], case["hidden"])
            model.set_weights(weights)
            model.compile(keras.optimizers.Adam(case["rate"]), "sparse_categorical_crossentropy", metrics=["accuracy"])
            model.fit(train_x[share], train_y[share], batch_size=case["batch"], epochs=case["epochs"], verbose=0)
            _, accuracy = model.evaluate(test_x, test_y, verbose=0)
            updates.append(model.get_weights())
        weights = [np.mean(tensors, axis=0) for tensors in zip(*updates)]
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "accuracy": accuracy, "tensorflow": tf.__version__, "keras": keras.__version__}))


main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
