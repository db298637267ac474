"""Cases of products, convolutions, pools and other layers: python3 aten_layers.py [FOLDER]."""

import math

import torch
import torchvision  # noqa: F401 - has operators

import aten_bed
from aten_bed import real, whole

bed = aten_bed.Bed()


def one(operator, *arguments, **named):
    return bed.one(operator, *arguments, **named).near(1e-4)


def first(operator, *arguments, **named):
    """A case of which the first result alone is compared: others are for training."""
    number = sum(each.title.split(" #")[0] == operator for each in bed.cases) + 1
    case = bed.case(f"{operator} #{number}" if number > 1 else operator)
    case.gives(case.call(operator, *[case.referenced(each) for each in arguments], **named)[0])
    return case.near(1e-4)


def products():
    one("linear", real(2, 3), real(4, 3), real(4))
    one("linear", real(2, 2, 3), real(4, 3))
    one("linear", real(3), real(4, 3), real(4))
    one("linear", real(2, 3), real(3))
    for left, right in [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((2, 2, 3), (3, 4)),
                        ((2, 2, 3), (2, 3, 4)), ((3,), (2, 3, 4)), ((2, 1, 2, 3), (3, 3, 2)), ((2, 2, 3), (3,))]:
        one("matmul", real(*left), real(*right))
    one("matmul", whole(2, 3), whole(3, 2))
    one("matmul", whole(2, 3, dtype=torch.int32), whole(3, 2, dtype=torch.int32))
    one("mm", real(2, 3), real(3, 4))
    one("mm", real(2, 3, dtype=torch.float64), real(3, 4, dtype=torch.float64))
    one("bmm", real(2, 2, 3), real(2, 3, 2))
    one("mv", real(2, 3), real(3))
    one("dot", real(4), real(4))
    one("dot", whole(4), whole(4))
    one("vdot", real(4), real(4))
    one("inner", real(2, 3), real(4, 3))
    one("inner", real(2, 3), real(3))
    one("inner", real(2, 3), real(2, 2, 3))
    one("inner", real(), real(2))
    one("addmm", real(4), real(2, 3), real(3, 4))
    one("addmm", real(2, 4), real(2, 3), real(3, 4), beta=0.5, alpha=2)
    one("addmm", torch.full((2, 4), math.nan), real(2, 3), real(3, 4), beta=0)
    one("baddbmm", real(2, 2, 4), real(2, 2, 3), real(2, 3, 4), beta=2)
    one("addbmm", real(2, 4), real(2, 2, 3), real(2, 3, 4), alpha=0.5)
    one("addmv", real(2), real(2, 3), real(3), alpha=3)
    one("addr", real(2, 3), real(2), real(3))
    one("outer", real(2), real(3))
    one("einsum", "bij,bjk->bik", [real(2, 2, 3), real(2, 3, 2)])
    one("einsum", "b h i d, b h j d -> b h i j", [real(1, 2, 2, 3), real(1, 2, 2, 3)])
    one("einsum", "i,j", [real(2), real(3)])
    one("einsum", "...ij,jk->...ik", [real(2, 2, 3), real(3, 2)])
    one("einsum", "ii->i", [real(3, 3)])
    one("einsum", "a,b,c->abc", [real(2), real(2), real(2)])
    one("einsum", "BAc,cD->BAD", [real(2, 2, 3), real(3, 2)])
    one("bilinear", real(2, 3), real(2, 4), real(5, 3, 4), real(5))
    one("bilinear", real(2, 2, 3), real(2, 2, 4), real(5, 3, 4))
    one("bilinear", real(3), real(4), real(5, 3, 4))
    one("tensordot", real(2, 3, 4), real(4, 3, 2), [1, 2], [1, 0])
    one("tensordot", real(2, 3), real(4, 2), [0], [-1])
    one("linalg_multi_dot", [real(2, 3), real(3, 4), real(4, 2)])
    one("linalg_inv", real(3, 3) + 3 * torch.eye(3))
    one("linalg_det", real(2, 3, 3))
    for p in [2.0, 1.0, 0.0, 3.0, math.inf]:
        one("cdist", real(3, 2), real(4, 2), p)
        one("cdist", real(2, 3, 2), real(2, 4, 2), p)
    one("_cdist_forward", real(3, 2), real(4, 2), 2.0, None)


