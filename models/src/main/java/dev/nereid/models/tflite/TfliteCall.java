package dev.nereid.models.tflite;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;

/** One operator of a subgraph, and the graph that its nodes are written to. */
final class TfliteCall {
    private static final int CHANNELS_LAST_RANK = 4;

    private final GraphBuilder graph;
    private final TfliteFile.Invocation invocation;
    private final List<TfliteTensor> tensors;
    private final IntFunction<Value> values;

    /** @param values the value of a tensor's number */
    TfliteCall(
            GraphBuilder graph,
            TfliteFile.Invocation invocation,
            List<TfliteTensor> tensors,
            IntFunction<Value> values) {
        this.graph = graph;
        this.invocation = invocation;
        this.tensors = tensors;
        this.values = values;
    }

    String name() {
        TfliteFile.Code code = invocation.code();
        return code.isCustom() ? code.custom() : BuiltinOperatorNames.of(code.number());
    }

    GraphBuilder graph() {
        return graph;
    }

    FlatbufferTable options() {
        return invocation.options();
    }

    MemorySegment customOptions() {
        return invocation.customOptions();
    }

    int inputs() {
        return invocation.inputs().length;
    }

    int outputs() {
        return invocation.outputs().length;
    }

    boolean has(int input) {
        return input < inputs() && invocation.inputs()[input] >= 0;
    }

    /** What the file declares of an input that is there. */
    TfliteTensor declared(int input) {
        if (!has(input)) {
            throw new ModelFormatException("it lacks input " + input);
        }
        return tensors.get(invocation.inputs()[input]);
    }

    TfliteTensor output(int output) {
        if (output >= outputs()) {
            throw new ModelFormatException("it lacks output " + output);
        }
        return tensors.get(invocation.outputs()[output]);
    }

    Value input(int input) {
        declared(input);
        return values.apply(invocation.inputs()[input]);
    }

    Optional<Value> optional(int input) {
        return has(input) ? Optional.of(input(input)) : Optional.empty();
    }

    /** Whether the first output, or an input, is quantised to integers. Biases are not looked at: they are where others are. */
    boolean isQuantized() {
        for (int input = 0; input < inputs(); input++) {
            if (has(input) && isQuantized(declared(input))) {
                return true;
            }
        }
        return outputs() > 0 && isQuantized(output(0));
    }

    /** Whether the first input is a quantised tensor: the operator computes with integers. */
    boolean computesIntegers() {
        return isQuantized(declared(0));
    }

    static boolean isQuantized(TfliteTensor tensor) {
        DataType type = tensor.type();
        return tensor.quantization().isPresent()
                && (type == DataType.INT8 || type == DataType.UINT8 || type == DataType.INT16);
    }

    /** The integers of an input that is a constant. */
    long[] integers(int input) {
        return constantIntegers(input)
                .orElseThrow(() -> new ModelFormatException("input " + input + " ('"
                        + declared(input).name() + "') is not a constant, which is not supported"));
    }

    Optional<long[]> constantIntegers(int input) {
        return graph.constant(input(input)).map(tensor -> integers(tensor));
    }

    private static long[] integers(Tensor tensor) {
        long[] integers = new long[Math.toIntExact(tensor.shape().elements())];
        MemorySegment data = tensor.segment();
        for (int i = 0; i < integers.length; i++) {
            integers[i] = switch (tensor.dataType()) {
                case INT32 -> data.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i);
                case INT64 -> data.get(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i);
                default -> throw new ModelFormatException("expected INT32 or INT64, got " + tensor.dataType());
            };
        }
        return integers;
    }

    /** An input of integers as INT64, constant or not. */
    Value wide(int input) {
        return constantIntegers(input).isPresent() && graph.rank(input(input)) == 1
                ? graph.integers(integers(input))
                : graph.cast(input(input), DataType.INT64);
    }

    /** An axis that is a constant input of one element. */
    int axis(int input) {
        long[] axis = integers(input);
        if (axis.length != 1) {
            throw new ModelFormatException("expected one axis, got " + axis.length);
        }
        return Math.toIntExact(axis[0]);
    }

    /** [batch, height, width, channels] to [batch, channels, height, width]. */
    Value channelsFirst(Value value) {
        if (graph.rank(value) != CHANNELS_LAST_RANK) {
            throw new ModelFormatException("expected a tensor of rank 4, got rank " + graph.rank(value));
        }
        return CommonNodes.transpose(graph, value, 0, 3, 1, 2);
    }

    /** The other way round. */
    Value channelsLast(Value value) {
        return CommonNodes.transpose(graph, value, 0, 2, 3, 1);
    }
}
