"""Writes calls of ATen operators, and what PyTorch gives for them, as AtenCasesTest reads them (see AtenCase)."""

import pathlib
import sys

import torch

TYPES = {
    torch.bool: "BOOL", torch.uint8: "UINT8", torch.int8: "INT8", torch.int16: "INT16", torch.int32: "INT32",
    torch.int64: "INT64", torch.float16: "FP16", torch.bfloat16: "BF16", torch.float32: "FP32",
    torch.float64: "FP64", torch.quint8: "UINT8", torch.qint8: "INT8",
}

GENERATOR = torch.Generator().manual_seed(1)


def number(value):
    if isinstance(value, bool):
        return str(int(value))
    return str(value) if isinstance(value, int) else f"{value:.9g}"


def tensor_text(tensor):
    """A tensor as a case has it: type, dims, numbers."""
    dims = " ".join(map(str, tensor.shape))
    numbers = " ".join(map(number, tensor.detach().contiguous().flatten().tolist()))
    return f"{TYPES[tensor.dtype]} [{dims}] {numbers}".rstrip()


def real(*shape, dtype=torch.float32):
    """A tensor of short numbers around 0, the same in every run."""
    return (torch.round(torch.randn(shape, generator=GENERATOR) * 100) / 100).to(dtype)


def whole(*shape, low=-5, high=6, dtype=torch.int64):
    """A tensor of integers."""
    return torch.randint(low, high, shape, generator=GENERATOR).to(dtype)


class Reference:
    """A result of a call, or an input, by its name in the case."""

    def __init__(self, name, value):
        self.name = name
        self.value = value

    def __getitem__(self, index):
        return Reference(f"{self.name}:{index}", self.value[index])


def plain(argument):
    if isinstance(argument, Reference):
        return argument.value
    if isinstance(argument, (list, tuple)):
        return [plain(item) for item in argument]
    return argument


class Case:
    """One case; a call runs the operator at once."""

    def __init__(self, bed, title):
        self.bed = bed
        self.title = title
        self.inputs = []
        self.calls = []
        self.results = []
        self.notes = []
        self.operators = []

    def input(self, tensor):
        name = f"x{len(self.inputs)}"
        self.inputs.append(f"input {name} {tensor_text(tensor)}")
        return Reference(name, tensor.clone())

    def argument(self, value):
        """The text of an argument."""
        if isinstance(value, Reference):
            return "$" + value.name
        if isinstance(value, (list, tuple)):
            return "[" + " ".join(map(self.argument, value)) + "]"
        if isinstance(value, str):
            return f"'{value}'"
        if isinstance(value, torch.dtype):
            return TYPES[value]
        if value is None or isinstance(value, (bool, int)):
            return str(value)
        text = repr(float(value))
        return text

    def call(self, operator, *arguments, **named):
        """Calls aten::OPERATOR, or one of another name space: 'torchvision::nms'."""
        arguments = [self.referenced(each) for each in arguments]
        named = {name: self.referenced(each) for name, each in named.items()}
        space, _, local = operator.rpartition("::")
        name, _, overload = local.partition(".")
        packet = getattr(getattr(torch.ops, space or "aten"), name)
        function = getattr(packet, overload) if overload else packet
        value = function(*map(plain, arguments), **{key: plain(each) for key, each in named.items()})
        result = f"y{len(self.calls)}"
        texts = [self.argument(each) for each in arguments] + [f"{n}={self.argument(v)}" for n, v in named.items()]
        self.calls.append(f"call {result} {space or 'aten'}::{local} " + " ".join(texts))
        self.operators.append(f"{space}::{local}")
        return Reference(result, value)

    def referenced(self, value):
        """Tensors among arguments become inputs."""
        if isinstance(value, torch.Tensor):
            return self.input(value)
        if isinstance(value, (list, tuple)):
            return [self.referenced(each) for each in value]
        return value

    def gives(self, reference):
        value = reference.value
        if isinstance(value, (list, tuple)):
            for index in range(len(value)):
                self.gives(reference[index])
            return
        if not isinstance(value, torch.Tensor):
            value = torch.tensor(value, dtype=torch.float64 if isinstance(value, float) else None)
        self.results.append(f"gives ${reference.name} {tensor_text(value)}")

    def near(self, tolerance):
        self.notes.append(f"near {tolerance}")
        return self

    def known(self):
        self.notes.append("known")
        return self

    def weights(self, *names):
        """Inputs that every graph knows."""
        self.notes.append(f"weights {' '.join(names)}")
        return self

    def lines(self):
        return [f"case {self.title}"] + self.notes + self.inputs + self.calls + self.results


class Bed:
    """The cases of one file."""

    def __init__(self):
        self.cases = []

    def case(self, title):
        self.cases.append(Case(self, title))
        return self.cases[-1]

    def one(self, operator, *arguments, **named):
        """A case of one call: all that it gives is compared, and the tensor that it writes."""
        number = sum(each.title.split(" #")[0] == operator for each in self.cases) + 1
        case = self.case(f"{operator} #{number}" if number > 1 else operator)
        arguments = [case.referenced(each) for each in arguments]
        case.gives(case.call(operator, *arguments, **named))
        name = operator.split(".")[0]
        if name.startswith("__i") or name.endswith("_") and not name.endswith("__"):
            case.gives(arguments[0])
        return case

    def refused(self, operator, text, *arguments, **named):
        """A case of one call that is refused with a message that has the text; PyTorch is not asked."""
        case = self.case(f"{operator} refused: {text}")
        texts = [case.argument(case.referenced(each)) for each in arguments]
        texts += [f"{name}={case.argument(case.referenced(each))}" for name, each in named.items()]
        case.calls.append(f"call y0 aten::{operator} " + " ".join(texts))
        case.notes.append(f"refused {text}")
        return case

    def lines(self, small):
        """All cases, or the first one of each operator beside those of several calls."""
        seen = set()
        lines = []
        for case in self.cases:
            if small and len(case.operators) == 1 and case.operators[0] in seen:
                continue
            seen.update(case.operators)
            lines += case.lines() + [""]
        return lines


def write(files):
    """Writes the tree's own cases, or all of them into the folder that the command line names."""
    small = len(sys.argv) < 2
    folder = pathlib.Path(__file__).parent.parent / "resources/dev/nereid/models/pytorch/aten"
    folder = folder if small else pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, bed in files.items():
        (folder / name).write_text("\n".join([f"# Written by {pathlib.Path(sys.argv[0]).name}."] + bed.lines(small)))
