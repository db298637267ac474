package dev.nereid.models.golden;

import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/** When an output counts as equal to a recorded one. */
public enum Agreement {
    /** {@code |x - y| <= 1e-3 |x| + 1e-4 max |x|}; integers exact. */
    CLOSE {
        @Override
        Optional<String> compareFloats(float[] expected, float[] actual) {
            double scale = 0;
            for (float value : expected) {
                scale = Float.isFinite(value) ? Math.max(scale, Math.abs(value)) : scale;
            }
            for (int i = 0; i < expected.length; i++) {
                if (Float.isFinite(expected[i]) != Float.isFinite(actual[i])) {
                    return Optional.of("element " + i + ": expected " + expected[i] + ", got " + actual[i]);
                }
                double error = Math.abs((double) expected[i] - actual[i]);
                if (Float.isFinite(expected[i]) && error > 1e-3 * Math.abs(expected[i]) + 1e-4 * scale) {
                    return Optional.of("element " + i + ": expected " + expected[i] + ", got " + actual[i]);
                }
            }
            return Optional.empty();
        }
    },
    /** Cosine at least 0.99 and norms within 2 %: for quantised models. */
    SAME_DIRECTION {
        @Override
        Optional<String> compareFloats(float[] expected, float[] actual) {
            double dot = 0;
            double expectedNorm = 0;
            double actualNorm = 0;
            for (int i = 0; i < expected.length; i++) {
                dot += (double) expected[i] * actual[i];
                expectedNorm += (double) expected[i] * expected[i];
                actualNorm += (double) actual[i] * actual[i];
            }
            double cosine = dot / Math.sqrt(expectedNorm * actualNorm);
            double norms = Math.sqrt(actualNorm / expectedNorm);
            boolean agrees = cosine >= 0.99 && Math.abs(norms - 1) <= 0.02;
            return agrees ? Optional.empty() : Optional.of("cosine " + cosine + ", norm " + norms + " of the expected");
        }
    };

    abstract Optional<String> compareFloats(float[] expected, float[] actual);

    /** What is wrong with {@code actual}; empty where it agrees. */
    public Optional<String> compare(Tensor expected, Tensor actual) {
        if (actual.dataType() != expected.dataType() || !actual.shape().equals(expected.shape())) {
            return Optional.of("expected " + expected.dataType() + expected.shape() + ", got " + actual.dataType()
                    + actual.shape());
        }
        if (expected.dataType() == DataType.FP32) {
            return compareFloats(floats(expected), floats(actual));
        }
        long mismatch = expected.segment()
                .asSlice(0, expected.byteSize())
                .mismatch(actual.segment().asSlice(0, expected.byteSize()));
        return mismatch < 0 ? Optional.empty() : Optional.of("byte " + mismatch + " differs");
    }

    private static float[] floats(Tensor tensor) {
        return tensor.segment().asSlice(0, tensor.byteSize()).toArray(ValueLayout.JAVA_FLOAT);
    }
}
