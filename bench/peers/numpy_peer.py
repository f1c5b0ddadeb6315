"""The inner training in numpy: features first, batched over the population, one BLAS call a member and product.

A signal is [n, neurons, examples]; the rule sees its planes as [n, inputs, neurons · examples]. Everything is done in place where it can be.
"""

import sys

import numpy as np
from peer import both, one_hot, serve


class Trainer:
    def __init__(self, config, pairs):
        self.config = config
        self.mlp, self.rate, self.keep = config.split(pairs["theta"])
        self.W, self.V, self.M = (list(map(both, matrices)) for matrices in zip(*pairs["layers"]))
        self.n = n = pairs["theta"].shape[0]
        self.b = [np.zeros((n, w, 1), np.float32) for w in config.widths[1:]]
        self.labelled = both(pairs["labelled"])
        self.labels = both(one_hot(pairs["labels"], config.classes))
        self.unlabelled = both(pairs["unlabelled"])
        self.test, self.testLabels = both(pairs["test"]), both(one_hot(pairs["testLabels"], config.classes))
        B = config.batch
        # Planes z, r, s of each layer, and the seven answers.
        self.heard = [np.zeros((n, 3, w, B), np.float32) for w in config.widths]
        self.room = {}
        (first, first_bias), *self.rest = self.mlp
        self.first = first[:, :, :3].copy() if config.lateral else first[:, :, :2].copy()
        self.first_bias, self.mask = first_bias, first[:, :, 3:4, None]

    def buffers(self, width):
        """Two buffers for hidden activations, a width of layer."""
        if width not in self.room:
            items = width * self.config.batch
            self.room[width] = [np.empty((self.n, max(self.config.rule), items), np.float32) for _ in range(2)]
        return self.room[width]

    def ask(self, l, rows):
        """The answers `rows` (a slice) of the rule for layer l: [n, rows, neurons, examples]."""
        c = self.config
        width, items = c.widths[l], c.widths[l] * c.batch
        a, b = self.buffers(width)
        heard = self.heard[l].reshape(self.n, 3, items)[:, : self.first.shape[2]]
        K = self.first.shape[1]
        h = a[:, :K]
        np.matmul(self.first, heard, out=h)
        h += self.first_bias
        h.reshape(self.n, K, width, c.batch)[:, :, :, : c.labelled] += self.mask
        np.tanh(h, out=h)
        for weights, bias in self.rest[:-1]:
            K = weights.shape[1]
            h = np.matmul(weights, h, out=b[:, :K])
            h += bias
            np.tanh(h, out=h)
        weights, bias = self.rest[-1]
        out = np.matmul(weights[:, rows], h)
        out += bias[:, rows]
        out = out.reshape(self.n, -1, width, c.batch)
        if c.prior:
            z, r = self.heard[l][:, 0], self.heard[l][:, 1]
            for answer, plane in ((0, r), (1, r), (2, z), (3, z), (4, r)):
                if rows.start <= answer < rows.stop:
                    out[:, answer - rows.start] += plane
        return out

    def forward(self, x):
        for W, b in zip(self.W[:-1], self.b[:-1]):
            x = W @ x
            x += b
            np.tanh(x, out=x)
            yield x
        yield self.W[-1] @ x + self.b[-1]

    def change(self, w, which, product, fan_in):
        product *= self.rate[:, which] * np.float32(1 / (self.config.batch * fan_in))
        w *= self.keep[:, which]
        w += product
        np.fmin(w, np.float32(10), out=w)
        np.maximum(w, np.float32(-10), out=w)

    def step(self, t):
        c, top = self.config, len(self.W)
        x = self.heard[0][:, 0]
        x[:, :, : c.labelled] = self.labelled
        x[:, :, c.labelled :] = self.unlabelled[:, :, t * c.unlabelled : (t + 1) * c.unlabelled]
        for l, z in enumerate(self.forward(x), 1):
            self.heard[l][:, 0] = z
        p = self.heard[top][:, 0]
        p -= p.max(1, keepdims=True)
        np.exp(p, out=p)
        p /= p.sum(1, keepdims=True)
        self.heard[top][:, 1, :, : c.labelled] = self.labels - p[:, :, : c.labelled]
        answers = [None] * (top + 1)
        for l in range(top, 0, -1):
            if c.lateral:
                np.matmul(self.M[l - 1], self.heard[l][:, 0], out=self.heard[l][:, 2])
            answers[l] = self.ask(l, slice(0, 7 if c.lateral else 5))
            np.matmul(self.V[l - 1], answers[l][:, 0], out=self.heard[l - 1][:, 1])
        answers[0] = self.ask(0, slice(2, 4))
        for l in range(1, top + 1):
            here, below = answers[l], answers[l - 1]
            preW, postV = (below[:, 0], below[:, 1]) if l == 1 else (below[:, 2], below[:, 3])
            self.change(self.W[l - 1], 0, here[:, 1] @ preW.transpose(0, 2, 1), c.widths[l - 1])
            self.change(self.b[l - 1], 0, here[:, 1].sum(2, keepdims=True), 1)
            self.change(self.V[l - 1], 1, postV @ here[:, 4].transpose(0, 2, 1), c.widths[l])
            if c.lateral:
                self.change(self.M[l - 1], 2, here[:, 5] @ here[:, 6].transpose(0, 2, 1), c.widths[l])

    def loss(self):
        *_, y = self.forward(self.test)
        largest = y.max(1, keepdims=True)
        spread = np.log(np.exp(y - largest).sum(1)) + largest[:, 0] - (self.testLabels * y).sum(1)
        return np.minimum(spread.mean(1), np.float32(self.config.lossCap))


# numpy's own BLAS, or Debian's reference one, is several times slower and no fair peer.
if sys.platform == "linux":
    with open("/proc/self/maps") as maps:
        libraries = maps.read()
    if "openblas" not in libraries and "mkl" not in libraries:
        raise SystemExit("numpy is linked with neither OpenBLAS nor MKL")

serve(f"numpy {np.__version__}", Trainer)