def convolutions():
    one("conv1d", real(2, 3, 7), real(4, 3, 3), real(4))
    one("conv1d", real(3, 7), real(4, 3, 3), None, [2], [1])
    one("conv1d.padding", real(2, 2, 7), real(4, 2, 4), real(4), [1], "same").weights("x1")
    one("conv2d", real(2, 3, 5, 6), real(4, 3, 3, 3), real(4))
    one("conv2d", real(1, 4, 6, 7), real(4, 2, 3, 2), None, [2, 1], [1, 0], [1, 2], 2)
    one("conv2d", real(2, 4, 5, 5), real(4, 1, 3, 3), real(4), [1, 1], [1, 1], [1, 1], 4)
    one("conv2d", real(3, 5, 5), real(2, 3, 2, 2), real(2))
    one("conv2d.padding", real(1, 2, 5, 5), real(3, 2, 3, 4), None, [1, 1], "same", [2, 1]).weights("x1")
    one("conv2d.padding", real(1, 2, 5, 5), real(3, 2, 3, 3), None, [2, 2], "valid")
    one("conv3d", real(1, 2, 4, 4, 4), real(3, 2, 2, 3, 2), real(3), [1, 2, 1], [1, 1, 0])
    one("conv_transpose1d", real(1, 3, 4), real(3, 2, 3), real(2), [2], [1], [1])
    one("conv_transpose2d.input", real(1, 4, 3, 4), real(4, 2, 3, 3), real(2), [2, 2], [1, 0], [1, 0])
    one("conv_transpose2d.input", real(1, 4, 3, 4), real(4, 2, 3, 3), real(4), [2, 1], [0, 1], [0, 0], 2, [1, 2])
    one("conv_transpose2d.input", real(4, 3, 4), real(4, 2, 2, 2))
    one("conv_transpose3d.input", real(1, 2, 2, 3, 2), real(2, 2, 2, 2, 2), real(2), [2, 2, 2])
    one("convolution", real(1, 3, 5, 5), real(4, 3, 3, 3), real(4), [1], [1], [1], False, [0], 1)
    one("convolution", real(1, 3, 5), real(3, 2, 3), None, [2], [1], [1], True, [1], 1)
    one("_convolution", real(1, 3, 5, 5), real(4, 3, 3, 3), real(4), [1, 1], [1, 1], [1, 1], False, [0, 0], 1, False,
        False, True, True)
    one("_convolution.deprecated", real(1, 3, 5, 5), real(4, 3, 3, 3), None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1,
        False, False, True)
    bed.refused("conv2d.padding", "padding", real(1, 2, 5, 5), real(3, 2, 3, 3), None, [2, 2], "same")


def pools():
    one("max_pool1d", real(2, 2, 7), [3], [2], [1])
    one("max_pool1d", real(2, 7), [2])
    one("max_pool2d", real(1, 2, 6, 7), [3, 2])
    one("max_pool2d", real(1, 2, 7, 7), 3, 2, 1)
    one("max_pool2d", real(1, 2, 6, 6), [3, 3], [2, 2], [1, 1], [1, 1], True)
    one("max_pool2d", real(1, 2, 5, 6), [2, 2], [2, 2], [0, 0], [2, 2], True)
    one("max_pool2d", real(2, 5, 6), [2, 2])
    one("max_pool3d", real(1, 2, 4, 4, 5), [2, 2, 2], [2, 1, 2])
    one("max_pool2d_with_indices", real(2, 2, 5, 6), [3, 2], [2, 2], [1, 1])
    one("max_pool2d_with_indices", real(2, 5, 6), [2, 2])
    one("max_pool1d_with_indices", real(2, 2, 7), [3], [2], [1])
    one("max_pool3d_with_indices", real(1, 2, 4, 4, 5), [2, 2, 2])
    one("avg_pool1d", real(2, 2, 7), [3], [2], [1])
    one("avg_pool2d", real(1, 2, 6, 7), [3, 2])
    one("avg_pool2d", real(1, 2, 6, 7), [3, 3], [2, 2], [1, 1], False, False)
    one("avg_pool2d", real(1, 2, 6, 7), [3, 3], [2, 2], [1, 1], True, True)
    one("avg_pool2d", real(1, 2, 6, 7), [3, 3], [2, 2], [1, 1], True, False)
    one("avg_pool2d", real(1, 2, 6, 6), [2, 3], [2, 2], [0, 1], False, True, 5)
    one("avg_pool2d", real(2, 6, 7), 2)
    one("avg_pool3d", real(1, 2, 4, 4, 5), [2, 2, 2])
    one("adaptive_avg_pool1d", real(1, 2, 7), [3])
    one("adaptive_avg_pool2d", real(2, 3, 5, 6), [1, 1])
    one("adaptive_avg_pool2d", real(2, 3, 6, 6), [3, 2])
    one("adaptive_avg_pool2d", real(2, 3, 5, 7), [3, 4])
    one("adaptive_avg_pool2d", real(2, 3, 2, 1), [7, 7])
    one("adaptive_avg_pool2d", real(3, 5, 7), [2, 3])
    one("_adaptive_avg_pool2d", real(1, 3, 5, 7), [2, 7])
    one("adaptive_avg_pool3d", real(1, 2, 4, 5, 3), [2, 3, 2])
    one("adaptive_avg_pool3d", real(1, 2, 4, 5, 3), [1, 1, 1])
    one("adaptive_max_pool1d", real(1, 2, 8), [4]).known()
    one("adaptive_max_pool2d", real(2, 3, 6, 6), [3, 2]).known()
    one("adaptive_max_pool2d", real(2, 3, 5, 7), [3, 4]).known()
    one("adaptive_max_pool2d", real(3, 5, 7), [1, 1]).known()
    one("adaptive_max_pool3d", real(1, 2, 4, 5, 3), [2, 3, 2]).known()


