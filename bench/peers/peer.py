"""What a peer of the bench does with its standard input and output: a JSON object a line, an answer a line.

  {"config": {...}, "theta": [...], "sigma": x}   sets up
  {"check": [{...}, ...]}                         trains given pairs (data, initial weights, ε): {"losses": [[plus, minus], ...]}
  {"pairs": n, "batch": m}                        draws and trains n pairs, m at a time: {"seconds": s, "mean": mean loss}
"""

import json
import sys
import time

import numpy as np

ANSWERS = ["delta", "postW", "preW", "postV", "preV", "postM", "preM"]


class Config:
    def __init__(self, given):
        self.__dict__.update(given)
        self.widths = [self.inputs, *self.hidden, self.classes]
        self.batch = self.labelled + self.unlabelled

    def split(self, theta):
        """θ [n, length] as the MLP's layers (weights a row an input, biases), log rates, decay logits; last axes transposed: [n, out, in]."""
        n, at = theta.shape[0], 0
        widths = [4, *self.rule, 7]
        layers = []
        for rows, columns in zip(widths, widths[1:]):
            weights = theta[:, at : at + rows * columns].reshape(n, rows, columns)
            at += rows * columns
            layers.append((np.ascontiguousarray(weights.transpose(0, 2, 1)), theta[:, at : at + columns, None]))
            at += columns
        rates = np.exp(theta[:, at : at + 3])
        keeps = 1 - 1 / (1 + np.exp(-theta[:, at + 3 : at + 6]))
        return layers, rates[:, :, None, None], keeps[:, :, None, None]


def draw_pairs(config, random, theta, sigma, pairs):
    """Two-moons tasks, initial weights and perturbed θ of some pairs; either member has a copy."""

    def points(labels):
        count = labels.shape[1]
        half = np.pi * random.random((pairs, count), dtype=np.float32)
        x, y = np.cos(half), np.sin(half)
        x = np.where(labels == 0, x, 1 - x) + 0.1 * random.standard_normal((pairs, count), dtype=np.float32)
        y = np.where(labels == 0, y, 0.5 - y) + 0.1 * random.standard_normal((pairs, count), dtype=np.float32)
        x, y = (x - 0.5) / 0.7, (y - 0.25) / 0.7
        return np.stack([cos * x - sin * y, sin * x + cos * y], 1)

    angle = 2 * np.pi * random.random((pairs, 1), dtype=np.float32)
    cos, sin = np.cos(angle), np.sin(angle)
    known = np.broadcast_to(np.arange(config.labelled) >= config.labelled // 2, (pairs, config.labelled))
    tested = np.broadcast_to(np.arange(config.test) >= config.test // 2, (pairs, config.test))
    fresh = random.random((pairs, config.steps * config.unlabelled), dtype=np.float32) < 0.5

    def normal(rows, columns):
        return random.standard_normal((pairs, rows, columns), dtype=np.float32) * np.float32(columns**-0.5)

    layers = [
        (normal(w, below), normal(below, w), normal(w, w)) for below, w in zip(config.widths, config.widths[1:])
    ]
    step = np.float32(sigma) * random.standard_normal((pairs, theta.size), dtype=np.float32)
    return dict(
        theta=np.stack([theta + step, theta - step], 1).reshape(2 * pairs, -1),
        labelled=points(known), labels=known, unlabelled=points(fresh), test=points(tested), testLabels=tested, layers=layers,
    )


def both(x):
    """[pairs, ...] → [2 pairs, ...]: a copy a member."""
    return np.repeat(np.asarray(x, np.float32), 2, 0)


def one_hot(labels, classes):
    """[pairs, classes, points]"""
    return (np.asarray(labels, np.int64)[:, None, :] == np.arange(classes)[None, :, None]).astype(np.float32)


def given_pairs(config, theta, sigma, checks):
    """The same of the harness's numbers."""

    def points(name):
        return np.array([c[name] for c in checks], np.float32).reshape(len(checks), -1, config.inputs).transpose(0, 2, 1)

    layers = []
    for l, (below, w) in enumerate(zip(config.widths, config.widths[1:])):
        shapes = (("forward", (w, below)), ("feedback", (below, w)), ("lateral", (w, w)))
        layers.append(tuple(np.array([np.reshape(c["layers"][l][name], shape) for c in checks], np.float32) for name, shape in shapes))
    step = np.float32(sigma) * np.array([c["epsilon"] for c in checks], np.float32)
    return dict(
        theta=np.stack([theta + step, theta - step], 1).reshape(2 * len(checks), -1),
        labelled=points("labelled"), labels=[c["labels"] for c in checks], unlabelled=points("unlabelled"),
        test=points("test"), testLabels=[c["testLabels"] for c in checks], layers=layers,
    )


def train(Trainer, config, pairs):
    """Losses [2 pairs] of what draw_pairs() or given_pairs() made."""
    trainer = Trainer(config, pairs)
    for t in range(config.steps):
        trainer.step(t)
    return trainer.loss()


def serve(name, Trainer):
    """`Trainer(config, pairs)` is at the start of the inner trainings; step(t) is a step of all, loss() their losses."""
    print(json.dumps({"name": name}), flush=True)
    random = np.random.Generator(np.random.SFC64(1))
    for line in sys.stdin:
        request = json.loads(line)
        if "config" in request:
            config, sigma = Config(request["config"]), request["sigma"]
            theta = np.array(request["theta"], np.float32)
            answer = {}
        elif "check" in request:
            losses = train(Trainer, config, given_pairs(config, theta, sigma, request["check"]))
            answer = {"losses": losses.reshape(-1, 2).tolist()}
        else:
            pairs, batch = request["pairs"], request["batch"]
            start = time.perf_counter()
            total = 0.0
            for first in range(0, pairs, batch):
                total += float(train(Trainer, config, draw_pairs(config, random, theta, sigma, min(batch, pairs - first))).sum())
            answer = {"seconds": time.perf_counter() - start, "mean": total / (2 * pairs)}
        print(json.dumps(answer), flush=True)
