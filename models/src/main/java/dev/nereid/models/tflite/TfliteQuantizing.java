package dev.nereid.models.tflite;

import static dev.nereid.models.tflite.TfliteOperator.integers;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.models.tflite.TfliteMath.FixedPoint;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** From floats to integers and back. */
final class TfliteQuantizing {
    private TfliteQuantizing() {}

    static List<TfliteOperator> all() {
        return List.of(
                integers("QUANTIZE", TfliteQuantizing::quantize), integers("DEQUANTIZE", call -> dequantized(call, 0)));
    }

    /** What the integers of an input stand for, in FP32; floats of fewer bits are widened. */
    static Value dequantized(TfliteCall call, int input) {
        GraphBuilder graph = call.graph();
        TfliteTensor tensor = call.declared(input);
        if (tensor.type().kind() == DataType.Kind.FLOAT) {
            return graph.cast(call.input(input), DataType.FP32);
        }
        TfliteQuantization steps = tensor.quantization();
        if (!steps.isPresent()) {
            throw new ModelFormatException("tensor '" + tensor.name() + "' has no scale");
        }
        int count = steps.scales().length;
        Shape shape = count == 1 ? Shape.of() : Shape.of(count);
        Tensor scales = graph.newTensor(DataType.FP32, shape);
        Tensor zeroPoints = graph.newTensor(DataType.INT32, shape);
        for (int i = 0; i < count; i++) {
            scales.segment().set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i, steps.scales()[i]);
            zeroPoints.segment().set(ValueLayout.JAVA_INT_UNALIGNED, 4L * i, (int) steps.zeroPoints()[i]);
        }
        return graph.node(
                "DequantizeLinear",
                OnnxAttributes.integer("axis", steps.axis()),
                call.input(input),
                TfliteIntegers.named(graph, scales),
                graph.cast(TfliteIntegers.named(graph, zeroPoints), tensor.type()));
    }

    private static Value quantize(TfliteCall call) {
        GraphBuilder graph = call.graph();
        TfliteTensor output = call.output(0);
        if (call.computesIntegers()) {
            TfliteTensor input = call.declared(0);
            FixedPoint factor = FixedPoint.of((double) input.scale() / output.scale());
            return TfliteIntegers.mapped(call, value -> factor.times(value - input.zeroPoint()) + output.zeroPoint());
        }
        FusedActivation.Range range = FusedActivation.range(output.type());
        Value steps = graph.node("Div", call.input(0), graph.scalar(output.scale(), DataType.FP32));
        Value size = graph.node("Abs", steps);
        Value whole = graph.node("Floor", size);
        Value up = graph.cast(
                graph.node("GreaterOrEqual", graph.node("Sub", size, whole), graph.scalar(0.5, DataType.FP32)),
                DataType.FP32);
        Value rounded = graph.node("Mul", graph.node("Sign", steps), graph.node("Add", whole, up));
        Value moved = graph.node("Add", rounded, graph.scalar((double) output.zeroPoint(), DataType.FP32));
        return graph.cast(FusedActivation.clip(graph, moved, range.least(), range.most()), output.type());
    }
}
