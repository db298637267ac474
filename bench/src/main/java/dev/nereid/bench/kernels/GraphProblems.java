package dev.nereid.bench.kernels;

import com.google.protobuf.ByteString;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.execute.RunResult;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.OperatorSetIdProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.proto.onnx.TensorShapeProto;
import dev.nereid.proto.onnx.TypeProto;
import dev.nereid.proto.onnx.ValueInfoProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Questions that no single kernel answers: small graphs, loaded as a model is, so that what the optimiser does counts. */
final class GraphProblems {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final long RETAINED = 64L << 20;

    private GraphProblems() {}

    /** @param sizes rows and columns */
    static Problem chain(int... sizes) {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("chain")
                .addInitializer(floats("scale", 2, sizes[1]))
                .addInitializer(floats("shift", 3, sizes[1]))
                .addNode(node("Mul", "scaled", "x", "scale"))
                .addNode(node("Add", "shifted", "scaled", "shift"))
                .addNode(node("Sigmoid", "gate", "shifted"))
                .addNode(node("Mul", "y", "x", "gate"));
        return problem(
                graph,
                "y = x * sigmoid(x * scale + shift) of x[%d, %d]".formatted(sizes[0], sizes[1]),
                8.0 * sizes[0] * sizes[1],
                Problem.Unit.BYTES,
                "elementwise",
                sizes[0],
                sizes[1]);
    }

    /** @param sizes steps, batch, input and hidden elements */
    static Problem lstm(int... sizes) {
        int gates = 4 * sizes[3];
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("lstm")
                .addInitializer(weights("w", 2, 1, gates, sizes[2]))
                .addInitializer(weights("r", 3, 1, gates, sizes[3]))
                .addInitializer(floats("b", 4, 1, 2L * gates))
                .addNode(node("LSTM", "y", "x", "w", "r", "b").toBuilder()
                        .addAttribute(AttributeProto.newBuilder()
                                .setName("hidden_size")
                                .setType(AttributeProto.AttributeType.INT)
                                .setI(sizes[3])));
        return problem(
                graph,
                "LSTM of %d steps, batch %d, %d elements, %d hidden".formatted(sizes[0], sizes[1], sizes[2], sizes[3]),
                2.0 * sizes[0] * sizes[1] * gates * (sizes[2] + sizes[3]),
                Problem.Unit.OPERATIONS,
                "recurrent",
                sizes[0],
                sizes[1],
                sizes[2]);
    }

    private static Problem problem(
            GraphProto.Builder graph, String text, double work, Problem.Unit unit, String slot, long... dims) {
        graph.addInput(value("x", dims))
                .addOutput(ValueInfoProto.newBuilder().setName("y").setType(floatType()));
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph)
                .build();
        Tensor x = Tensor.of(
                DataType.FP32, Shape.of(dims), Operands.floats(1, Shape.of(dims).elements()));
        // A layer answers with all of its kernels; which slot matters most decides whose choice is marked.
        return new Problem(
                text,
                work,
                unit,
                List.of(Form.everywhere(slot, set -> trial(model, set, x)).within(Form.ROUNDING)));
    }

    private static KernelRun trial(ModelProto proto, KernelSet kernels, Tensor x) {
        LoadedModel model = load(proto, kernels);
        return new KernelRun(() -> model.run(List.of(x), Workers.single()).close(), () -> {
            try (RunResult result = model.run(List.of(x), Workers.single())) {
                Tensor y = result.outputs().getFirst();
                return Operands.readingFloats(
                                y.segment(), Math.toIntExact(y.shape().elements()))
                        .get();
            }
        });
    }

    private static LoadedModel load(ModelProto proto, KernelSet kernels) {
        try {
            Path file = Files.createTempFile("nereid-question", ".onnx");
            try {
                Files.write(file, proto.toByteArray());
                return ModelLoader.load(file, LoadOptions.DEFAULT, kernels, new SlabPool(RETAINED));
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write a graph to a temporary file", e);
        }
    }

    private static NodeProto node(String operator, String output, String... inputs) {
        return NodeProto.newBuilder()
                .setOpType(operator)
                .setName("node_" + output)
                .addAllInput(List.of(inputs))
                .addOutput(output)
                .build();
    }

    private static TensorProto floats(String name, long seed, long... dims) {
        return tensor(name, Operands.floats(seed, Shape.of(dims).elements()), dims);
    }

    /** Small enough that a difference of one step does not grow in the next: [..., k] within the root of 1 / k. */
    private static TensorProto weights(String name, long seed, long... dims) {
        long count = Shape.of(dims).elements();
        MemorySegment numbers = Operands.floats(seed, count);
        float bound = (float) (1 / Math.sqrt((double) dims[dims.length - 1]));
        for (long i = 0; i < count; i++) {
            numbers.setAtIndex(FLOAT, i, bound * numbers.getAtIndex(FLOAT, i));
        }
        return tensor(name, numbers, dims);
    }

    private static TensorProto tensor(String name, MemorySegment numbers, long... dims) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(TensorProto.DataType.FLOAT.getNumber())
                .setRawData(ByteString.copyFrom(numbers.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN)));
        for (long dim : dims) {
            tensor.addDims(dim);
        }
        return tensor.build();
    }

    private static ValueInfoProto value(String name, long... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long dim : dims) {
            shape.addDimBuilder().setDimValue(dim);
        }
        TypeProto.Builder type = floatType();
        type.getTensorTypeBuilder().setShape(shape);
        return ValueInfoProto.newBuilder().setName(name).setType(type).build();
    }

    private static TypeProto.Builder floatType() {
        return TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder().setElemType(TensorProto.DataType.FLOAT.getNumber()));
    }
}
