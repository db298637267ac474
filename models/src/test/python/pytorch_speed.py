"""Runs TorchScript files with libtorch, one thread, for PyTorchSpeed, which starts this and writes commands to it:

    load FILE CASE   a trace is frozen and optimised for inference; answers "loaded MILLISECONDS"
    run SECONDS      runs at least so long; answers "ran MILLISECONDS", the median of one run
"""

import json
import pathlib
import statistics
import sys
import time

import numpy
import torch

NUMBERS = {"FP32": numpy.float32, "FP64": numpy.float64, "INT64": numpy.int64, "INT32": numpy.int32, "BOOL": numpy.bool_}


def inputs_of(case):
    folder = pathlib.Path(case)
    for port in json.loads((folder / "case.json").read_text())["inputs"]:
        numbers = numpy.fromfile(folder / port["file"], NUMBERS[port["datatype"]]).reshape(port["shape"])
        yield torch.from_numpy(numbers)


def load(file):
    model = torch.jit.load(file).eval()
    return torch.jit.optimize_for_inference(torch.jit.freeze(model))


def arguments(model, tensors):
    """The tensors as the arguments of forward, the last of which may be a list."""
    count = len(model.forward.schema.arguments) - 1
    return tensors if count == len(tensors) else (*tensors[:count - 1], list(tensors[count - 1:]))


def main():
    torch.set_num_threads(1)
    # PyTorch's own packages for CPUs are without it; Debian's compiles some networks for minutes.
    torch._C._jit_set_texpr_fuser_enabled(False)
    model, inputs = None, ()
    with torch.inference_mode():
        for line in sys.stdin:
            words = line.split()
            if words[0] == "load":
                begin = time.perf_counter()
                model = load(words[1])
                spent = time.perf_counter() - begin
                inputs = arguments(model, tuple(inputs_of(words[2])))
                for _ in range(4):  # the executor profiles the first runs, and compiles
                    model(*inputs)
                print(f"loaded {spent * 1e3:.3f}", flush=True)
            else:
                times, end = [], time.perf_counter() + float(words[1])
                while time.perf_counter() < end or len(times) < 3:
                    begin = time.perf_counter()
                    model(*inputs)
                    times.append(time.perf_counter() - begin)
                print(f"ran {statistics.median(times) * 1e3:.4f}", flush=True)


if __name__ == "__main__":
    main()
