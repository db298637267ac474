"""Saves transformers written in plain torch, as pytorch_networks.py does: python3 pytorch_transformers.py FOLDER.

Small ones; for times to measure: --width 384 --length 48.
"""

import argparse
import math
import pathlib

import torch
from torch import nn
from torch.nn import functional

import pytorch_networks

WORDS, WIDTH, HEADS = 99, 48, 4


def heads(x, count):
    """[batch, tokens, width] to [batch, heads, tokens, size]."""
    return x.view(x.shape[0], x.shape[1], count, -1).transpose(1, 2)


def joined(x):
    return x.transpose(1, 2).reshape(x.shape[0], x.shape[2], -1)


class Bert(nn.Module):
    """Masks that are added, post-normalisation, a pooler."""

    def __init__(self):
        super().__init__()
        self.words, self.places, self.kinds = nn.Embedding(WORDS, WIDTH), nn.Embedding(64, WIDTH), nn.Embedding(2, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(nn.ModuleDict({
            "query": nn.Linear(WIDTH, WIDTH), "key": nn.Linear(WIDTH, WIDTH), "value": nn.Linear(WIDTH, WIDTH),
            "out": nn.Linear(WIDTH, WIDTH), "norm": nn.LayerNorm(WIDTH), "up": nn.Linear(WIDTH, 2 * WIDTH),
            "down": nn.Linear(2 * WIDTH, WIDTH), "last": nn.LayerNorm(WIDTH)}) for _ in range(2))
        self.pooler = nn.Linear(WIDTH, WIDTH)

    def forward(self, ids, mask, kinds):
        places = torch.arange(ids.shape[1], device=ids.device).unsqueeze(0)
        x = self.norm(self.words(ids) + self.kinds(kinds) + self.places(places))
        hidden = (1.0 - mask[:, None, None, :].to(x.dtype)) * torch.finfo(x.dtype).min
        for layer in self.layers:
            q, k, v = (heads(layer[name](x), HEADS) for name in ["query", "key", "value"])
            scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]) + hidden
            x = layer["norm"](layer["out"](joined(functional.softmax(scores, dim=-1) @ v)) + x)
            x = layer["last"](layer["down"](functional.gelu(layer["up"](x))) + x)
        return x, torch.tanh(self.pooler(x[:, 0]))


class Gpt(nn.Module):
    """Keys and values of earlier tokens come in and go out."""

    def __init__(self):
        super().__init__()
        self.words, self.places = nn.Embedding(WORDS, WIDTH), nn.Embedding(64, WIDTH)
        self.layers = nn.ModuleList(nn.ModuleDict({
            "first": nn.LayerNorm(WIDTH), "qkv": nn.Linear(WIDTH, 3 * WIDTH), "out": nn.Linear(WIDTH, WIDTH),
            "second": nn.LayerNorm(WIDTH), "up": nn.Linear(WIDTH, 2 * WIDTH), "down": nn.Linear(2 * WIDTH, WIDTH)}) for _ in range(2))
        self.norm = nn.LayerNorm(WIDTH)

    def forward(self, ids, past: list[torch.Tensor]):
        before = past[0].shape[2]
        places = torch.arange(before, before + ids.shape[1])
        x = self.words(ids) + self.places(places)
        caches = []
        causal = torch.arange(before + ids.shape[1]) <= places[:, None]
        for number, layer in enumerate(self.layers):
            q, k, v = (heads(each, HEADS) for each in layer["qkv"](layer["first"](x)).split(WIDTH, dim=2))
            k = torch.cat([past[2 * number], k], dim=2)
            v = torch.cat([past[2 * number + 1], v], dim=2)
            caches += [k, v]
            scores = q @ k.transpose(-1, -2) / (v.shape[-1] ** 0.5)
            scores = torch.where(causal, scores, torch.full([], torch.finfo(scores.dtype).min))
            x = x + layer["out"](joined(scores.softmax(-1) @ v))
            x = x + layer["down"](functional.gelu(layer["up"](layer["second"](x)), approximate="tanh"))
        return self.norm(x) @ self.words.weight.t(), caches


class RootMeanSquare(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.rand(WIDTH) + 0.5)

    def forward(self, x):
        wide = x.to(torch.float32)
        return self.weight * (wide * torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + 1e-6)).to(x.dtype)


