"""Cases of operators that are made of others: python3 aten_compositions.py [FOLDER]."""

import math

import torch
import torchvision  # noqa: F401 - has operators

import aten_bed
from aten_bed import real, whole

bed = aten_bed.Bed()


def one(operator, *arguments, **named):
    return bed.one(operator, *arguments, **named).near(1e-4)


def losses():
    for reduction in [1, 0, 2]:
        one("mse_loss", real(2, 3), real(2, 3), reduction)
        one("l1_loss", real(2, 3), real(2, 3), reduction)
        one("smooth_l1_loss", real(2, 3), real(2, 3), reduction, 0.7)
        one("huber_loss", real(2, 3), real(2, 3), reduction, 0.7)
    one("smooth_l1_loss", real(2, 3), real(2, 3), 1, 0.0)
    one("kl_div", real(2, 3), torch.tensor([[0.5, 0, 0.5], [0.1, 0.2, 0.7]]), 2)
    one("kl_div", real(2, 3), real(2, 3), 0, log_target=True)


def distances():
    one("cosine_similarity", real(2, 3), real(2, 3))
    one("cosine_similarity", real(2, 3, 4), real(4), -1)
    one("cosine_similarity", torch.zeros(2, 3), real(2, 3))
    one("pairwise_distance", real(2, 3), real(2, 3))
    one("pairwise_distance", real(2, 3), real(2, 3), 1.0, 1e-6, True)
    one("dist", real(2, 3), real(2, 3))
    one("dist", real(2, 3), real(2, 3), 1)
    one("linalg_vecdot", real(2, 3), real(2, 3))
    one("linalg_cross", real(2, 3), real(2, 3))
    one("linalg_cross", real(3, 2), real(3, 2), dim=0)
    one("cross", real(3, 2), real(3, 2)).known()


def shapes():
    for operator in ["atleast_1d", "atleast_2d", "atleast_3d"]:
        for shape in [(), (3,), (2, 3), (2, 3, 2)]:
            one(operator, real(*shape))
    one("diff", real(2, 4))
    one("diff", real(2, 4), 2, 0)
    one("diff", whole(4), 1, 0, whole(1), whole(2))
    one("trace", real(3, 3))
    one("_safe_softmax", torch.tensor([[1.0, -math.inf], [-math.inf, -math.inf]]), -1)
    one("conv_tbc", real(5, 2, 3), real(3, 3, 4), real(4), 1)
    x = real(1, 2, 4, 4)
    y, places = torch.ops.aten.max_pool2d_with_indices(x, [2, 2])
    one("max_unpool2d", y, places, [4, 4])
    one("max_unpool2d", y[0], places[0], [5, 4])
    y, places = torch.ops.aten.max_pool3d_with_indices(real(1, 2, 2, 4, 4), [2, 2, 2])
    one("max_unpool3d", y, places, [2, 4, 4], [2, 2, 2], [0, 0, 0])
    for side, kernel, stride, padding in [(5, 2, 2, 0), (6, 3, 2, 1), (5, 3, 3, 1), (4, 2, 3, 0)]:
        one("avg_pool2d", real(1, 2, side, side), [kernel], [stride], [padding], True, True, 3).known()


def projections():
    """LSTM whose state is projected."""
    for layers, both, biases in [(1, False, True), (2, True, True), (2, True, False)]:
        directions = 2 if both else 1
        parameters = []
        for layer in range(layers):
            for _ in range(directions):
                parameters += [real(16, 3 if layer == 0 else 2 * directions), real(16, 2)]
                parameters += [real(16), real(16)] if biases else []
                parameters += [real(2, 4)]
        states = [real(layers * directions, 2, 2), real(layers * directions, 2, 4)]
        one("lstm.input", real(5, 2, 3), states, parameters, biases, layers, 0.0, False, both, False).known()
        one("lstm.data", real(8, 3), torch.tensor([2, 2, 2, 1, 1]), states, parameters, biases, layers, 0.0, False,
            both).known()


def regions():
    """torchvision's pooling by position."""
    rois = torch.tensor([[0, 1.0, 1, 6, 7], [1, 0, 2.6, 3, 2.9], [0, -3, -2.5, 12, 5], [1, 20, 20, 30, 30]])
    for scale in [1.0, 0.55]:
        case = bed.case(f"torchvision::ps_roi_pool by {scale}")
        arguments = [case.referenced(each) for each in [real(2, 12, 8, 9), rois]]
        case.gives(case.call("torchvision::ps_roi_pool", *arguments, scale, 2, 3)[0])
        case.near(1e-4).known()
    case = bed.case("torchvision::ps_roi_pool refused: so many bins")
    for tensor in [real(1, 4, 2, 2), rois[:1]]:
        case.referenced(tensor)
    case.calls.append(f"call y0 torchvision::ps_roi_pool $x0 $x1 1.0 {2 ** 32} {2 ** 32}")
    case.notes += ["known", "refused bins divide"]
    bed.refused("avg_pool2d", "avg_pool2d", real(1, 1, 4, 4), [2], [0], [0], True, True, 3).known()


losses()
distances()
shapes()
projections()
regions()

if __name__ == "__main__":
    aten_bed.write({"compositions.txt": bed})
