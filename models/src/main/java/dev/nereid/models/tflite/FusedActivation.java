package dev.nereid.models.tflite;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.tensor.DataType;

/** The activation that many operators apply to what they computed, in the order of the format's numbers. */
enum FusedActivation {
    NONE,
    RELU,
    RELU_N1_TO_1,
    RELU6,
    TANH;

    /** A range of integers of a quantised tensor. */
    record Range(int least, int most) {}

    static FusedActivation of(int number) {
        if (number < 0 || number >= values().length) {
            throw new ModelFormatException("the fused activation number " + number + " is not supported");
        }
        return values()[number];
    }

    Value apply(GraphBuilder graph, Value value) {
        return switch (this) {
            case NONE -> value;
            case RELU -> graph.node("Relu", value);
            case RELU_N1_TO_1 -> clip(graph, value, -1, 1);
            case RELU6 -> clip(graph, value, 0, 6);
            case TANH -> graph.node("Tanh", value);
        };
    }

    static Value clip(GraphBuilder graph, Value value, double least, double most) {
        DataType type = graph.dataType(value);
        return graph.node("Clip", value, graph.scalar(least, type), graph.scalar(most, type));
    }

    /** The integers that a quantised tensor has after it. */
    Range range(TfliteTensor tensor) {
        Range all = range(tensor.type());
        return switch (this) {
            case NONE -> all;
            case RELU -> new Range(Math.max(all.least, integer(tensor, 0)), all.most);
            case RELU_N1_TO_1 ->
                new Range(Math.max(all.least, integer(tensor, -1)), Math.min(all.most, integer(tensor, 1)));
            case RELU6 -> new Range(Math.max(all.least, integer(tensor, 0)), Math.min(all.most, integer(tensor, 6)));
            case TANH -> throw new ModelFormatException("a fused TANH of quantised tensors is not supported");
        };
    }

    static Range range(DataType type) {
        return switch (type) {
            case INT8 -> new Range(Byte.MIN_VALUE, Byte.MAX_VALUE);
            case UINT8 -> new Range(0, 255);
            default -> throw new ModelFormatException("quantised tensors of " + type + " are not supported");
        };
    }

    private static int integer(TfliteTensor tensor, float real) {
        return Math.clamp(
                tensor.zeroPoint() + TfliteMath.round(real / tensor.scale()), Integer.MIN_VALUE, Integer.MAX_VALUE);
    }
}