class Llama(nn.Module):
    """Rotary positions, groups of heads that share keys, gated activations."""

    def __init__(self):
        super().__init__()
        size = WIDTH // HEADS
        self.words = nn.Embedding(WORDS, WIDTH)
        self.layers = nn.ModuleList(nn.ModuleDict({
            "first": RootMeanSquare(), "q": nn.Linear(WIDTH, WIDTH, bias=False), "k": nn.Linear(WIDTH, 2 * size, bias=False),
            "v": nn.Linear(WIDTH, 2 * size, bias=False), "o": nn.Linear(WIDTH, WIDTH, bias=False),
            "second": RootMeanSquare(), "gate": nn.Linear(WIDTH, 2 * WIDTH, bias=False), "up": nn.Linear(WIDTH, 2 * WIDTH, bias=False),
            "down": nn.Linear(2 * WIDTH, WIDTH, bias=False)}) for _ in range(2))
        self.norm = RootMeanSquare()
        self.head = nn.Linear(WIDTH, WORDS, bias=False)
        self.register_buffer("rates", 1.0 / (10000.0 ** (torch.arange(0, size, 2).float() / size)), persistent=False)

    def turned(self, x, cosine, sine):
        half = x.shape[-1] // 2
        return x * cosine + torch.cat((-x[..., half:], x[..., :half]), dim=-1) * sine

    def shared(self, x):
        batch, groups, tokens, size = x.shape
        count = HEADS // groups
        return x[:, :, None].expand(batch, groups, count, tokens, size).reshape(batch, groups * count, tokens, size)

    def forward(self, ids):
        places = torch.arange(ids.shape[1])[None, :, None].float()
        angles = torch.cat([places * self.rates, places * self.rates], dim=-1)
        cosine, sine = angles.cos()[:, None], angles.sin()[:, None]
        x = self.words(ids)
        size = WIDTH // HEADS
        for layer in self.layers:
            y = layer["first"](x)
            q, k, v = (layer[name](y).view(y.shape[0], y.shape[1], -1, size).transpose(1, 2) for name in "qkv")
            q, k = self.turned(q, cosine, sine), self.turned(k, cosine, sine)
            y = functional.scaled_dot_product_attention(q, self.shared(k), self.shared(v), is_causal=True)
            x = x + layer["o"](y.transpose(1, 2).contiguous().view(x.shape))
            y = layer["second"](x)
            x = x + layer["down"](functional.silu(layer["gate"](y)) * layer["up"](y))
        return self.head(self.norm(x)).float()