def normalizations():
    variance = lambda n: real(n).abs() + 0.5
    one("batch_norm", real(2, 3, 4, 4), real(3), real(3), real(3), variance(3), False, 0.1, 1e-5, True)
    one("batch_norm", real(2, 3), None, None, real(3), variance(3), False, 0.1, 1e-3, True)
    one("batch_norm", real(2, 3, 5), real(3), None, None, None, True, 0.1, 1e-5, True)
    first("_native_batch_norm_legit_no_training", real(2, 3, 4), real(3), real(3), real(3), variance(3), 0.1, 1e-5)
    first("native_batch_norm", real(2, 3, 4), real(3), real(3), real(3), variance(3), False, 0.1, 1e-5)
    first("_native_batch_norm_legit", real(2, 3, 4), real(3), real(3), real(3), variance(3), False, 0.1, 1e-5)
    first("_native_batch_norm_legit.no_stats", real(2, 3, 4), real(3), real(3), True, 0.1, 1e-5)
    first("_batch_norm_impl_index", real(2, 3, 4), real(3), real(3), real(3), variance(3), False, 0.1, 1e-5, True)
    one("layer_norm", real(2, 3, 4), [4], real(4), real(4))
    one("layer_norm", real(2, 3, 4), [3, 4], None, None, 1e-3)
    one("layer_norm", real(2, 3, 4), [4], real(4))
    one("native_layer_norm", real(2, 3, 4), [4], real(4), real(4), 1e-5)
    one("native_layer_norm", real(2, 3, 4), [3, 4], None, None, 1e-5)
    one("group_norm", real(2, 4, 3, 3), 2, real(4), real(4))
    one("group_norm", real(2, 4, 3), 4)
    one("group_norm", real(2, 4), 2, None, None, 1e-3)
    one("native_group_norm", real(2, 4, 3, 3), real(4), real(4), 2, 4, 9, 2, 1e-5)
    one("instance_norm", real(2, 3, 4, 4), real(3), real(3), None, None, True, 0.1, 1e-5, True)
    one("instance_norm", real(2, 3, 4), None, None, None, None, True, 0.1, 1e-5, True)
    one("instance_norm", real(2, 3, 4), None, None, real(3), variance(3), False, 0.1, 1e-5, True)
    one("rms_norm", real(2, 3, 4), [4], real(4), 1e-6)
    one("rms_norm", real(2, 3, 4), [3, 4])


