"""Writes the programs of this folder, with inputs and what PyTorch 2.6 gives: OMP_NUM_THREADS=1 python3 write.py"""

import io
import json
import os
import zipfile

import torch
from torch import nn
from torch._higher_order_ops.map import map as torch_map
from torch._higher_order_ops.while_loop import while_loop
from torch.export import Dim

PROGRAM = "serialized_exported_program.json"
TYPES = {torch.float32: "FP32", torch.int64: "INT64", torch.bool: "BOOL", torch.float64: "FP64", torch.int32: "INT32"}
NUMBERS = {torch.uint8: 1, torch.int8: 2, torch.int16: 3, torch.int32: 4, torch.int64: 5, torch.float16: 6,
           torch.float32: 7, torch.float64: 8, torch.bool: 12, torch.bfloat16: 13}


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 8)
        self.b = nn.Linear(8, 3)

    def forward(self, x):
        return self.b(torch.relu(self.a(x)))


class Branches(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(4, 4)

    def forward(self, x):
        y = torch.cond(x.sum() > 0, lambda x: self.a(x) + 1, lambda x: x.cos() * 2, (x,))
        return torch.cond(x.shape[0] > 2, lambda y: y.view(-1, 2).sum(1), lambda y: y.view(-1, 2).prod(1), (y,))


class While(nn.Module):
    def forward(self, i, x):
        return while_loop(lambda i, x: i < 5, lambda i, x: (i + 1, x * 2 + 1), (i, x))


class Map(nn.Module):
    def forward(self, xs, y):
        return torch_map(lambda x, y: x.sin() + y, xs, y)


class InPlace(nn.Module):
    def forward(self, x):
        y = x.clone()
        y[:, 1:3].add_(5)
        y[0].mul_(0)
        z = y.t()
        z[2] = 7
        y.relu_()
        return y, z.sum()


class Outputs(nn.Module):
    def forward(self, pair):
        a, b = pair["a"], pair["b"]
        n = a.shape[0]
        return {"halves": a.reshape(n // 2, 2, -1).sum(1), "rows": n + 3, "same": b, "twice": b + b}


class Buffers(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("kept", torch.tensor([1.0, 2.0]))
        self.register_buffer("unsaved", torch.arange(4).float(), persistent=False)
        self.constant = torch.ones(2) * 3
        self.norm = nn.BatchNorm1d(2)

    def forward(self, x):
        with torch.no_grad():
            y = self.norm(x) * self.kept
        return y + self.unsaved.sum() + self.constant


class Counter(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("count", torch.zeros(2))

    def forward(self, x):
        self.count.add_(1)
        return x + self.count


class Sizes(nn.Module):
    def forward(self, x, y):
        n = x.shape[0]
        half = (n + 1) // 2
        scale = n / 4
        return torch.arange(half) * scale, y.view(n, -1).sum(1) + n % 3, torch.arange(n * 2) % 3


def entry(name, tensor):
    return {"name": name, "datatype": TYPES[tensor.dtype], "shape": list(tensor.shape),
            "values": tensor.flatten().tolist()}


def flat(value):
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, int):
        return [torch.tensor([value])]
    if value is None:
        return []
    return [each for item in (value.values() if isinstance(value, dict) else value) for each in flat(item)]


def repacked(data):
    """The archive without examples, with the last line of stack traces alone, and with the same bytes on every day."""
    source = zipfile.ZipFile(io.BytesIO(data))
    program = json.loads(source.read(PROGRAM))

    def strip(value):
        if isinstance(value, dict):
            if "metadata" in value:
                trace = value["metadata"].get("stack_trace", "").strip().split("\n")[-1].strip()
                value["metadata"] = {"stack_trace": trace} if trace else {}
            for each in value.values():
                strip(each)
        elif isinstance(value, list):
            for each in value:
                strip(each)

    strip(program)
    return program, source


def archive(entries):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, data in entries:
            target.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def nested(program, source):
    names = ["serialized_state_dict.pt", "serialized_constants.pt", "version"]
    return archive([(PROGRAM, json.dumps(program))] + [(name, source.read(name)) for name in names])


def packaged(program, exported):
    """The layout of PyTorch 2.8."""
    program = dict(program, schema_version={"major": 8, "minor": 8})
    entries = [("package/archive_format", "pt2"), ("package/archive_version", "0"), ("package/byteorder", "little"),
               ("package/models/model.json", json.dumps(program))]
    for folder, prefix, tensors in (("weights", "weight", exported.state_dict),
                                    ("constants", "tensor", exported.constants)):
        config = {}
        for i, (key, tensor) in enumerate(tensors.items()):
            path = f"{prefix}_{i}"
            pickled = i == 1
            raw = io.BytesIO()
            if pickled:
                torch.save(tensor.detach(), raw)
            else:
                raw.write(bytes(tensor.detach().untyped_storage().tolist()))
            entries.append((f"package/data/{folder}/{path}", raw.getvalue()))
            config[key] = {"path_name": path, "is_param": isinstance(tensor, nn.Parameter), "use_pickle": pickled,
                           "tensor_meta": None if pickled else {
                               "dtype": NUMBERS[tensor.dtype],
                               "sizes": [{"as_int": n} for n in tensor.shape],
                               "strides": [{"as_int": n} for n in tensor.stride()],
                               "storage_offset": {"as_int": tensor.storage_offset()},
                               "requires_grad": False, "device": {"type": "cpu", "index": None}, "layout": 7}}
        entries.append((f"package/data/{folder}/model_{folder}_config.json", json.dumps({"config": config})))
    return archive(entries)


def write(name, model, args, cases, dynamic=None, strict=False, layout="nested"):
    torch.manual_seed(3)
    model = model() if isinstance(model, type) else model
    exported = torch.export.export(model.eval(), args, dynamic_shapes=dynamic, strict=strict)
    buffer = io.BytesIO()
    torch.export.save(exported, buffer)
    program, source = repacked(buffer.getvalue())
    os.makedirs(name, exist_ok=True)
    with open(f"{name}/model.pt2", "wb") as file:
        file.write(nested(program, source) if layout == "nested" else packaged(program, exported))
    for case, inputs in cases.items():
        copies = [each.clone() if isinstance(each, torch.Tensor) else each for each in inputs]
        results = flat(exported.module()(*inputs))
        os.makedirs(f"{name}/{case}", exist_ok=True)
        with open(f"{name}/{case}/case.json", "w") as file:
            json.dump({"inputs": [entry(f"input_{i}", each) for i, each in enumerate(flat(copies))],
                       "outputs": [entry(f"output_{i}", each) for i, each in enumerate(results)]}, file)
            file.write("\n")


def main():
    torch.manual_seed(5)
    rows = {0: Dim("rows", min=2, max=64)}
    write("mlp", Mlp, (torch.randn(3, 4),), {"b3": (torch.randn(3, 4),), "b1": (torch.randn(1, 4),)}, {"x": rows})
    write("packaged", Mlp, (torch.randn(3, 4),), {"b2": (torch.randn(2, 4),)}, {"x": rows}, layout="packaged")
    plus = torch.ones(2, 4)
    many = torch.randn(5, 4).abs()
    write("branches", Branches, (torch.randn(3, 4),),
          {"positive": (plus,), "negative": (-plus,), "many": (many,), "many-negative": (-many,)}, {"x": rows})
    write("while", While, (torch.tensor(0), torch.randn(3)),
          {"five": (torch.tensor(0), torch.randn(3)), "none": (torch.tensor(9), torch.randn(3))}, strict=True)
    write("map", Map, (torch.randn(5, 3), torch.randn(3)), {"b5": (torch.randn(5, 3), torch.randn(3))}, strict=True)
    write("in-place", InPlace, (torch.randn(3, 4),), {"b3": (torch.randn(3, 4),), "b5": (torch.randn(5, 4),)}, {"x": rows})
    half = Dim("half", min=2, max=64)
    write("outputs", Outputs, ({"a": torch.randn(4, 4), "b": torch.randn(3)},),
          {"b6": ({"a": torch.randn(6, 4), "b": torch.randn(3)},)}, {"pair": {"a": {0: 2 * half}, "b": None}})
    write("buffers", Buffers, (torch.randn(3, 2),), {"b3": (torch.randn(3, 2),)})
    write("counter", Counter, (torch.randn(3, 2),), {})
    n = Dim("n", min=3, max=32)
    write("sizes", Sizes, (torch.randn(4, 2), torch.randn(4, 6)),
          {"b5": (torch.randn(5, 2), torch.randn(5, 6)), "b8": (torch.randn(8, 2), torch.randn(8, 6))},
          {"x": {0: n}, "y": {0: n}})


if __name__ == "__main__":
    main()
