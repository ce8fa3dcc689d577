"""The training benchmark's work in PyTorch: one thread, CPU, eager.

    python torch_training.py CASE BATCH SECONDS

CASE as in bench/training.ts. Prints samples per second of CPU time, and PyTorch's version.
"""

import resource
import sys

import torch
from torch import nn


class Recurrent(nn.Module):
    """28 rows of 28 pixels through one recurrent layer of 64 units, the last state to 10 logits."""

    def __init__(self, kind):
        super().__init__()
        self.recurrent = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[kind](28, 64, batch_first=True)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        return self.head(self.recurrent(x)[0][:, -1])


class InvertedResidual(nn.Module):
    """A block of MobileNetV2 that widens fourfold."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        hidden = 4 * inputs
        self.residual = stride == 1 and inputs == outputs
        self.body = nn.Sequential(
            nn.Conv2d(inputs, hidden, 1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU6(),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU6(),
            nn.Conv2d(hidden, outputs, 1, bias=False),
            nn.BatchNorm2d(outputs),
        )

    def forward(self, x):
        return x + self.body(x) if self.residual else self.body(x)


def mobilenet():
    """As learning/models/mobilenet.ts."""
    blocks, inputs = [], 16
    for outputs, count, first_stride in ((16, 1, 1), (24, 2, 2), (32, 2, 1)):
        for block in range(count):
            blocks.append(InvertedResidual(inputs, outputs, first_stride if block == 0 else 1))
            inputs = outputs
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU6(),
        *blocks,
        nn.Conv2d(32, 128, 1, bias=False), nn.BatchNorm2d(128), nn.ReLU6(),
        nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 10),
    )


def model(case):
    if case in ("mlp", "mlp-adam"):
        return nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10)), (784,)
    if case == "logreg":
        return nn.Sequential(nn.Linear(784, 10)), (784,)
    if case == "cnn":
        return nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
            nn.Flatten(), nn.Linear(1568, 64), nn.ReLU(), nn.Linear(64, 10),
        ), (1, 28, 28)
    if case in ("rnn", "lstm", "gru"):
        return Recurrent(case), (28, 28)
    if case == "mobilenet":
        return mobilenet(), (1, 28, 28)
    raise SystemExit(f"unknown case {case}")


def cpu_seconds():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main():
    case, batch, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    torch.set_num_threads(1)
    torch.manual_seed(1)
    net, shape = model(case)
    ring = 16
    xs = torch.rand(ring, batch, *shape)
    ys = torch.randint(0, 10, (ring, batch))
    optimizer = torch.optim.Adam(net.parameters(), 1e-3) if case.endswith("adam") else torch.optim.SGD(net.parameters(), 0.01)
    loss_of = nn.CrossEntropyLoss()

    def step(i):
        optimizer.zero_grad()
        loss_of(net(xs[i % ring]), ys[i % ring]).backward()
        optimizer.step()

    for i in range(20):
        step(i)
    start, steps = cpu_seconds(), 0
    while cpu_seconds() - start < seconds:
        step(steps)
        steps += 1
    print(steps * batch / (cpu_seconds() - start), torch.__version__)


main()
