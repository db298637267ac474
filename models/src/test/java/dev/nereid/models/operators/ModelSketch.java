package dev.nereid.models.operators;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.device.Device;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.graph.RunValue;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.OperatorSetIdProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.proto.onnx.TypeProto;
import dev.nereid.proto.onnx.ValueInfoProto;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;

/**
 * Small models with subgraphs, written as text: a node is {@code "y = Add(a, b)"}, an input or output {@code
 * "x:f[n,2]"}, of the types f (FP32), i (INT64) and b (BOOL), {@code "s:seq(f)"} or {@code "o:opt(f)"}.
 */
public final class ModelSketch {
    private static final int OPSET = 18;

    private ModelSketch() {}

    /** A node; an input that is left out is an empty name. */
    public static NodeProto node(String text, AttributeProto... attributes) {
        String[] sides = text.split("=", 2);
        String call = sides[1].strip();
        int open = call.indexOf('(');
        return NodeProto.newBuilder()
                .setOpType(call.substring(0, open))
                .addAllOutput(names(sides[0]))
                .addAllInput(names(call.substring(open + 1, call.length() - 1)))
                .addAllAttribute(List.of(attributes))
                .build();
    }

    /** The same node of the domain com.microsoft. */
    public static NodeProto microsoft(NodeProto node) {
        return node.toBuilder().setDomain("com.microsoft").build();
    }

    public static GraphProto graph(String inputs, String outputs, NodeProto... nodes) {
        GraphProto.Builder graph = GraphProto.newBuilder().setName("g").addAllNode(List.of(nodes));
        values(inputs).forEach(graph::addInput);
        values(outputs).forEach(graph::addOutput);
        return graph.build();
    }

