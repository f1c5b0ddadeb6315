"""Reads the rule that metaplast trained and asks it, in numpy alone: python3 examples/use-theta.py out/quickstart/theta.npz

The layout of theta is in docs/rule.md: MLP weights (a row an input), biases, log rates, decay logits.
"""
import json
import sys

import numpy as np

file = np.load(sys.argv[1] if len(sys.argv) > 1 else "out/quickstart/theta.npz")
theta, spec = file["theta"], json.loads(str(file["spec"]))
print(f"{theta.size} parameters, seed {file['seed']}, generation {file['generation']}, kernel {str(file['kernel'])[:12]}")

widths, at, layers = [4, *spec["rule"]["hidden"], 7], 0, []
for inputs, outputs in zip(widths, widths[1:]):
    weights = theta[at : at + inputs * outputs].reshape(inputs, outputs)
    biases = theta[at + inputs * outputs : at + (inputs + 1) * outputs]
    layers.append((weights, biases))
    at += (inputs + 1) * outputs
rates, decays = np.exp(theta[at : at + 3]), 1 / (1 + np.exp(-theta[at + 3 : at + 6]))


def ask(z, r, s, m):
    """What a neuron is told: activation, reverse signal, lateral signal, labelled or not -> the rule's seven answers."""
    x = np.array([z, r, s, m], dtype=np.float32)
    for weights, biases in layers[:-1]:
        x = np.tanh(x @ weights + biases)
    weights, biases = layers[-1]
    prior = [r, r, z, z, r, 0, 0] if spec["rule"]["prior"] == "feedback-alignment" else np.zeros(7)
    return x @ weights + biases + prior


print("rates  W, V, M:", np.round(rates, 3), " decays:", np.round(decays, 4))
names = ["delta", "postW", "preW", "postV", "preV", "postM", "preM"]
for labelled in (1, 0):
    answers = ask(z=0.5, r=-0.3 * labelled, s=0.1, m=labelled)
    print("labelled  " if labelled else "unlabelled", dict(zip(names, np.round(answers, 3).tolist())))
