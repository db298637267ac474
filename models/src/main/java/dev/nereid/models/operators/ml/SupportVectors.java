package dev.nereid.models.operators.ml;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** The support vectors of a machine and the kernel that compares a row with each. */
final class SupportVectors {
    /** ONNX's {@code kernel_type}. */
    private enum Kernel {
        LINEAR,
        POLY,
        RBF,
        SIGMOID
    }

    /** ONNX's {@code kernel_params}. */
    private record Parameters(float gamma, float coefficient, float degree) {
        static Parameters of(Attributes attributes) {
            List<Float> list = attributes.reals("kernel_params").orElse(List.of());
            if (!list.isEmpty() && list.size() != 3) {
                throw new ModelFormatException(
                        "attribute 'kernel_params': expected gamma, coef0 and degree, got " + list.size() + " numbers");
            }
            return list.isEmpty() ? new Parameters(0, 0, 0) : new Parameters(list.get(0), list.get(1), list.get(2));
        }
    }

    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final int count;
    private final int features;
    private final Kernel kernel;
    private final Parameters parameters;
    private final LinearScores products;
    private final float[] vectors;

    private SupportVectors(
            int count, int features, Kernel kernel, Parameters parameters, LinearScores products, float[] vectors) {
        this.count = count;
        this.features = features;
        this.kernel = kernel;
        this.parameters = parameters;
        this.products = products;
        this.vectors = vectors;
    }

    /** Reads {@code count} vectors from the attribute {@code support_vectors}. */
    static SupportVectors of(Lowering lowering, int count) {
        Attributes attributes = lowering.attributes();
        List<Float> vectors = attributes.reals("support_vectors").orElse(List.of());
        LinearScores products = LinearScores.of(lowering, "support_vectors", vectors, count);
        float[] values = new float[vectors.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = vectors.get(i);
        }
        return new SupportVectors(
                count, values.length / count, kernel(attributes), Parameters.of(attributes), products, values);
    }

    private static Kernel kernel(Attributes attributes) {
        String name = attributes.text("kernel_type", "LINEAR");
        for (Kernel kernel : Kernel.values()) {
            if (kernel.name().equals(name)) {
                return kernel;
            }
        }
        throw new ModelFormatException("attribute 'kernel_type': expected one of "
                + java.util.Arrays.toString(Kernel.values()) + ", got '" + name + "'");
    }

    int count() {
        return count;
    }

    /**
     * Compares each row with each vector.
     *
     * @param columns of x: float32 [rows, columns]
     * @return float32 [rows, count], in scratch memory
     */
    MemorySegment compare(StepRun run, int rows, int columns, MemorySegment x) {
        if (columns != features) {
            throw new IllegalArgumentException("input 0: expected rows of " + features + " features, got " + columns);
        }
        MemorySegment y = run.scratch(4L * rows * count);
        if (kernel != Kernel.RBF) {
            products.run(run, rows, columns, x, y);
        }
        Parallel.rows(run.workers(), rows, cost(), DataType.FP64, (from, length) -> {
            for (long row = from; row < from + length; row++) {
                finish(x.asSlice(4 * row * features), y.asSlice(4 * row * count));
            }
        });
        return y;
    }

    private long cost() {
        return kernel == Kernel.RBF ? (long) count * features : count;
    }

    private void finish(MemorySegment x, MemorySegment y) {
        if (kernel == Kernel.RBF) {
            distances(x, y);
            return;
        }
        for (int i = 0; kernel != Kernel.LINEAR && i < count; i++) {
            float inner = parameters.gamma() * y.get(FLOAT, 4L * i) + parameters.coefficient();
            y.set(FLOAT, 4L * i, kernel == Kernel.SIGMOID ? (float) Math.tanh(inner) : power(inner));
        }
    }

    private void distances(MemorySegment x, MemorySegment y) {
        float[] row = new float[features];
        MemorySegment.copy(x, FLOAT, 0, row, 0, features);
        for (int i = 0; i < count; i++) {
            float sum = 0;
            for (int k = 0; k < features; k++) {
                float difference = row[k] - vectors[i * features + k];
                sum += difference * difference;
            }
            y.set(FLOAT, 4L * i, (float) Math.exp(-parameters.gamma() * sum));
        }
    }

    private float power(float base) {
        if (parameters.degree() == 2) {
            return base * base;
        }
        if (parameters.degree() == 3) {
            return base * base * base;
        }
        return (float) Math.pow(base, parameters.degree());
    }
}
