"""Submits a run to a metaplast server, follows it, and loads the trained rule: the standard library and numpy alone.

    npx metaplast serve &
    python3 examples/remote.py [spec.json]         METAPLAST_URL and METAPLAST_TOKEN say where, and who asks
"""
import io
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid

import numpy as np

URL = os.environ.get("METAPLAST_URL", "http://127.0.0.1:8420").rstrip("/")
TOKEN = os.environ.get("METAPLAST_TOKEN")


def ask(path, body=None, **headers):
    """The open reply; a body makes it a POST. What the server refuses ends the program with the fields that are wrong."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if TOKEN:
        headers["authorization"] = f"Bearer {TOKEN}"
    if body is not None:
        body = json.dumps(body).encode()
        headers["content-type"] = "application/json"
    try:
        return urllib.request.urlopen(urllib.request.Request(URL + path, body, headers), timeout=60)
    except urllib.error.HTTPError as error:
        if error.code == 503:
            raise
        problem = json.load(error)
        fields = "".join(f"\n  {field['pointer']}: {field['detail']}" for field in problem.get("errors", []))
        sys.exit(f"{problem['title']}: {problem['detail']}{fields}")


def follow(run):
    """Yields (event, data) to the run's end. A connection that breaks is made again, and goes on after the last event."""
    last = {}
    while True:
        try:
            with ask(f"/v1/runs/{run}/events?since=0", **last) as stream:
                event, identity = None, None
                for line in stream:
                    name, _, value = line.decode().rstrip("\n").partition(": ")
                    if name == "event":
                        event = value
                    elif name == "id":
                        identity = value
                    elif name == "data":
                        if identity:  # "stopping" has no place in the stream
                            last = {"last_event_id": identity}
                        if event != "stopping":
                            yield event, json.loads(value)
                        if event == "end":
                            return
        except OSError as error:
            print(f"({error}; trying again)", file=sys.stderr)
        time.sleep(1)


if len(sys.argv) > 1:
    with open(sys.argv[1]) as file:
        spec = json.load(file)
else:
    spec = {"outer": {"generations": 40, "pairs": 16}, "evaluation": {"every": 20, "trials": 50}}

# The same key again gives the same run: a submission whose reply was lost can be repeated.
run = json.load(ask("/v1/runs", {"spec": spec, "name": "from python"}, idempotency_key=str(uuid.uuid4())))
print(f"run {run['id']}")

losses = []
for event, data in follow(run["id"]):
    if event == "state":
        print(f"  {data['state']}")
    elif event == "generation":
        losses.append(data["meanLoss"])
    elif event == "end" and data["state"] != "succeeded":
        sys.exit(f"the run {data['state']}: {json.load(ask('/v1/runs/' + run['id']))['reason']}")
print(f"{len(losses)} generations, mean meta-loss of the first and last five: {np.mean(losses[:5]):.3f}, {np.mean(losses[-5:]):.3f}")

file = np.load(io.BytesIO(ask(f"/v1/runs/{run['id']}/checkpoints/latest?format=npz").read()))
theta = file["theta"]
print(f"theta: {theta.size} numbers of {theta.dtype}, generation {file['generation']}, norm {np.linalg.norm(theta):.4f}, sha256 {file['sha256']}")