def attention():
    q, k, v = (lambda *s: real(*s)), (lambda *s: real(*s)), (lambda *s: real(*s))
    name = "scaled_dot_product_attention"
    one(name, q(1, 2, 3, 4), k(1, 2, 5, 4), v(1, 2, 5, 4))
    one(name, q(1, 2, 3, 4), k(1, 2, 5, 4), v(1, 2, 5, 2), real(3, 5))
    one(name, q(2, 2, 3, 4), k(2, 2, 4, 4), v(2, 2, 4, 4), torch.ones(3, 4, dtype=torch.bool).tril())
    one(name, q(1, 2, 4, 4), k(1, 2, 4, 4), v(1, 2, 4, 4), None, 0.0, True)
    one(name, q(2, 3, 4), k(2, 5, 4), v(2, 5, 4), None, 0.0, True)
    one(name, q(1, 2, 3, 4), k(1, 2, 5, 4), v(1, 2, 5, 4), None, 0.0, False, scale=0.3)
    one(name, q(1, 4, 3, 4), k(1, 2, 5, 4), v(1, 2, 5, 4), None, 0.0, False, enable_gqa=True).known()
    first("_scaled_dot_product_flash_attention_for_cpu", q(1, 2, 3, 4), k(1, 2, 5, 4), v(1, 2, 5, 4))
    first("_scaled_dot_product_flash_attention_for_cpu", q(1, 2, 3, 4), k(1, 2, 5, 4), v(1, 2, 5, 4), 0.0, False,
          attn_mask=real(3, 5))
    one("_scaled_dot_product_attention_math", q(1, 2, 3, 4), k(1, 2, 5, 4), v(1, 2, 5, 4))
    size = 8
    projections = [real(3 * size, size), real(3 * size), real(size, size), real(size)]
    x = real(2, 3, size)
    for mask, kind in [(None, None), (torch.tensor([[0, 0, 1], [0, 1, 1]]).bool(), 1),
                       (torch.ones(3, 3).triu(1).bool(), 0)]:
        one("_native_multi_head_attention", x, x, x, size, 2, *projections, mask, True, True, kind)
    one("_native_multi_head_attention", x, x, x, size, 2, *projections, None, True, False)
    first("_native_multi_head_attention", x, x, x, size, 2, *projections, None, False)
    rest = [real(size), real(size), real(size), real(size), real(16, size), real(16), real(size, 16), real(size)]
    for gelu, before in [(False, False), (True, False), (False, True)]:
        one("_transformer_encoder_layer_fwd", x, size, 2, *projections, gelu, before, 1e-5, *rest)
    one("_transformer_encoder_layer_fwd", x, size, 2, *projections, False, False, 1e-5, *rest,
        torch.tensor([[0, 0, 1], [0, 0, 0]]).bool(), 1)


def recurrent():
    gates = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}
    for name, count in gates.items():
        for layers, both, biases, batch_first in [(1, False, True, False), (2, True, True, True),
                                                  (2, False, False, True)]:
            directions = 2 if both else 1
            parameters = []
            for layer in range(layers):
                for _ in range(directions):
                    size = 3 if layer == 0 else 4 * directions
                    parameters += [real(count * 4, size), real(count * 4, 4)]
                    parameters += [real(count * 4), real(count * 4)] if biases else []
            state = lambda: real(layers * directions, 2, 4)
            states = [state(), state()] if name == "lstm" else state()
            x = real(2, 5, 3) if batch_first else real(5, 2, 3)
            one(f"{name}.input", x, states, parameters, biases, layers, 0.0, False, both, batch_first).known()
            data = real(8, 3)
            one(f"{name}.data", data, torch.tensor([2, 2, 2, 1, 1]), states, parameters, biases, layers, 0.0, False,
                both).known()
        states = [real(2, 4), real(2, 4)] if name == "lstm" else real(2, 4)
        one(f"{name}_cell", real(2, 3), states, real(count * 4, 3), real(count * 4, 4), real(count * 4),
            real(count * 4)).known()
        one(f"{name}_cell", real(2, 3), states, real(count * 4, 3), real(count * 4, 4)).known()
    one("_pack_padded_sequence", real(3, 4, 2), torch.tensor([4, 2, 1]), True)
    one("_pack_padded_sequence", real(4, 3, 2), torch.tensor([3, 3, 1]), False)
    one("_pad_packed_sequence", real(7, 2), torch.tensor([3, 2, 1, 1]), True, 0.0, -1)
    one("_pad_packed_sequence", real(7, 2), torch.tensor([3, 2, 1, 1]), False, 1.5, 6)


