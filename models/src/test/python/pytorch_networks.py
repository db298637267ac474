"""Saves torchvision's architectures with random weights in each of PyTorch's formats, and what PyTorch gives for them:

    python3 pytorch_networks.py FOLDER [--only REGEX] [--forms pt2,core,trace,script,onnx] [--side PIXELS]

Each gets a folder with model.pt2, model.core.pt2 (decomposed to core ATen), model.trace.pt, model.script.pt, model.onnx and the
case b1 (case.json, in_N.bin, out_N.bin). Images are as small as the architecture takes them, or have the given side. A form that torch itself refuses has a file with the reason: model.pt2.refused.
"""

import argparse
import json
import pathlib
import re

import torch
import torchvision

TYPES = {torch.float32: "FP32", torch.float64: "FP64", torch.int64: "INT64", torch.int32: "INT32", torch.bool: "BOOL",
         torch.float16: "FP16"}
SIDES = {"inception_v3": 96, "vit_h_14": 70, "vit_b_16": 64, "vit_b_32": 64, "vit_l_16": 64, "vit_l_32": 64,
         "maxvit_t": 224, "alexnet": 96, "squeezenet1_0": 96, "squeezenet1_1": 96}
IMAGES = {"vit_h_14": 70, "vit_b_16": 64, "vit_b_32": 64, "vit_l_16": 64, "vit_l_32": 64}


def settle(model):
    """Weights and running averages with which the numbers neither vanish nor grow, whatever the depth."""
    generator = torch.Generator().manual_seed(7)
    for module in model.modules():
        if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
            module.running_mean.copy_(torch.randn(module.running_mean.shape, generator=generator) * 0.1)
            module.running_var.copy_(torch.rand(module.running_var.shape, generator=generator) + 0.5)
    return model


def example(name, module, side=None):
    """An input as small as the architecture takes it, or images of a side."""
    generator = torch.Generator().manual_seed(3)
    if "video" in module or "optical" in module:
        frames, side = (16, 224) if name.startswith(("mvit", "s3d")) else (8, 64)
        if name.startswith("swin3d"):
            frames, side = 8, 64
        return torch.rand((1, 3, frames, side, side), generator=generator)
    side = side or SIDES.get(name, 64)
    return torch.rand((1, 3, side, side), generator=generator)


def architectures():
    """Names and builders."""
    for name in torchvision.models.list_models():
        if name.startswith("quantized_"):
            continue
        builder = torchvision.models.get_model_builder(name)
        module = builder.__module__
        if ".detection." in module or ".optical_flow." in module:
            continue
        yield name, builder, module


def build(name, builder, module, side=None):
    torch.manual_seed(11)
    options = {"weights": None}
    if ".segmentation." in module:
        options["weights_backbone"] = None
    if name in IMAGES:
        options["image_size"] = side or IMAGES[name]
    if name in ["googlenet", "inception_v3"]:
        options["init_weights"] = True
    return settle(builder(**options).eval())


def flat(value):
    """Tensors of a result in the order in which exported programs give them."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        return [tensor for each in value.values() for tensor in flat(each)]
    if value is None:
        return []
    return [tensor for each in value for tensor in flat(each)]


def save_case(folder, inputs, outputs, note):
    folder.mkdir(parents=True, exist_ok=True)
    ports = {"note": note, "inputs": [], "outputs": []}
    for kind, tensors in [("in", inputs), ("out", outputs)]:
        for index, tensor in enumerate(tensors):
            file = f"{kind}_{index}.bin"
            (folder / file).write_bytes(tensor.detach().contiguous().numpy().tobytes())
            ports["inputs" if kind == "in" else "outputs"].append(
                {"name": f"{kind}_{index}", "datatype": TYPES[tensor.dtype], "shape": list(tensor.shape), "file": file})
    (folder / "case.json").write_text(json.dumps(ports, indent=1))


def save_forms(folder, model, inputs, forms, dynamic=None):
    """Writes each form, or why torch refuses it."""
    writers = {
        "pt2": lambda file: torch.export.save(torch.export.export(model, inputs, dynamic_shapes=dynamic), file),
        "core": lambda file: torch.export.save(
            torch.export.export(model, inputs, dynamic_shapes=dynamic).run_decompositions(), file),
        "trace": lambda file: torch.jit.save(torch.jit.trace(model, inputs, strict=False), file),
        "script": lambda file: torch.jit.save(torch.jit.script(model), file),
        "onnx": lambda file: torch.onnx.export(model, inputs, file, dynamo=False),
    }
    for form in forms:
        file = folder / {"pt2": "model.pt2", "core": "model.core.pt2", "onnx": "model.onnx"}.get(form, f"model.{form}.pt")
        try:
            writers[form](str(file))
        except Exception as refusal:  # what torch cannot write is no file
            file.unlink(missing_ok=True)
            pathlib.Path(f"{file}.refused").write_text(str(refusal)[:2000])


def save(folder, model, inputs, forms, dynamic=None):
    with torch.no_grad():
        outputs = flat(model(*inputs))
    save_case(folder / "b1", inputs, outputs, f"torch {torch.__version__}, random weights")
    with torch.no_grad():
        save_forms(folder, model, inputs, forms, dynamic)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--only", default=".*")
    arguments.add_argument("--forms", default="pt2,core,trace,script")
    arguments.add_argument("--side", type=int)
    options = arguments.parse_args()
    torch.set_num_threads(1)
    for name, builder, module in architectures():
        folder = options.folder / name
        if not re.fullmatch(options.only, name) or (folder / "b1" / "case.json").exists():
            continue
        try:
            model = build(name, builder, module, options.side)
            save(folder, model, (example(name, module, options.side),), options.forms.split(","))
            print(name, "saved", flush=True)
        except Exception as failure:
            print(name, "cannot be built or run:", str(failure)[:200].replace("\n", " "), flush=True)


if __name__ == "__main__":
    main()
