package dev.nereid.models.optimize;

import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.optimize.QuantizedValues.Quantized;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;

/**
 * What is added to each output of a quantised layer, constant floats or integers behind a DequantizeLinear.
 *
 * @param count of outputs
 */
record QuantizedAddends(long count, IntToDoubleFunction numbers) {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    /** Those that a value is; empty where it is something else. */
    static Optional<QuantizedAddends> of(Value value, GraphIndex index, QuantizedValues values) {
        Optional<Tensor> floats = row(value, DataType.FP32, index);
        if (floats.isPresent()) {
            return Optional.of(
                    new QuantizedAddends(floats.get().shape().elements(), place -> values.floatAt(value, place)));
        }
        Optional<Node> node = index.producer(value, "DequantizeLinear");
        Optional<Tensor> integers =
                node.flatMap(found -> found.input(0)).flatMap(bytes -> row(bytes, DataType.INT32, index));
        Optional<Value> scale = node.flatMap(found -> found.input(1))
                .filter(found -> row(found, DataType.FP32, index).isPresent());
        if (integers.isEmpty() || scale.isEmpty() || !isCentred(node.get(), index)) {
            return Optional.empty();
        }
        MemorySegment segment = integers.get().segment();
        return Optional.of(new QuantizedAddends(
                integers.get().shape().elements(),
                place -> (double) segment.getAtIndex(INT, place) * values.floatAt(scale.get(), place)));
    }

    private static Optional<Tensor> row(Value value, DataType type, GraphIndex index) {
        return index.constant(value)
                .filter(tensor -> tensor.dataType() == type && tensor.shape().rank() <= 1);
    }

    /** Whether a DequantizeLinear takes nothing off. */
    private static boolean isCentred(Node dequantize, GraphIndex index) {
        return dequantize.input(2).isEmpty()
                || dequantize
                        .input(2)
                        .flatMap(index::constant)
                        .filter(tensor -> tensor.segment()
                                .elements(ValueLayout.JAVA_BYTE)
                                .allMatch(each -> each.get(ValueLayout.JAVA_BYTE, 0) == 0))
                        .isPresent();
    }

    /** They in steps of the layer's sums, INT32; empty where one of them is no such integer. */
    Optional<Tensor> inSteps(Quantized x, Quantized w, QuantizedValues values, SegmentAllocator memory) {
        MemorySegment integers = memory.allocate(4L * count, 64);
        for (int output = 0; output < count; output++) {
            double step = (double) values.scale(x, 0) * values.scale(w, output);
            double rounded = Math.rint(numbers.applyAsDouble(output) / step);
            // NaN is no integer either.
            if (!(Math.abs(rounded) <= Integer.MAX_VALUE)) {
                return Optional.empty();
            }
            integers.setAtIndex(INT, output, (int) rounded);
        }
        return Optional.of(Tensor.of(DataType.INT32, Shape.of(count), integers));
    }
}
