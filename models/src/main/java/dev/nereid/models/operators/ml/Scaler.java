package dev.nereid.models.operators.ml;

import dev.nereid.kernels.elementwise.BinaryKernel;
import dev.nereid.kernels.elementwise.BinaryOp;
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

    /** Elements that one call of a kernel works on at least: rows are short, and a call has a price of its own. */
    private static final int BLOCK = 1024;

    /** Numbers of floats, repeated for some rows of features. */
    private record Repeated(MemorySegment numbers, int rows, boolean isOne) {
        static Repeated of(Lowering lowering, float... numbers) {
            int rows = numbers.length == 1 ? 1 : Math.ceilDiv(BLOCK, numbers.length);
            MemorySegment memory = lowering.constantMemory(4L * rows * numbers.length);
            for (int i = 0; i < rows * numbers.length; i++) {
                memory.set(FLOAT, 4L * i, numbers[i % numbers.length]);
            }
            return new Repeated(memory, rows, numbers.length == 1);
        }

        /** {@code y = kernel(x, numbers)} of elements from the begin of a row on, as many as there are numbers at most. */
        void apply(BinaryKernel kernel, MemorySegment x, MemorySegment y, long offset, int length) {
            if (isOne) {
                kernel.rightScalar(x, offset, numbers, 0, y, offset, length);
            } else {
                kernel.both(x, offset, numbers, 0, y, offset, length);
            }
        }
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        FeatureRows.rows(inference);
        return List.of(inference.type(0).withDataType(DataType.FP32));
    }

    @Override
    public void lower(Lowering lowering) {
        float[] offsets = numbers(lowering.attributes(), "offset", 0);
        float[] scales = numbers(lowering.attributes(), "scale", 1);
        if (lowering.type(0).dataType() == DataType.FP64) {
            FeatureRows features = FeatureRows.of(lowering, DataType.FP64);
            lowering.step(run -> runDoubles(run, features, offsets, scales));
            return;
        }
        FeatureRows rows = FeatureRows.of(lowering, DataType.FP32);
        Repeated offset = Repeated.of(lowering, offsets);
        Repeated scale = Repeated.of(lowering, scales);
        BinaryKernel subtract = lowering.kernels().elementwise().binary(BinaryOp.SUB, DataType.FP32);
        BinaryKernel multiply = lowering.kernels().elementwise().binary(BinaryOp.MUL, DataType.FP32);
        lowering.step(run -> {
            Shape shape = run.input(0).shape();
            int features = checkedFeatures(shape, offsets, scales);
            MemorySegment x = rows.read(run);
            MemorySegment y = run.output(0).segment();
            int together = Math.ceilDiv(BLOCK, Math.max(features, 1));
            Parallel.rows(run.workers(), FeatureRows.rows(shape), features, DataType.FP32, (from, count) -> {
                for (long row = from; row < from + count; row += together) {
                    int length = (int) Math.min(together, from + count - row) * features;
                    offset.apply(subtract, x, y, 4 * row * features, length);
                    scale.apply(multiply, y, y, 4 * row * features, length);
                }
            });
        });
    }

    private static void runDoubles(StepRun run, FeatureRows rows, float[] offsets, float[] scales) {
        Shape shape = run.input(0).shape();
        int features = checkedFeatures(shape, offsets, scales);
        MemorySegment x = rows.read(run);
        MemorySegment y = run.output(0).segment();
        Parallel.elements(run.workers(), shape.elements(), DataType.FP64, (from, length) -> {
            for (long i = from; i < from + length; i++) {
                int feature = (int) (i % features);
                float offset = offsets[offsets.length == 1 ? 0 : feature];
                float scale = scales[scales.length == 1 ? 0 : feature];
                double value = x.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * i);
                y.set(FLOAT, 4 * i, (float) ((value - offset) * scale));
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

    private static int checkedFeatures(Shape shape, float[] offsets, float[] scales) {
        int features = FeatureRows.features(shape);
        checkLength("offset", offsets, features);
        checkLength("scale", scales, features);
        return features;
    }

    private static void checkLength(String name, float[] numbers, int features) {
        if (numbers.length != 1 && numbers.length != features) {
            throw new ModelFormatException("attribute '" + name + "': expected 1 or " + features
                    + " numbers, one a feature, got " + numbers.length);
        }
    }
}
