package dev.nereid.models.tflite;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.models.tflite.TfliteMath.FixedPoint;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;
import java.util.function.IntUnaryOperator;

/** Nodes that compute with the integers of quantised tensors. */
final class TfliteIntegers {
    static final String DOMAIN = "dev.nereid";

    private static final int BYTES = 256;

    private TfliteIntegers() {}

    /** The integers of a tensor of 8 bits less its zero point, as INT32. */
    static Value centred(TfliteCall call, int input) {
        GraphBuilder graph = call.graph();
        Value wide = graph.cast(call.input(input), DataType.INT32);
        int zeroPoint = call.declared(input).zeroPoint();
        return zeroPoint == 0 ? wide : graph.node("Sub", wide, graph.scalar((long) zeroPoint, DataType.INT32));
    }

    /** Sums of products times factors as the integers of the call's output: rounded once. */
    static Value scaledOnce(TfliteCall call, Value sums, FusedActivation activation, FixedPoint... factors) {
        return scaled(call, 1, sums, activation, factors);
    }

    /** Accumulators times a factor as the integers of the call's output: rounded twice. */
    static Value scaled(TfliteCall call, Value accumulators, FusedActivation activation, FixedPoint... factors) {
        return scaled(call, 2, accumulators, activation, factors);
    }

    /** INT32 times a factor, rounded twice, as INT32. */
    static Value scaledWide(TfliteCall call, Value value, FixedPoint factor) {
        return scaled(
                call.graph(), value, OnnxAttributes.integer("to", OnnxTypes.number(DataType.INT32)), new FixedPoint[] {
                    factor
                });
    }

    private static Value scaled(
            TfliteCall call, int roundings, Value accumulators, FusedActivation activation, FixedPoint... factors) {
        TfliteTensor output = call.output(0);
        FusedActivation.Range range = activation.range(output);
        Attributes attributes = OnnxAttributes.integer("zero_point", output.zeroPoint())
                .with("roundings", OnnxAttributes.integerValue(roundings))
                .with("minimum", OnnxAttributes.integerValue(range.least()))
                .with("maximum", OnnxAttributes.integerValue(range.most()))
                .with("to", OnnxAttributes.integerValue(OnnxTypes.number(output.type())));
        return scaled(call.graph(), accumulators, attributes, factors);
    }

    private static Value scaled(GraphBuilder graph, Value accumulators, Attributes attributes, FixedPoint[] factors) {
        int[] multipliers = new int[factors.length];
        int[] shifts = new int[factors.length];
        for (int i = 0; i < factors.length; i++) {
            multipliers[i] = factors[i].multiplier();
            shifts[i] = factors[i].shift();
        }
        return graph.nodes(
                        DOMAIN,
                        "FixedPointScale",
                        1,
                        attributes,
                        List.of(
                                Optional.of(accumulators),
                                Optional.of(constant(graph, multipliers)),
                                Optional.of(constant(graph, shifts))))
                .getFirst();
    }

    /** The quotient of INT32 values to the nearest integer, halves away from zero. */
    static Value dividedAwayFromZero(GraphBuilder graph, Value value, Value divisor) {
        Value half = graph.node("Div", divisor, graph.scalar(2L, DataType.INT32));
        Value size = graph.node("Div", graph.node("Add", graph.node("Abs", value), half), divisor);
        return graph.node("Mul", graph.node("Sign", value), size);
    }

    /** INT32 of shape [n]. */
    static Value constant(GraphBuilder graph, int... integers) {
        Tensor tensor = graph.newTensor(DataType.INT32, Shape.of(integers.length));
        MemorySegment.copy(integers, 0, tensor.segment(), ValueLayout.JAVA_INT_UNALIGNED, 0, integers.length);
        return named(graph, tensor);
    }

    /** The first input through a table: what a function gives for each of the 256 integers, as the output's type. */
    static Value mapped(TfliteCall call, IntUnaryOperator function) {
        DataType to = call.output(0).type();
        FusedActivation.Range all = FusedActivation.range(to);
        return mapped(call, 0, to, value -> Math.clamp(function.applyAsInt(value), all.least(), all.most()));
    }

    /** An input through a table, as INT32 or a type of 8 bits. */
    static Value mapped(TfliteCall call, int input, DataType to, IntUnaryOperator function) {
        GraphBuilder graph = call.graph();
        int least = FusedActivation.range(call.declared(input).type()).least();
        Tensor table = graph.newTensor(to, Shape.of(BYTES));
        for (int i = 0; i < BYTES; i++) {
            int result = function.applyAsInt(least + i);
            if (to == DataType.INT32) {
                table.segment().set(ValueLayout.JAVA_INT_UNALIGNED, 4L * i, result);
            } else {
                table.segment().set(ValueLayout.JAVA_BYTE, i, (byte) result);
            }
        }
        Value index = graph.cast(call.input(input), DataType.INT32);
        Value from = least == 0 ? index : graph.node("Sub", index, graph.scalar((long) least, DataType.INT32));
        return graph.node("Gather", named(graph, table), from);
    }

    /** Limits the integers of an output that has the steps of its input. */
    static Value limited(TfliteCall call, Value value, FusedActivation activation) {
        if (activation == FusedActivation.NONE) {
            return value;
        }
        FusedActivation.Range range = activation.range(call.output(0));
        return FusedActivation.clip(call.graph(), value, range.least(), range.most());
    }

    /** Checks that an input has the steps of the output: its integers pass as they are. */
    static void checkSameSteps(TfliteCall call, int input) {
        TfliteTensor from = call.declared(input);
        TfliteTensor to = call.output(0);
        if (from.scale() != to.scale() || from.zeroPoint() != to.zeroPoint()) {
            throw new ModelFormatException("input '" + from.name() + "' has the steps (" + from.scale() + ", "
                    + from.zeroPoint() + "), the output (" + to.scale() + ", " + to.zeroPoint()
                    + "); expected the same");
        }
    }

    /** A table or vector as a constant of the graph. */
    static Value named(GraphBuilder graph, Tensor tensor) {
        return graph.constant(graph.integers().name() + "." + tensor.segment().address(), tensor);
    }
}
