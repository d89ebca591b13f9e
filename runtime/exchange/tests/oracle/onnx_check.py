"""Runs every network of specs/ in onnxruntime and in hetc, with random weights, and prints the largest difference.

    python onnx_check.py HETC SPECS [NET]    onnx 1.23.2, onnxruntime 1.31.1, safetensors 0.8.0, numpy 2.4.6

Norms get statistics, and cells trained numbers, that differ from where they start. Noise that is there always is a draw of whoever runs
the network, so its spec is read without it. Exits with 1 if a difference is above 1e-4 of the largest output.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

import numpy
import onnx
import onnxruntime
from safetensors import safe_open
from safetensors.numpy import save_file

BATCH = 3


def run(*args):
    done = subprocess.run([str(arg) for arg in args], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr.strip())
    return done.stdout


def changed(path, random):
    with safe_open(path, "numpy") as file:
        about = file.metadata()
        tensors = {name: file.get_tensor(name) for name in file.keys()}
    for name, tensor in tensors.items():
        noise = random.standard_normal(tensor.shape).astype(numpy.float32)
        tensors[name] = tensor * (1 + 0.1 * numpy.abs(noise)) if name.endswith(".var") else tensor + 0.05 * noise
    save_file(tensors, path, about)


def check(hetc, spec, net, folder, random):
    weights, model, samples, said = (folder / name for name in ["w.safetensors", "m.onnx", "x.npy", "y.csv"])
    run(hetc, "export", spec, "--net", net, "--to", weights)
    changed(weights, random)
    run(hetc, "export", weights, "--to", model)
    onnx.checker.check_model(str(model), full_check=True)
    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    shape = session.get_inputs()[0].shape[1:]
    x = random.standard_normal([BATCH, *shape]).astype(numpy.float32)
    numpy.save(samples, x)
    theirs = session.run(None, {"input": x})[0].reshape(BATCH, -1)
    run(hetc, "predict", weights, samples, "--numbers", "--format", "csv", "-o", said)
    ours = numpy.genfromtxt(said, delimiter=",", skip_header=1, ndmin=2)[:, 1:]
    return numpy.abs(ours - theirs).max(), numpy.abs(ours).max(), sorted({n.op_type for n in onnx.load(str(model)).graph.node})


def main():
    hetc, specs = sys.argv[1], pathlib.Path(sys.argv[2])
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        copy = folder / "specs"
        subprocess.run(["cp", "-r", specs, copy], check=True)
        for spec in sorted(copy.glob("*.net")):
            text = spec.read_text().replace(" always=yes", "")
            spec.write_text(text)
            for net in re.findall(r"^(?:net|variant|baseline) (\w+)", text, re.M):
                if len(sys.argv) > 3 and sys.argv[3] != net:
                    continue
                try:
                    far, largest, operators = check(hetc, spec, net, folder, numpy.random.default_rng(1))
                except Exception as error:
                    print(f"{net:32} FAILED {error}", flush=True)
                    worst = numpy.inf
                    continue
                worst = max(worst, far / largest)
                print(f"{net:32} {far:9.2e} of {largest:9.3g}  {' '.join(operators)}", flush=True)
    print(f"largest difference: {worst:.2e} of the largest output")
    sys.exit(int(worst > 1e-4))


main()
