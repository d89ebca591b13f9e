"""Reads event files back with TensorBoard's own reader and compares every scalar with the study.

    python tensorboard_reads.py FOLDER

FOLDER holds what `tensorboard::write` left and the study as study.json. Made for tensorboard 2.21.0 (python 3.11).
tests/tensorboard.rs runs it where the package is there; HETC_PYTHON names the interpreter.
"""
import json
import pathlib
import sys

import numpy as np
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

folder = pathlib.Path(sys.argv[1])
study = json.loads((folder / "study.json").read_text())
tags = {
    "loss/train": "train_loss", "loss/validation": "validation_loss", "loss/test": "test_loss",
    "accuracy/train": "train_accuracy", "accuracy/validation": "validation_accuracy", "accuracy/test": "test_accuracy",
    "seconds": "seconds",
}
compared = 0
for group in study["groups"]:
    for run in group["runs"]:
        events = EventAccumulator(str(folder / group["name"] / f"seed-{run['seed']}"))
        events.Reload()
        for tag, key in tags.items():
            expected = [(epoch["epoch"], float(np.float32(epoch[key]))) for epoch in run["epochs"] if epoch[key] is not None]
            found = [(event.step, event.value) for event in events.Scalars(tag)] if expected else []
            assert found == expected, (group["name"], run["seed"], tag, found, expected)
            compared += len(found)
        assert set(events.Tags()["scalars"]) <= set(tags)
assert compared > 0
print(compared, "scalars are equal")
