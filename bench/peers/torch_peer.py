"""The inner training in PyTorch on one core: batched over the population with bmm and baddbmm, no autograd."""

import sys

import numpy as np
import torch
from peer import both, one_hot, serve

torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
torch.set_grad_enabled(False)


def tensor(x):
    return torch.from_numpy(np.ascontiguousarray(x, np.float32))


class Trainer:
    def __init__(self, config, pairs):
        self.config = config
        layers, rate, keep = config.split(pairs["theta"])
        (first, first_bias), *self.rest = [(tensor(w), tensor(b)) for w, b in layers]
        self.first = first[:, :, : 3 if config.lateral else 2].contiguous()
        self.first_bias, self.mask = first_bias, first[:, :, 3:4, None]
        self.rate, self.keep = tensor(rate[:, :, 0]), tensor(keep[:, :, 0])
        self.W, self.V, self.M = ([tensor(both(m)) for m in matrices] for matrices in zip(*pairs["layers"]))
        self.n = n = pairs["theta"].shape[0]
        self.b = [torch.zeros(n, w, 1) for w in config.widths[1:]]
        self.labelled = tensor(both(pairs["labelled"]))
        self.labels = tensor(both(one_hot(pairs["labels"], config.classes)))
        self.unlabelled = tensor(both(pairs["unlabelled"]))
        self.test = tensor(both(pairs["test"]))
        self.testLabels = tensor(both(one_hot(pairs["testLabels"], config.classes)))
        self.heard = [torch.zeros(n, 3, w, config.batch) for w in config.widths]

    def ask(self, l, first, last):
        """The answers first .. last - 1 of the rule for layer l: [n, answers, neurons, examples]."""
        c = self.config
        width, items = c.widths[l], c.widths[l] * c.batch
        heard = self.heard[l].view(self.n, 3, items)[:, : self.first.shape[2]]
        h = torch.baddbmm(self.first_bias, self.first, heard)
        h.view(self.n, -1, width, c.batch)[..., : c.labelled] += self.mask
        h.tanh_()
        for weights, bias in self.rest[:-1]:
            h = torch.baddbmm(bias, weights, h).tanh_()
        weights, bias = self.rest[-1]
        out = torch.baddbmm(bias[:, first:last], weights[:, first:last], h).view(self.n, last - first, width, c.batch)
        if c.prior:
            z, r = self.heard[l][:, 0], self.heard[l][:, 1]
            for answer, plane in ((0, r), (1, r), (2, z), (3, z), (4, r)):
                if first <= answer < last:
                    out[:, answer - first] += plane
        return out

    def forward(self, x):
        for W, b in zip(self.W[:-1], self.b[:-1]):
            x = torch.baddbmm(b, W, x).tanh_()
            yield x
        yield torch.baddbmm(self.b[-1], self.W[-1], x)

    def change(self, w, which, product, fan_in):
        product *= self.rate[:, which : which + 1] * (1 / (self.config.batch * fan_in))
        w.mul_(self.keep[:, which : which + 1]).add_(product)
        torch.nan_to_num_(w, nan=10)
        w.clamp_(-10, 10)

    def step(self, t):
        c, top = self.config, len(self.W)
        x = self.heard[0][:, 0]
        x[:, :, : c.labelled] = self.labelled
        x[:, :, c.labelled :] = self.unlabelled[:, :, t * c.unlabelled : (t + 1) * c.unlabelled]
        for l, z in enumerate(self.forward(x), 1):
            self.heard[l][:, 0] = torch.softmax(z, 1) if l == top else z
        self.heard[top][:, 1, :, : c.labelled] = self.labels - self.heard[top][:, 0, :, : c.labelled]
        answers = [None] * (top + 1)
        for l in range(top, 0, -1):
            if c.lateral:
                self.heard[l][:, 2] = torch.bmm(self.M[l - 1], self.heard[l][:, 0])
            answers[l] = self.ask(l, 0, 7 if c.lateral else 5)
            self.heard[l - 1][:, 1] = torch.bmm(self.V[l - 1], answers[l][:, 0])
        answers[0] = self.ask(0, 2, 4)
        for l in range(1, top + 1):
            here, below = answers[l], answers[l - 1]
            preW, postV = (below[:, 0], below[:, 1]) if l == 1 else (below[:, 2], below[:, 3])
            self.change(self.W[l - 1], 0, torch.bmm(here[:, 1], preW.transpose(1, 2)), c.widths[l - 1])
            self.change(self.b[l - 1], 0, here[:, 1].sum(2, keepdim=True), 1)
            self.change(self.V[l - 1], 1, torch.bmm(postV, here[:, 4].transpose(1, 2)), c.widths[l])
            if c.lateral:
                self.change(self.M[l - 1], 2, torch.bmm(here[:, 5], here[:, 6].transpose(1, 2)), c.widths[l])

    def loss(self):
        *_, y = self.forward(self.test)
        losses = torch.logsumexp(y, 1) - (self.testLabels * y).sum(1)
        return losses.mean(1).clamp_max_(self.config.lossCap).numpy()


serve(f"PyTorch {torch.__version__}", Trainer)