def embeddings():
    one("embedding", real(5, 3), torch.tensor([[0, 4], [2, 2]]))
    one("embedding", real(5, 3), torch.tensor(3), 1)
    one("embedding", real(5, 3), torch.tensor([1, 0], dtype=torch.int32))
    indices, offsets = torch.tensor([1, 2, 4, 4, 3, 0]), torch.tensor([0, 2, 2, 5])
    for mode in [0, 1, 2]:
        first("embedding_bag", real(5, 3), indices, offsets, False, mode)
        first("_embedding_bag", real(5, 3), indices, offsets, False, mode)
        first("embedding_bag.padding_idx", real(5, 3), indices, offsets, False, mode, False, None, False, 4)
        first("embedding_bag.padding_idx", real(5, 3), indices, torch.tensor([0, 2, 6]), False, mode, False, None, True,
              -1).weights("x0")
    first("embedding_bag", real(5, 3), indices, offsets, False, 0, False, real(6))


def resizes():
    for name, size in [("upsample_nearest1d", [5]), ("upsample_nearest2d", [5, 7]), ("upsample_nearest3d", [3, 5, 2]),
                       ("_upsample_nearest_exact1d", [7]), ("_upsample_nearest_exact2d", [5, 7])]:
        shape = (1, 2, 3, 4, 3)[:2 + len(size)]
        one(name, real(*shape), size)
        one(name + ".vec", real(*shape), None, [2.0] * len(size))
        one(name + ".vec", real(*shape), None, [1.7] * len(size))
        one(name + ".vec", real(*shape), size, None)
    for name, size in [("upsample_linear1d", [5]), ("upsample_bilinear2d", [5, 7]), ("upsample_trilinear3d", [3, 5, 2]),
                       ("upsample_bicubic2d", [5, 7]), ("_upsample_bilinear2d_aa", [2, 3]),
                       ("_upsample_bicubic2d_aa", [3, 5])]:
        for corners in [False] if name.endswith("_aa") else [False, True]:
            shape = (1, 2, 5, 4, 3)[:2 + len(size)]
            one(name, real(*shape), size, corners)
            one(name + ".vec", real(*shape), size, corners, None)
            if corners is False:
                one(name + ".vec", real(*shape), None, corners, [2.0] * len(size))
                one(name + ".vec", real(*shape), None, corners, [0.7] * len(size))
    bed.refused("_upsample_bilinear2d_aa", "align_corners", real(1, 1, 5, 5), [3, 3], True)
    one("upsample_bilinear2d", real(1, 2, 4, 4), [6, 6], False, 1.6, 1.6)
    one("upsample_bilinear2d", real(1, 2, 4, 4), [1, 1], False)
    one("pixel_shuffle", real(1, 8, 2, 3), 2)
    one("pixel_shuffle", real(8, 2, 3), 2)
    one("pixel_shuffle", real(2, 1, 8, 2, 3), 2)
    one("pixel_unshuffle", real(1, 2, 4, 6), 2)
    one("pixel_unshuffle", real(2, 4, 6), 2)
    one("channel_shuffle", real(1, 6, 2, 2), 3)
    one("native_channel_shuffle", real(1, 6, 2, 2), 2)
    for mode in [0, 1, 2]:
        for padding in [0, 1, 2]:
            one("grid_sampler", real(1, 2, 4, 5), real(1, 3, 3, 2), mode, padding, padding == 1)
    one("grid_sampler_2d", real(1, 2, 4, 5), real(1, 3, 3, 2), 0, 0, False)
    one("grid_sampler_3d", real(1, 2, 3, 4, 5), real(1, 2, 3, 3, 3), 0, 0, False)
    one("affine_grid_generator", real(2, 2, 3), [2, 3, 4, 5], False)
    one("affine_grid_generator", real(2, 2, 3), [2, 3, 4, 5], True)
    one("affine_grid_generator", real(1, 3, 4), [1, 3, 2, 4, 5], False)
    one("im2col", real(2, 3, 5, 6), [2, 3], [1, 1], [0, 0], [1, 1])
    one("im2col", real(1, 2, 6, 7), [3, 2], [2, 1], [1, 2], [2, 3])
    one("im2col", real(2, 5, 6), [2, 2], [1, 1], [0, 0], [2, 2])
    one("col2im", real(1, 12, 12), [5, 4], [2, 2], [1, 1], [0, 0], [1, 1])
    one("col2im", real(12, 12), [5, 4], [2, 2], [1, 1], [0, 0], [1, 1])
    one("col2im", real(1, 12, 9), [5, 5], [2, 2], [1, 1], [1, 1], [2, 2])


