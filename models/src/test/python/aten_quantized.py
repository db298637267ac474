"""Cases of quantised tensors and the layers that take them: python3 aten_quantized.py [FOLDER]."""

import torch

import aten_bed
from aten_bed import real, whole

torch.backends.quantized.engine = "qnnpack"
bed = aten_bed.Bed()
OUTPUT = (0.0713, 3)


def start(operator, *floats, scale=0.0497, zero=100):
    """A case that begins with quantised tensors."""
    number = sum(each.title.split(" #")[0] == operator for each in bed.cases) + 1
    case = bed.case(f"{operator} #{number}" if number > 1 else operator)
    return [case] + [case.call("quantize_per_tensor", case.input(each), scale, zero, torch.quint8) for each in floats]


def finish(case, result):
    case.gives(case.call("dequantize.self", result))
    return case.near(1e-6)


def weight(case, *shape, axis=None):
    """Weights with one scale, or one for each place of an axis."""
    floats = case.input(real(*shape))
    if axis is None:
        return case.call("quantize_per_tensor", floats, 0.0213, 0, torch.qint8)
    scales = torch.linspace(0.015, 0.03, shape[axis], dtype=torch.float64)
    zeros = torch.zeros(shape[axis], dtype=torch.int64)
    return case.call("quantize_per_channel", floats, case.input(scales), case.input(zeros), axis, torch.qint8)


def tensors():
    case, x = start("int_repr", real(2, 3))
    case.gives(case.call("int_repr", x))
    case, x = start("q_scale", real(2, 3))
    case.gives(case.call("q_scale", x))
    case.gives(case.call("q_zero_point", x))
    case = bed.case("q_per_channel_scales")
    w = weight(case, 3, 2, axis=0)
    for question in ["q_per_channel_scales", "q_per_channel_zero_points", "q_per_channel_axis", "int_repr"]:
        case.gives(case.call(question, w))
    for operator, *arguments in [("relu",), ("flatten", 1), ("max_pool1d", [2]), ("avg_pool1d", [3], [1]), ("mean.dim", [1]),
                                 ("sigmoid",), ("tanh",), ("transpose.int", 0, 1), ("leaky_relu", 0.1)]:
        case, x = start(f"{operator} of a quantised tensor", real(2, 3, 4))
        y = case.call(operator, x, *arguments)
        case.gives(case.call("int_repr", y))
        case.gives(case.call("q_scale", y))
    case, x = start("cat of quantised tensors", real(2, 3))
    other = case.call("quantize_per_tensor", case.input(real(2, 3)), 0.03, 110, torch.quint8)
    finish(case, case.call("cat", [x, other], 1))


def arithmetic():
    for operator in ["add", "add_relu", "mul", "mul_relu"]:
        case, a, b = start(f"quantized::{operator}", real(2, 3), real(2, 3))
        finish(case, case.call(f"quantized::{operator}", a, b, *OUTPUT))
    for number in [0.53, -30.0, 30.0]:
        for operator in ["add_scalar", "add_scalar_relu", "mul_scalar"]:
            case, a = start(f"quantized::{operator}", real(2, 3))
            finish(case, case.call(f"quantized::{operator}", a, number))
    for operator in ["cat", "cat_relu"]:
        case, a, b = start(f"quantized::{operator}", real(2, 3), real(2, 2))
        finish(case, case.call(f"quantized::{operator}", [a, b], 1, *OUTPUT))
    for operator, *arguments in [("hardswish", *OUTPUT), ("sigmoid", 1 / 256, 0), ("elu", *OUTPUT, 1.0),
                                 ("leaky_relu", 0.1, False, *OUTPUT), ("celu", *OUTPUT, 1.0)]:
        case, a = start(f"quantized::{operator}", real(2, 3))
        finish(case, case.call(f"quantized::{operator}", a, *arguments))
    case, a = start("quantized::layer_norm", real(2, 4))
    finish(case, case.call("quantized::layer_norm", a, [4], case.input(real(4)), case.input(real(4)), 1e-5, *OUTPUT))
    case, a = start("quantized::group_norm", real(2, 4, 3))
    finish(case, case.call("quantized::group_norm", a, 2, case.input(real(4)), case.input(real(4)), 1e-5, *OUTPUT))
    case, a = start("quantized::instance_norm", real(2, 2, 4))
    finish(case, case.call("quantized::instance_norm", a, case.input(real(2)), case.input(real(2)), 1e-5, *OUTPUT))
    for suffix in ["", "_relu"]:
        case, a = start(f"quantized::batch_norm2d{suffix}", real(2, 3, 2, 2))
        rest = [case.input(each) for each in [real(3), real(3), real(3), real(3).abs() + 1]]
        finish(case, case.call(f"quantized::batch_norm2d{suffix}", a, *rest, 1e-5, *OUTPUT))


def layers():
    for axis in [None, 0]:
        for suffix in ["", "_relu"]:
            case, x = start(f"quantized::linear{suffix}", real(2, 3, 4))
            packed = case.call("quantized::linear_prepack", weight(case, 5, 4, axis=axis), case.input(real(5)))
            finish(case, case.call(f"quantized::linear{suffix}", x, packed, *OUTPUT)).known()
            case, x = start(f"quantized::conv2d{suffix}", real(1, 4, 5, 5))
            w = weight(case, 6, 2, 3, 3, axis=axis)
            packed = case.call("quantized::conv2d_prepack", w, case.input(real(6)), [2, 1], [1, 0], [1, 1], 2)
            finish(case, case.call(f"quantized::conv2d{suffix}.new", x, packed, *OUTPUT)).known()
            case, x = start(f"quantized::conv1d{suffix}", real(1, 3, 6))
            w = weight(case, 4, 3, 3, axis=axis)
            packed = case.call("quantized::conv1d_prepack", w, case.input(real(4)), [1], [1], [1], 1)
            finish(case, case.call(f"quantized::conv1d{suffix}", x, packed, *OUTPUT)).known()
    case, x = start("quantized::conv_transpose2d", real(1, 3, 3, 3))
    w = weight(case, 3, 2, 2, 2)
    packed = case.call("quantized::conv_transpose2d_prepack", w, case.input(real(2)), [2, 2], [0, 0], [1, 1], [1, 1], 1)
    finish(case, case.call("quantized::conv_transpose2d", x, packed, *OUTPUT)).known()
    for suffix in ["", "_relu"]:
        case = bed.case(f"quantized::linear{suffix}_dynamic")
        packed = case.call("quantized::linear_prepack", weight(case, 5, 4), case.input(real(5)))
        case.gives(case.call(f"quantized::linear{suffix}_dynamic", case.input(real(2, 4)), packed, False))
        case.near(1e-5).known()


tensors()
arithmetic()
layers()

if __name__ == "__main__":
    aten_bed.write({"quantized.txt": bed})
