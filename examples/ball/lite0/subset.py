"""Writes cifar64.npz: 50 images a class to train on and 50 to test on, of CIFAR-10's binary batches, enlarged to 64x64.

    pip install numpy==2.4.6 Pillow==13.0.0
    python subset.py FOLDER         the folder with data_batch_1.bin and test_batch.bin
"""

import pathlib
import sys

import numpy
from PIL import Image


def read(name, count):
    """The first `count` images of each class, in the order of the file."""
    records = numpy.fromfile(pathlib.Path(sys.argv[1]) / name, numpy.uint8).reshape(-1, 3073)
    chosen = numpy.sort(numpy.concatenate([numpy.flatnonzero(records[:, 0] == label)[:count] for label in range(10)]))
    images = records[chosen, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    large = [numpy.asarray(Image.fromarray(image).resize((64, 64), Image.BILINEAR)) for image in images]
    return numpy.stack(large).transpose(0, 3, 1, 2), records[chosen, 0].astype(numpy.int64)


inputs, targets = read("data_batch_1.bin", 50)
test_inputs, test_targets = read("test_batch.bin", 50)
numpy.savez("cifar64.npz", inputs=inputs, targets=targets, test_inputs=test_inputs, test_targets=test_targets)