    public static AttributeProto body(String name, GraphProto graph) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.GRAPH)
                .setG(graph)
                .build();
    }

    public static AttributeProto number(String name, long value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build();
    }

    public static AttributeProto real(String name, float value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.FLOAT)
                .setF(value)
                .build();
    }

    public static AttributeProto numbers(String name, long... values) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.INTS)
                .addAllInts(Arrays.stream(values).boxed().toList())
                .build();
    }

    public static AttributeProto floatList(String name, float... values) {
        AttributeProto.Builder list =
                AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.FLOATS);
        for (float value : values) {
            list.addFloats(value);
        }
        return list.build();
    }

    public static AttributeProto texts(String name, List<String> values) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.STRINGS)
                .addAllStrings(values.stream().map(ByteString::copyFromUtf8).toList())
                .build();
    }

    public static AttributeProto text(String name, String value) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build();
    }

    /** A constant of floats: of rank 0 where there is one. */
    public static NodeProto floats(String name, float... values) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setDataType(TensorProto.DataType.FLOAT.getNumber());
        for (float value : values) {
            tensor.addFloatData(value);
        }
        return constant(name, values.length, tensor);
    }

    /** A constant of INT64: of rank 0 where there is one. */
    public static NodeProto longs(String name, long... values) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setDataType(TensorProto.DataType.INT64.getNumber());
        Arrays.stream(values).forEach(tensor::addInt64Data);
        return constant(name, values.length, tensor);
    }

    public static NodeProto bool(String name, boolean value) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setDataType(TensorProto.DataType.BOOL.getNumber())
                .addInt32Data(value ? 1 : 0);
        return constant(name, 1, tensor);
    }

    /** A constant of floats of any shape. */
    public static NodeProto floats(String name, Shape shape, float... values) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setDataType(TensorProto.DataType.FLOAT.getNumber());
        for (float value : values) {
            tensor.addFloatData(value);
        }
        return constant(name, shape, tensor);
    }

    /** A constant of integers of at most 32 bits, of any shape. */
    public static NodeProto integers(String name, TensorProto.DataType type, Shape shape, int... values) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setDataType(type.getNumber());
        Arrays.stream(values).forEach(tensor::addInt32Data);
        return constant(name, shape, tensor);
    }

    private static NodeProto constant(String name, Shape shape, TensorProto.Builder tensor) {
        Arrays.stream(shape.dims()).forEach(tensor::addDims);
        return constant(name, 1, tensor);
    }

    private static NodeProto constant(String name, int count, TensorProto.Builder tensor) {
        if (count != 1) {
            tensor.addDims(count);
        }
        return node(
                name + " = Constant()",
                AttributeProto.newBuilder()
                        .setName("value")
                        .setType(AttributeProto.AttributeType.TENSOR)
                        .setT(tensor)
                        .build());
    }

    /** Loads the graph for opset 18; the caller closes it. */
    public static LoadedModel load(GraphProto graph, LoadOptions options, SlabPool pool) {
        return load(graph, options, pool, OPSET);
    }

    /** As {@link #load(GraphProto, LoadOptions, SlabPool)}, for a device. */
    public static LoadedModel load(GraphProto graph, LoadOptions options, SlabPool pool, Device device) {
        return load(graph, options, pool, device, OPSET);
    }

    /** As above, for another opset. */
    public static LoadedModel load(GraphProto graph, LoadOptions options, SlabPool pool, Device device, int opset) {
        return load(graph, opset, (file, kernels) -> ModelLoader.load(file, options, kernels, pool, device));
    }

    /** As above, for the CPU. */
    public static LoadedModel load(GraphProto graph, LoadOptions options, SlabPool pool, int opset) {
        return load(graph, opset, (file, kernels) -> ModelLoader.load(file, options, kernels, pool));
    }

    private static LoadedModel load(GraphProto graph, int opset, BiFunction<Path, KernelSet, LoadedModel> load) {
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                .addOpsetImport(OperatorSetIdProto.newBuilder()
                        .setDomain("com.microsoft")
                        .setVersion(1))
                .addOpsetImport(
                        OperatorSetIdProto.newBuilder().setDomain("ai.onnx.ml").setVersion(3))
                .setGraph(graph)
                .build();
        try {
            Path file = Files.createTempFile("sketch", ".onnx");
            try {
                Files.write(file, model.toByteArray());
                KernelSet kernels = new VectorKernels(Cpu.detect()).over(KernelSet.scalar());
                return load.apply(file, kernels);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /**
     * Runs the graph optimised and not, each twice over one frame; checks that all runs give the same and that no memory
     * is left.
     *
     * @return the outputs as text
     */
    public static List<String> run(GraphProto graph, Tensor... inputs) {
        List<RunValue> values = Stream.of(inputs).map(RunValue::of).toList();
        List<String> first = run(graph, LoadOptions.DEFAULT, values);
        assertThat(run(graph, LoadOptions.UNOPTIMIZED, values)).isEqualTo(first);
        return first;
    }

    private static List<String> run(GraphProto graph, LoadOptions options, List<RunValue> inputs) {
        try (SlabPool pool = new SlabPool(1 << 20)) {
            List<String> first;
            try (LoadedModel model = load(graph, options, pool)) {
                first = texts(model, inputs);
                long used = pool.usedBytes();
                assertThat(texts(model, inputs)).isEqualTo(first);
                assertThat(pool.usedBytes()).isEqualTo(used);
            }
            assertThat(pool.usedBytes()).isZero();
            return first;
        }
    }

    private static List<String> texts(LoadedModel model, List<RunValue> inputs) {
        try (RunResult result = model.runValues(inputs, Workers.single())) {
            return result.values().stream().map(ModelSketch::text).toList();
        }
    }

    private static String text(RunValue value) {
        return switch (value) {
            case RunValue.OfTensor(Tensor tensor) -> Tensors.text(tensor);
            case RunValue.OfSequence(List<RunValue> elements) ->
                elements.stream().map(ModelSketch::text).toList().toString();
            case RunValue.OfOptional optional ->
                optional.element().map(ModelSketch::text).orElse("none");
            case RunValue.OfMap(Tensor keys, Tensor values) -> Tensors.text(keys) + "->" + Tensors.text(values);
        };
    }

    private static List<String> names(String list) {
        String stripped = list.strip();
        return stripped.isEmpty()
                ? List.of()
                : Arrays.stream(stripped.split(",", -1)).map(String::strip).toList();
    }

    private static List<ValueInfoProto> values(String text) {
        return text.isBlank()
                ? List.of()
                : Arrays.stream(text.split(" ")).map(ModelSketch::value).toList();
    }

    private static ValueInfoProto value(String text) {
        String[] parts = text.split(":", 2);
        return ValueInfoProto.newBuilder()
                .setName(parts[0])
                .setType(type(parts[1]))
                .build();
    }

    private static TypeProto type(String text) {
        if (text.startsWith("seq(")) {
            return TypeProto.newBuilder()
                    .setSequenceType(TypeProto.Sequence.newBuilder().setElemType(inner(text)))
                    .build();
        }
        if (text.startsWith("opt(")) {
            return TypeProto.newBuilder()
                    .setOptionalType(TypeProto.Optional.newBuilder().setElemType(inner(text)))
                    .build();
        }
        TensorProto.DataType element = elementType(text.charAt(0));
        return text.length() > 1
                ? GraphWriter.value(
                                "",
                                element,
                                names(text.substring(2, text.length() - 1)).toArray())
                        .getType()
                : TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder().setElemType(element.getNumber()))
                        .build();
    }

    private static TypeProto inner(String text) {
        return type(text.substring(4, text.length() - 1));
    }

    private static TensorProto.DataType elementType(char letter) {
        return switch (letter) {
            case 'f' -> TensorProto.DataType.FLOAT;
            case 'i' -> TensorProto.DataType.INT64;
            case 'b' -> TensorProto.DataType.BOOL;
            case 's' -> TensorProto.DataType.STRING;
            default -> throw new IllegalArgumentException("type " + letter);
        };
    }
}
