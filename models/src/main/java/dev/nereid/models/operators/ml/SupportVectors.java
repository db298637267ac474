package dev.nereid.models.operators.ml;

import dev.nereid.kernels.svm.PackedVectors;
import dev.nereid.kernels.svm.SvmKernels;
import dev.nereid.kernels.svm.WeightGroups;
import dev.nereid.memory.NativeMemory;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The support vectors of a machine: rows are compared with each, and what comes of it is added up with weights. */
final class SupportVectors {
    /** How a row is compared with all vectors, before the function. */
    private interface Comparison {
        /** Elements from a row of results to the next. */
        int stride();

        /** Compares all rows and applies the function. */
        void run(StepRun run, int rows, MemorySegment x, MemorySegment y);
    }

    private final int features;
    private final SvmKernels kernels;
    private final Comparison comparison;

    private SupportVectors(int features, SvmKernels kernels, Comparison comparison) {
        this.features = features;
        this.kernels = kernels;
        this.comparison = comparison;
    }

    /** Reads {@code count} vectors from the attribute {@code support_vectors}. */
    static SupportVectors of(Lowering lowering, int count) {
        List<Float> vectors = lowering.attributes().reals("support_vectors").orElse(List.of());
        if (count < 1 || vectors.isEmpty() || vectors.size() % count != 0) {
            throw new ModelFormatException(
                    "attribute 'support_vectors': expected numbers for " + count + " vectors, got " + vectors.size());
        }
        KernelFunction function = KernelFunction.of(lowering);
        SvmKernels kernels = lowering.kernels().svm();
        int features = vectors.size() / count;
        Comparison comparison = function.takesDistances()
                ? new Distances(kernels, pack(lowering, vectors, count, features), function)
                : new Products(LinearScores.of(lowering, "support_vectors", vectors, count), function);
        return new SupportVectors(features, kernels, comparison);
    }

    private static PackedVectors pack(Lowering lowering, List<Float> vectors, int count, int features) {
        SvmKernels kernels = lowering.kernels().svm();
        MemorySegment memory = lowering.constantMemory(kernels.packedBytes(count, features));
        try (NativeMemory copy = NativeMemory.allocate(4L * vectors.size())) {
            ConstantFloats.write(vectors, copy.segment());
            return kernels.pack(copy.segment(), count, features, memory);
        }
    }

    /**
     * Compares each row with each vector and adds up what comes of it.
     *
     * @param columns of x: float32 [rows, columns]
     * @return FP64 [rows, groups, lists], in scratch memory
     */
    MemorySegment weigh(StepRun run, int rows, int columns, MemorySegment x, WeightGroups weights) {
        if (columns != features) {
            throw new IllegalArgumentException("input 0: expected rows of " + features + " features, got " + columns);
        }
        int stride = comparison.stride();
        MemorySegment near = run.scratch(4L * rows * stride);
        comparison.run(run, rows, x, near);
        int terms = weights.groups() * weights.lists();
        MemorySegment sums = run.scratch(8L * rows * terms);
        long cost = (long) weights.lists() * weights.count();
        Parallel.rows(
                run.workers(),
                rows,
                cost,
                DataType.FP32,
                (from, length) ->
                        kernels.weigh(length, near, 4 * from * stride, stride, weights, sums, 8 * from * terms));
        return sums;
    }

    private record Distances(SvmKernels kernels, PackedVectors vectors, KernelFunction function) implements Comparison {
        @Override
        public int stride() {
            return vectors.stride();
        }

        @Override
        public void run(StepRun run, int rows, MemorySegment x, MemorySegment y) {
            long cost = (long) vectors.count() * vectors.features();
            Parallel.rows(run.workers(), rows, cost, DataType.FP32, (from, length) -> {
                long at = 4 * from * stride();
                kernels.squaredDistances(length, x, 4 * from * vectors.features(), vectors, function.scale(), y, at);
                function.values().run(y, y, at, length * stride());
            });
        }
    }

    private record Products(LinearScores products, KernelFunction function) implements Comparison {
        @Override
        public int stride() {
            return products.count();
        }

        @Override
        public void run(StepRun run, int rows, MemorySegment x, MemorySegment y) {
            products.run(run, rows, products.features(), x, y);
            if (function.kind() != KernelFunction.Kind.LINEAR) {
                long count = (long) rows * stride();
                MemorySegment scratch = run.scratch(function.needsScratch() ? 4 * count : 0);
                Parallel.elements(
                        run.workers(),
                        count,
                        DataType.FP32,
                        (from, length) -> function.values().run(y, scratch, 4 * from, length));
            }
        }
    }
}
