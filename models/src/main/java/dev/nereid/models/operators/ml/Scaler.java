package dev.nereid.models.operators.ml;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * ONNX Scaler: {@code y = (x - offset) * scale}, with a number for all features or one a feature. x: [rows, features] or
 * [features]; y: FP32 of the same shape. Doubles are scaled as doubles.
 */
final class Scaler implements Operator {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        FeatureRows.rows(inference);
        return List.of(inference.type(0).withDataType(DataType.FP32));
    }

    @Override
    public void lower(Lowering lowering) {
        float[] offsets = numbers(lowering.attributes(), "offset", 0);
        float[] scales = numbers(lowering.attributes(), "scale", 1);
        boolean doubles = lowering.type(0).dataType() == DataType.FP64;
        FeatureRows features = FeatureRows.of(lowering, doubles ? DataType.FP64 : DataType.FP32);
        lowering.step(run -> run(run, features, offsets, scales));
    }

    private static void run(StepRun run, FeatureRows rows, float[] offsets, float[] scales) {
        Shape shape = run.input(0).shape();
        int features = FeatureRows.features(shape);
        checkLength("offset", offsets, features);
        checkLength("scale", scales, features);
        MemorySegment x = rows.read(run);
        MemorySegment y = run.output(0).segment();
        boolean doubles = rows.type() == DataType.FP64;
        Parallel.elements(run.workers(), shape.elements(), DataType.FP64, (from, length) -> {
            for (long i = from; i < from + length; i++) {
                int feature = (int) (i % features);
                float offset = offsets[offsets.length == 1 ? 0 : feature];
                float scale = scales[scales.length == 1 ? 0 : feature];
                float value = doubles
                        ? (float) ((x.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * i) - offset) * scale)
                        : (x.get(FLOAT, 4 * i) - offset) * scale;
                y.set(FLOAT, 4 * i, value);
            }
        });
    }

    private static float[] numbers(Attributes attributes, String name, float whenAbsent) {
        List<Float> list = attributes.reals(name).orElse(List.of());
        float[] numbers = new float[Math.max(1, list.size())];
        numbers[0] = whenAbsent;
        for (int i = 0; i < list.size(); i++) {
            numbers[i] = list.get(i);
        }
        return numbers;
    }

    private static void checkLength(String name, float[] numbers, int features) {
        if (numbers.length != 1 && numbers.length != features) {
            throw new ModelFormatException("attribute '" + name + "': expected 1 or " + features
                    + " numbers, one a feature, got " + numbers.length);
        }
    }
}
