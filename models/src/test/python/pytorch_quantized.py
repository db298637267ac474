"""Saves quantised networks as TorchScript, and what PyTorch gives for them: python3 pytorch_quantized.py FOLDER [NAME...].

Small networks of every kind of layer, and torchvision's, with random weights that QNNPACK's observers have quantised. PyTorchNetworks reads the
folder; a network of many layers may differ by steps (docs/pytorch.md).
"""

import pathlib
import sys
import warnings

import torch
import torch.ao.quantization as quantization
import torchvision
from torch import nn
from torch.ao.quantization.quantize_fx import convert_fx, prepare_fx

import pytorch_networks

BY_CHANNEL = quantization.QConfig(
    activation=quantization.HistogramObserver.with_args(reduce_range=False),
    weight=quantization.default_per_channel_weight_observer)
VISION = ["googlenet", "inception_v3", "mobilenet_v2", "mobilenet_v3_large", "resnet18", "resnet50", "resnext101_32x8d",
          "shufflenet_v2_x0_5"]


class Images(nn.Module):
    def __init__(self):
        super().__init__()
        self.quant, self.dequant = quantization.QuantStub(), quantization.DeQuantStub()
        self.first, self.norm, self.relu = nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU()
        self.second, self.both = nn.Conv2d(8, 8, 3, stride=2), nn.quantized.FloatFunctional()
        self.last = nn.Linear(8 * 7 * 7, 10)

    def forward(self, x):
        x = self.second(self.relu(self.norm(self.first(self.quant(x)))))
        return self.dequant(self.last(torch.flatten(self.both.add_relu(x, x), 1)))


class Sequences(nn.Module):
    def __init__(self):
        super().__init__()
        self.quant, self.dequant = quantization.QuantStub(), quantization.DeQuantStub()
        self.narrow, self.wide = nn.Conv1d(3, 6, 3, padding=1), nn.ConvTranspose1d(6, 4, 4, stride=2, padding=1)
        self.swish, self.leaky, self.elu, self.sigmoid = nn.Hardswish(), nn.LeakyReLU(0.1), nn.ELU(), nn.Sigmoid()
        self.join, self.square, self.more = [nn.quantized.FloatFunctional() for _ in range(3)]
        self.last, self.pool = nn.Linear(8, 5), nn.AvgPool1d(2)

    def forward(self, x):
        x = self.quant(x)
        y = self.elu(self.pool(self.leaky(self.wide(self.swish(self.narrow(x))))))
        y = self.join.cat([y, x], 1)
        y = self.more.add_scalar(self.square.mul(y, y), 0.5)
        z = self.last(y)
        z = self.sigmoid(torch.cat([z, z], 1)).unsqueeze(0)
        z = nn.functional.interpolate(z, scale_factor=2.0, mode="bilinear").squeeze(0)
        return self.dequant(z.mean(-1)), self.dequant(y)


class Residual(nn.Module):
    """For FX, which quantises functions too."""

    def __init__(self):
        super().__init__()
        self.first, self.norm = nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8)
        self.depthwise, self.last, self.layer_norm = nn.Conv2d(8, 8, 3, groups=8, padding=1), nn.Linear(8, 10), nn.LayerNorm(8)

    def forward(self, x):
        x = torch.relu(self.norm(self.first(x)))
        x = nn.functional.max_pool2d(x + self.depthwise(x), 2)
        return self.last(self.layer_norm(nn.functional.adaptive_avg_pool2d(x, 1).flatten(1)))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 6, 2, bidirectional=True, batch_first=True)
        self.gru, self.last = nn.GRU(12, 5), nn.Linear(5, 4)

    def forward(self, x):
        return self.last(self.gru(self.lstm(x)[0])[0])


class Tables(nn.Module):
    def __init__(self):
        super().__init__()
        self.bags, self.rows = nn.EmbeddingBag(20, 8, mode="sum"), nn.Embedding(20, 8)

    def forward(self, places, offsets):
        return self.bags(places, offsets), self.rows(places)


def static(model, inputs, fused=None, config=None):
    """Quantised by what two runs show."""
    model = quantization.fuse_modules(model.eval(), fused) if fused else model.eval()
    model.qconfig = config or quantization.get_default_qconfig("qnnpack")
    prepared = quantization.prepare(model)
    with torch.no_grad():
        for _ in range(2):
            prepared(*inputs)
    return quantization.convert(prepared)


def small():
    """Names, and makers of networks and inputs."""
    image, fused = (torch.rand(2, 3, 16, 16),), [["first", "norm", "relu"]]
    yield "images", lambda: (static(Images(), image, fused), image)
    yield "images-by-channel", lambda: (static(Images(), image, fused, BY_CHANNEL), image)
    sequence = (torch.randn(2, 3, 8),)
    yield "sequences", lambda: (static(Sequences(), sequence), sequence)

    def residual():
        mapping = quantization.get_default_qconfig_mapping("qnnpack")
        prepared = prepare_fx(Residual().eval(), mapping, image)
        prepared(*image)
        return convert_fx(prepared), image

    yield "residual-fx", residual
    linear = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4)).eval()
    yield "linear-dynamic", lambda: (quantization.quantize_dynamic(linear, {nn.Linear}), (torch.randn(3, 8),))
    kinds = {nn.Linear, nn.LSTM, nn.GRU}
    yield "recurrent-dynamic", lambda: (
        quantization.quantize_dynamic(Recurrent().eval(), kinds), (torch.randn(3, 5, 8),))

    def tables():
        model = Tables().eval()
        model.qconfig = quantization.float_qparams_weight_only_qconfig
        return quantization.convert(quantization.prepare(model)), (torch.randint(0, 20, (7,)), torch.tensor([0, 3]))

    yield "tables", tables


def vision(name):
    options = {"init_weights": True} if name in ["googlenet", "inception_v3"] else {}
    builder = getattr(torchvision.models.quantization, name)
    model = pytorch_networks.settle(builder(weights=None, quantize=False, **options).eval())
    model.fuse_model()
    side = 96 if name == "inception_v3" else 64
    config = BY_CHANNEL if name == "resnet50" else None
    return static(model, (torch.rand(2, 3, side, side),), config=config), (torch.rand(1, 3, side, side),)


def main():
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    torch.backends.quantized.engine = "qnnpack"
    folder, names = pathlib.Path(sys.argv[1]), sys.argv[2:]
    for name, make in [*small(), *[(each, lambda each=each: vision(each)) for each in VISION]]:
        if not names or name in names:
            torch.manual_seed(1)
            model, inputs = make()
            pytorch_networks.save(folder / name, model, inputs, ["trace", "script"])
            print(name, "saved", flush=True)


if __name__ == "__main__":
    main()