class Vit(nn.Module):
    def __init__(self):
        super().__init__()
        self.patches = nn.Conv2d(3, WIDTH, 8, 8)
        self.first, self.places = nn.Parameter(torch.randn(1, 1, WIDTH)), nn.Parameter(torch.randn(1, 17, WIDTH))
        layer = nn.TransformerEncoderLayer(WIDTH, HEADS, 2 * WIDTH, activation="gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, 10)

    def forward(self, images):
        x = self.patches(images).flatten(2).transpose(1, 2)
        x = torch.cat([self.first.expand(x.shape[0], -1, -1), x], dim=1) + self.places
        return self.head(self.norm(self.encoder(x))[:, 0])


class WhisperEncoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = nn.Conv1d(20, WIDTH, 3, padding=1), nn.Conv1d(WIDTH, WIDTH, 3, stride=2, padding=1)
        self.places = nn.Parameter(torch.randn(16, WIDTH))
        self.layers = nn.ModuleList(nn.ModuleDict({
            "first": nn.LayerNorm(WIDTH), "q": nn.Linear(WIDTH, WIDTH), "k": nn.Linear(WIDTH, WIDTH, bias=False),
            "v": nn.Linear(WIDTH, WIDTH), "o": nn.Linear(WIDTH, WIDTH), "second": nn.LayerNorm(WIDTH),
            "up": nn.Linear(WIDTH, 2 * WIDTH), "down": nn.Linear(2 * WIDTH, WIDTH)}) for _ in range(2))
        self.norm = nn.LayerNorm(WIDTH)

    def forward(self, mel):
        x = functional.gelu(self.two(functional.gelu(self.one(mel)))).permute(0, 2, 1) + self.places
        for layer in self.layers:
            y = layer["first"](x)
            q = heads(layer["q"](y) * (WIDTH // HEADS) ** -0.5, HEADS)
            k, v = heads(layer["k"](y), HEADS), heads(layer["v"](y), HEADS)
            weights = functional.softmax(torch.matmul(q, k.transpose(2, 3)), dim=-1)
            x = x + layer["o"](torch.matmul(weights, v).transpose(1, 2).reshape(x.shape))
            x = x + layer["down"](functional.gelu(layer["up"](layer["second"](x))))
        return self.norm(x)


class T5Layer(nn.Module):
    def __init__(self, crosses):
        super().__init__()
        self.crosses = crosses
        names = ["q", "k", "v", "o"] + (["cq", "ck", "cv", "co"] if crosses else [])
        self.weights = nn.ModuleDict({name: nn.Linear(WIDTH, WIDTH, bias=False) for name in names})
        self.first, self.second, self.third = RootMeanSquare(), RootMeanSquare(), RootMeanSquare()
        self.up, self.down = nn.Linear(WIDTH, 2 * WIDTH, bias=False), nn.Linear(2 * WIDTH, WIDTH, bias=False)

    def attend(self, x, y, prefix, bias):
        q, k, v = (heads(self.weights[prefix + n](e), HEADS) for n, e in [("q", x), ("k", y), ("v", y)])
        scores = torch.matmul(q, k.transpose(3, 2))
        if bias is not None:
            scores += bias
        weights = functional.softmax(scores.float(), dim=-1).type_as(scores)
        return self.weights[prefix + "o"](joined(torch.matmul(weights, v)))

    def forward(self, x, bias, encoded):
        y = self.first(x)
        x = x + self.attend(y, y, "", bias)
        if self.crosses:
            x = x + self.attend(self.third(x), encoded, "c", None)
        return x + self.down(functional.relu(self.up(self.second(x))))


class T5(nn.Module):
    """Encoder and decoder with biases by distance in buckets."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(WORDS, WIDTH)
        self.distances = nn.ModuleList([nn.Embedding(16, HEADS), nn.Embedding(16, HEADS)])
        self.encoder = nn.ModuleList(T5Layer(False) for _ in range(2))
        self.decoder = nn.ModuleList(T5Layer(True) for _ in range(2))
        self.norm = RootMeanSquare()

    def buckets(self, queries: int, keys: int, both: bool):
        distance = torch.arange(keys)[None, :] - torch.arange(queries)[:, None]
        count, bucket = 16, torch.zeros_like(distance)
        if both:
            count = 8
            bucket = bucket + (distance > 0).to(torch.long) * count
            distance = torch.abs(distance)
        else:
            distance = -torch.min(distance, torch.zeros_like(distance))
        exact = count // 2
        far = exact + (torch.log(distance.float() / exact) / math.log(32 / exact) * (count - exact)).to(torch.long)
        far = torch.min(far, torch.full_like(far, count - 1))
        return bucket + torch.where(distance < exact, distance, far)

    def bias(self, table: nn.Embedding, queries: int, keys: int, both: bool):
        return table(self.buckets(queries, keys, both)).permute([2, 0, 1]).unsqueeze(0)

    def forward(self, ids, mask, decoder_ids):
        x = self.words(ids)
        bias = self.bias(self.distances[0], ids.shape[1], ids.shape[1], True)
        bias = bias + (1.0 - mask[:, None, None, :].float()) * -3.4e38
        for layer in self.encoder:
            x = layer(x, bias, x)
        y = self.words(decoder_ids)
        count = decoder_ids.shape[1]
        bias = self.bias(self.distances[1], count, count, False)
        bias = bias + torch.full((count, count), -1e9).triu(1)
        for layer in self.decoder:
            y = layer(y, bias, x)
        return functional.linear(self.norm(y) * WIDTH ** -0.5, self.words.weight)


def main():
    global WIDTH
    arguments = argparse.ArgumentParser()
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--width", type=int, default=WIDTH)
    arguments.add_argument("--length", type=int, default=6, help="tokens of a text, at most 60")
    options = arguments.parse_args()
    WIDTH, count, folder = options.width, options.length, options.folder
    torch.set_num_threads(1)
    ids = lambda *shape: torch.randint(0, WORDS, shape, generator=torch.Generator().manual_seed(5))
    batch, length = torch.export.Dim("batch", max=64), torch.export.Dim("length", min=2, max=60)
    past = torch.export.Dim("past", min=2, max=30)
    mask = torch.tensor([[1] * count, [1] * (count - 2) + [0, 0]])
    both = {0: batch, 1: length}
    cache = [torch.randn(2, HEADS, 4, WIDTH // HEADS) for _ in range(4)]
    models = {
        "bert": (Bert, (ids(2, count), mask, torch.zeros(2, count, dtype=torch.long)), (both, both, both)),
        "gpt": (Gpt, (ids(2, count // 2), cache), ({0: batch, 1: length}, [{0: batch, 2: past}] * 4)),
        "llama": (Llama, (ids(2, count + 1),), (both,)),
        "vit": (Vit, (torch.randn(2, 3, 32, 32),), ({0: batch},)),
        "whisper-encoder": (WhisperEncoder, (torch.randn(2, 20, 32),), ({0: batch},)),
        "t5": (T5, (ids(2, count), mask, ids(2, count - 1)),
               (both, both, {0: batch, 1: torch.export.Dim("targets", min=2, max=60)})),
    }
    for name, (build, inputs, dynamic) in models.items():
        torch.manual_seed(13)
        model = build().eval()
        save_all(folder / name, model, inputs, None)
        save_all(folder / f"{name}-dynamic", model, inputs, dynamic)
        print(name, "saved", flush=True)


def save_all(folder, model, inputs, dynamic):
    with torch.no_grad():
        outputs = pytorch_networks.flat(model(*inputs))
    pytorch_networks.save_case(folder / "b1", pytorch_networks.flat(inputs), outputs, f"torch {torch.__version__}")
    # With gradients nn.TransformerEncoderLayer is exported as its parts, without them as one operator.
    with torch.set_grad_enabled(dynamic is not None):
        forms = ["pt2", "core", "trace", "script"] if dynamic is None else ["pt2", "core"]
        pytorch_networks.save_forms(folder, model, inputs, forms, dynamic)


if __name__ == "__main__":
    main()
