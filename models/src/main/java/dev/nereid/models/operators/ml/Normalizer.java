package dev.nereid.models.operators.ml;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * ONNX Normalizer: each row divided by its greatest element, the sum of its magnitudes, or its length; a row whose norm
 * is 0 stays. x: [rows, features] or [features]; y: FP32 of the same shape.
 */
final class Normalizer implements Operator {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /** ONNX's {@code norm}. */
    private enum Norm {
        MAX,
        L1,
        L2
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        FeatureRows.rows(inference);
        return List.of(inference.type(0).withDataType(DataType.FP32));
    }

    @Override
    public void lower(Lowering lowering) {
        Norm norm = norm(lowering.attributes().text("norm", "MAX"));
        FeatureRows features = FeatureRows.of(lowering, DataType.FP32);
        lowering.step(run -> {
            Shape shape = run.input(0).shape();
            int length = FeatureRows.features(shape);
            MemorySegment x = features.read(run);
            MemorySegment y = run.output(0).segment();
            Parallel.rows(run.workers(), FeatureRows.rows(shape), length, DataType.FP64, (from, rows) -> {
                for (long row = from; row < from + rows; row++) {
                    normalize(norm, x, y, 4 * row * length, length);
                }
            });
        });
    }

    private static void normalize(Norm norm, MemorySegment x, MemorySegment y, long offset, int length) {
        float total = norm == Norm.MAX ? -Float.MAX_VALUE : 0;
        for (int i = 0; i < length; i++) {
            float value = x.get(FLOAT, offset + 4L * i);
            total = switch (norm) {
                case MAX -> total < value ? value : total;
                case L1 -> total + Math.abs(value);
                case L2 -> total + value * value;
            };
        }
        for (int i = 0; i < length; i++) {
            float value = x.get(FLOAT, offset + 4L * i);
            float scaled = total == 0
                    ? value
                    : norm == Norm.L2 ? Math.copySign((float) Math.sqrt(value * value / total), value) : value / total;
            y.set(FLOAT, offset + 4L * i, scaled);
        }
    }

    private static Norm norm(String name) {
        for (Norm norm : Norm.values()) {
            if (norm.name().equals(name)) {
                return norm;
            }
        }
        throw new ModelFormatException("attribute 'norm': expected MAX, L1 or L2, got '" + name + "'");
    }
}
