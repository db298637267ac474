package dev.nereid.models.pytorch.aten;

import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.Optional;

/** Quantised tensors and a number: PyTorch changes the scale and the zero point, and the steps only where they do not fit. */
final class QuantizedScalars {
    private QuantizedScalars() {}

    /** The sum; the number is rounded to steps. */
    static Value sum(AtenGraph graph, Value tensor, double number, boolean relu) {
        Optional<QuantizedSteps> given = graph.quantization(tensor);
        Optional<Tensor> scales = given.flatMap(steps -> graph.constant(steps.scale()));
        Optional<Tensor> zeros = given.flatMap(steps -> graph.constant(steps.zeroPoint()));
        if (scales.isEmpty() || zeros.isEmpty()) {
            return active(graph, graph.node("Add", tensor, graph.scalar(number, DataType.FP32)), relu);
        }
        double scale = RealNumbers.at(scales.get(), 0);
        long zero = IntegerTensors.read(zeros.get()).orElseThrow()[0];
        DataType type = zeros.get().dataType();
        long least = type == DataType.INT8 ? Byte.MIN_VALUE : 0;
        long greatest = least + 255;
        long steps = Math.round(Math.rint(number / scale));
        long moved = zero - steps;
        Value sum = active(graph, graph.node("Add", tensor, graph.scalar(steps * scale, DataType.FP32)), relu);
        if (moved >= least && moved <= greatest) {
            graph.quantized(sum, QuantizedSteps.of(graph, scale, moved, type));
            return sum;
        }
        long end = moved < least ? least : greatest;
        double range = moved < least ? greatest - moved : moved - least;
        return QuantizedSteps.of(graph, range / (greatest - least) * scale, end, type)
                .tensor(sum);
    }

    /** The product: the same steps with another scale, from the other end for a negative number. */
    static Value product(AtenGraph graph, Value tensor, double number, boolean relu) {
        Value product = active(graph, graph.node("Mul", tensor, graph.scalar(number, DataType.FP32)), relu);
        graph.quantization(tensor).ifPresent(given -> {
            Optional<Tensor> scale = graph.constant(given.scale());
            Optional<long[]> zero = graph.constant(given.zeroPoint()).flatMap(IntegerTensors::read);
            if (scale.isPresent() && zero.isPresent() && number != 0) {
                DataType type = graph.dataType(given.zeroPoint());
                long sum = type == DataType.INT8 ? -1 : 255;
                graph.quantized(
                        product,
                        QuantizedSteps.of(
                                graph,
                                Math.abs(number) * RealNumbers.at(scale.get(), 0),
                                number < 0 ? sum - zero.get()[0] : zero.get()[0],
                                type));
            }
        });
        return product;
    }

    private static Value active(AtenGraph graph, Value value, boolean relu) {
        return relu ? graph.node("Relu", value) : value;
    }
}