def vision():
    corners = torch.rand(12, 2, generator=aten_bed.GENERATOR) * 8
    boxes = torch.cat([corners, corners + 1 + torch.rand(12, 2, generator=aten_bed.GENERATOR) * 6], 1)
    scores = torch.rand(12, generator=aten_bed.GENERATOR)
    for threshold in [0.1, 0.3, 0.7]:
        one("torchvision::nms", boxes, scores, threshold)
    regions = torch.cat([torch.tensor([[0.0], [1], [1], [0]]), boxes[:4]], 1)
    for ratio, aligned in [(2, False), (-1, False), (2, True), (-1, True)]:
        one("torchvision::roi_align", real(2, 2, 8, 9), regions, 0.5, 2, 3, ratio, aligned)
    first("torchvision::roi_pool", real(2, 2, 8, 9), regions, 0.5, 2, 3)
    first("torchvision::ps_roi_align", real(2, 12, 8, 9), regions, 0.5, 2, 3, 2).known()
    first("torchvision::ps_roi_align", real(2, 12, 8, 9), regions, 0.5, 2, 3, -1).known()
    for groups, offset_groups, masked in [(1, 1, True), (2, 2, True), (1, 1, False)]:
        weight = real(4, 4 // groups, 3, 3)
        offset = real(1, offset_groups * 18, 3, 3)
        mask = real(1, offset_groups * 9, 3, 3) if masked else torch.zeros(1, 0)
        one("torchvision::deform_conv2d", real(1, 4, 5, 5), weight, offset, mask, real(4), 2, 2, 1, 1, 1, 1, groups,
            offset_groups, masked).known()


def quantization():
    import torch.ao.quantization.fx._decomposed  # noqa: F401 - has operators

    scales, zeros = torch.tensor([0.02, 0.05, 0.1]), torch.tensor([3, -2, 0])
    one("fake_quantize_per_tensor_affine", real(2, 5), 0.02, 3, 0, 255)
    one("fake_quantize_per_tensor_affine", real(2, 5), 0.05, -3, -128, 127)
    one("fake_quantize_per_tensor_affine", real(2, 5), 0.05, 1, -7, 8)
    one("fake_quantize_per_tensor_affine.tensor_qparams", real(2, 5), torch.tensor([0.1]),
        torch.tensor([2], dtype=torch.int32), -7, 8)
    first("fake_quantize_per_tensor_affine_cachemask", real(2, 5), 0.02, 3, 0, 255)
    one("fake_quantize_per_channel_affine", real(2, 3, 2), scales, zeros.int(), 1, -128, 127)
    one("fake_quantize_per_channel_affine", real(2, 3, 2), scales, zeros.int(), 1, -7, 8)
    space = "quantized_decomposed::"
    steps = whole(2, 3, low=-100, high=100, dtype=torch.int8)
    one(space + "quantize_per_tensor", real(2, 5), 0.02, 3, 0, 255, torch.uint8)
    one(space + "quantize_per_tensor", real(2, 5), 0.01, 3, -127, 127, torch.int8)
    one(space + "quantize_per_tensor.tensor", real(2, 5), torch.tensor(0.02), torch.tensor(3), -128, 127, torch.int8)
    one(space + "quantize_per_channel", real(2, 3), scales, zeros, 1, -128, 127, torch.int8)
    one(space + "dequantize_per_tensor", steps, 0.02, 3, -128, 127, torch.int8)
    one(space + "dequantize_per_tensor.tensor", steps, torch.tensor(0.02), torch.tensor(3), -128, 127, torch.int8)
    one(space + "dequantize_per_channel", steps, scales, zeros, 1, -128, 127, torch.int8)
    one(space + "dequantize_per_channel", steps, scales.double(), None, 1, -128, 127, torch.int8)


def pairs():
    for p in [2.0, 1.0, 0.0, 3.0, math.inf]:
        one("pdist", real(4, 3), p)
    one("pdist", real(1, 3))
    one("_pdist_forward", real(5, 2), 2.0)


for family in [products, convolutions, pools, normalizations, attention, recurrent, embeddings, resizes, vision,
               quantization, pairs]:
    family()

if __name__ == "__main__":
    aten_bed.write({"layers.txt": bed})
