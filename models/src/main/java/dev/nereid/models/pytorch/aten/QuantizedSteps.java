package dev.nereid.models.pytorch.aten;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * How floats become steps, and steps floats: {@code real = scale * (step - zeroPoint)}.
 *
 * @param scale FP32 of shape [], or [n] along an axis
 * @param zeroPoint of the datatype of the steps and the shape of the scale
 * @param axis meaningful where the scale has one
 */
public record QuantizedSteps(AtenGraph graph, Value scale, Value zeroPoint, int axis) {
    /** One scale for all; INT8 or UINT8 steps. */
    public static QuantizedSteps of(AtenGraph graph, double scale, long zeroPoint, DataType type) {
        requireBytes(type);
        return new QuantizedSteps(graph, graph.scalar(scale, DataType.FP32), graph.scalar(zeroPoint, type), 0);
    }

    /**
     * Scales and zero points of any datatype of numbers, for all elements or along an axis.
     *
     * @param zeroPoints absent where they are 0
     */
    public static QuantizedSteps of(
            AtenGraph graph, Value scales, Optional<Value> zeroPoints, int axis, DataType type) {
        requireBytes(type);
        Value scale = converted(graph, scales, DataType.FP32);
        Value zero = zeroPoints
                .map(value -> converted(graph, value, type))
                .orElseGet(() -> graph.rank(scale) == 0
                        ? graph.scalar(0L, type)
                        : SizedNodes.filled(graph, 0, type, SizedNodes.sizes(graph, scale)));
        return new QuantizedSteps(graph, scale, zero, axis);
    }

    /** Steps as a tensor with a scale and zero point for each place of an axis; those of tables have zero points of floats. */
    public static Value ofChannels(AtenGraph graph, Value steps, Value scales, Value zeroPoints, int axis) {
        if (!graph.dataType(zeroPoints).isFloat()) {
            return of(graph, scales, Optional.of(zeroPoints), axis, graph.dataType(steps))
                    .tensorOfSteps(steps);
        }
        long[] behind = LongStream.range(1, graph.rank(steps) - (long) axis).toArray();
        Value scale = graph.cast(scales, DataType.FP32);
        Value zero = graph.cast(zeroPoints, DataType.FP32);
        if (behind.length > 0) {
            scale = CommonNodes.unsqueeze(graph, scale, behind);
            zero = CommonNodes.unsqueeze(graph, zero, behind);
        }
        return graph.node("Mul", graph.node("Sub", graph.cast(steps, DataType.FP32), zero), scale);
    }

    private static void requireBytes(DataType type) {
        if (type != DataType.INT8 && type != DataType.UINT8) {
            throw new ModelFormatException("quantised tensors are of INT8 or UINT8 here, got " + type);
        }
    }

    /** Constants are converted at once: the optimiser looks for them before it folds others. */
    private static Value converted(AtenGraph graph, Value value, DataType type) {
        Optional<Tensor> constant = graph.constant(value);
        if (graph.dataType(value) == type || constant.isEmpty()) {
            return graph.cast(value, type);
        }
        Tensor from = constant.get();
        Tensor to = graph.newTensor(type, from.shape());
        Optional<long[]> integers = type.isInteger() ? IntegerTensors.read(from) : Optional.empty();
        for (int i = 0; i < from.shape().elements(); i++) {
            if (integers.isPresent()) {
                to.segment().set(ValueLayout.JAVA_BYTE, i, (byte) integers.get()[i]);
            } else {
                RealNumbers.set(to, i, RealNumbers.at(from, i));
            }
        }
        return graph.constant(value.name() + " " + type, to);
    }

    Value quantized(Value floats) {
        return graph.node("QuantizeLinear", attributes(), floats, scale, zeroPoint);
    }

    /** Steps as floats; the weights of a quantised layer are such. */
    public Value dequantized(Value steps) {
        return graph.node("DequantizeLinear", attributes(), steps, scale, zeroPoint);
    }

    /** Floats as floats that have a step each. */
    Value rounded(Value floats) {
        return dequantized(quantized(floats));
    }

    /** Floats rounded to steps, as a quantised tensor. */
    Value tensor(Value floats) {
        return marked(rounded(floats));
    }

    /** Steps as a quantised tensor. */
    public Value tensorOfSteps(Value steps) {
        return marked(dequantized(steps));
    }

    private Value marked(Value tensor) {
        graph.quantized(tensor, this);
        return tensor;
    }

    private Attributes attributes() {
        return graph.rank(scale) == 0 ? Attributes.NONE : OnnxAttributes.integer("axis", axis);
    }
}
