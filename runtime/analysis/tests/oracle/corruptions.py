"""Writes corruptions.json, what the code behind CIFAR-10-C makes of three images, one channel of each;
src/corruption/kinds/tests.rs holds src/corruption against it.

Arguments: ImageNet-C/create_c/make_cifar_c.py of hendrycks/robustness at 8190fe3, and corruptions.py of the PyPI package imagecorruptions
1.1.2, whose motion blur stands in for ImageMagick's. Made with python 3.11, numpy 2.4.6, scipy 1.17.1, scikit-image 0.26.0,
opencv-python-headless 5.0.0.93, pillow 13.0.0.
"""
import ast
import io
import json
import math
import pathlib
import sys
import warnings

import cv2
import numpy as np
import skimage
import skimage.color
import skimage.util
from PIL import Image
from scipy.ndimage import map_coordinates
from scipy.ndimage import zoom as scizoom

KINDS = ["gaussian_noise", "shot_noise", "impulse_noise", "defocus_blur", "glass_blur", "motion_blur", "zoom_blur", "snow", "fog",
         "brightness", "contrast", "elastic_transform", "pixelate", "jpeg_compression"]


class Even:
    """In place of numpy.random: numbers that both sides can make, the fractions of multiples of the golden ratio. Whether they have the
    right distribution does not matter here."""

    def __init__(self):
        self.count = 0

    def random(self, size=None):
        first, self.count = self.count + 1, self.count + (1 if size is None else int(np.prod(size)))
        numbers = np.arange(first, self.count + 1) * 0.6180339887498949 % 1
        return numbers[0] if size is None else numbers.reshape(size)

    def uniform(self, low=0.0, high=1.0, size=None):
        return low + (high - low) * self.random(size)

    def normal(self, loc=0.0, scale=1.0, size=None):
        return loc + scale * (4 * self.random(size) - 2)

    def randint(self, low, high, size=None):
        return np.int64(low + np.floor(self.random(size) * (high - low)))

    def poisson(self, mean):
        return np.maximum(0, np.floor(mean + np.sqrt(mean) * (4 * self.random(mean.shape) - 2)))

    def default_rng(self, seed=None):
        return self


def functions(path, names):
    """The functions of these names, without running the file; calls that libraries have since changed are brought up to date."""
    text = pathlib.Path(path).read_text()
    tree = ast.parse(text)
    parts = [ast.get_source_segment(text, node) for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in names]
    return "\n\n".join(parts).replace("multichannel=True", "channel_axis=-1").replace("np.float_", "np.float64")


class MotionImage:
    """What make_cifar_c.py asks of ImageMagick, from imagecorruptions' version of it, rounded to bytes as a PNG file is."""

    def __init__(self, blob):
        self.pixels = cv2.imdecode(np.frombuffer(blob, np.uint8), cv2.IMREAD_UNCHANGED)

    def motion_blur(self, radius, sigma, angle):
        self.pixels = np.uint8(np.round(SCOPE["_motion_blur"](self.pixels.astype(np.float64), radius, sigma, angle)))

    def make_blob(self):
        return cv2.imencode(".png", self.pixels)[1].tobytes()


SCOPE = {"np": np, "cv2": cv2, "sk": skimage, "gaussian": skimage.filters.gaussian, "math": math, "BytesIO": io.BytesIO,
         "PILImage": Image, "scizoom": scizoom, "map_coordinates": map_coordinates, "MotionImage": MotionImage}


def images():
    """Smooth colours, a checked pattern with noise, and one nearly white on nearly black."""
    rng = np.random.default_rng(5)
    row, column = np.mgrid[0:32, 0:32] / 31
    smooth = np.stack([row, column, (row + column) / 2], -1) * 220 + 20
    checked = np.where(((row * 31 // 4 + column * 31 // 4) % 2)[..., None] > 0, [200, 60, 30], [40, 90, 180]) + rng.normal(0, 20, (32, 32, 3))
    disk = np.where(((row - 0.4) ** 2 + (column - 0.5) ** 2 < 0.08)[..., None], 250, 4) + np.zeros((32, 32, 3))
    return [np.uint8(np.clip(image, 0, 255)) for image in (smooth, checked, disk)]


def main():
    warnings.simplefilter("ignore")
    exec(functions(sys.argv[2], ["getOptimalKernelWidth1D", "gauss_function", "getMotionBlurKernel", "shift", "_motion_blur"]), SCOPE)
    exec(functions(sys.argv[1], KINDS + ["disk", "plasma_fractal", "clipped_zoom"]), SCOPE)
    np.fromstring = np.frombuffer
    originals, cases = images(), []
    for kind in KINDS:
        for severity in range(1, 6):
            even, number, channel = Even(), (severity + KINDS.index(kind)) % 3, severity % 3
            for name in ("random", "uniform", "normal", "randint", "poisson", "default_rng"):
                setattr(np.random, name, getattr(even, name))
            result = np.uint8(SCOPE[kind](Image.fromarray(originals[number]), severity))
            cases.append({"kind": kind, "severity": severity, "image": number, "channel": channel,
                          "result": result[..., channel].tobytes().hex()})
    result = {"images": [image.tobytes().hex() for image in originals], "cases": cases}
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=0) + "\n")


main()
