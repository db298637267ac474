package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.kernels.layout.LayoutKernels;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.svm.PackedVectors;
import dev.nereid.kernels.svm.SvmKernels;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * com.microsoft.CDist: the distance of each row of a from each row of b, its square with the metric {@code sqeuclidean}.
 *
 * <p>a: [m, size]; b: [n, size]; y: [m, n].
 */
final class PairDistances implements Operator {
    /** Distances that stay in the L1 cache; two rows at least, of which kernels make tiles. */
    private static final int AT_A_TIME = 1 << 12;

    private static boolean squared(Attributes attributes) {
        String metric = attributes.text("metric", "sqeuclidean");
        if (!metric.equals("sqeuclidean") && !metric.equals("euclidean")) {
            throw new ModelFormatException(
                    "attribute 'metric': expected sqeuclidean or euclidean, got '" + metric + "'");
        }
        return metric.equals("sqeuclidean");
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        var _ = squared(inference.attributes());
        TensorType a = inference.type(0);
        TensorType b = inference.type(1);
        if ((a.hasRank() && a.rank() != 2) || (b.hasRank() && b.rank() != 2)) {
            throw new ModelFormatException("expected two matrices, got " + a + " and " + b);
        }
        Dim m = a.hasRank() ? a.dim(0) : inference.unknownDim();
        Dim n = b.hasRank() ? b.dim(0) : inference.unknownDim();
        return List.of(TensorType.of(a.dataType(), List.of(m, n)));
    }

    @Override
    public void lower(Lowering lowering) {
        boolean squared = squared(lowering.attributes());
        if (lowering.type(0).dataType() != DataType.FP32) {
            lowering.step(run -> run(run, squared));
            return;
        }
        SvmKernels kernels = lowering.kernels().svm();
        UnaryKernel root = lowering.kernels().elementwise().unary(UnaryOp.SQRT, DataType.FP32);
        LayoutKernels layout = lowering.kernels().layout();
        Optional<PackedVectors> constant = lowering.constant(1).map(b -> {
            int count = Math.toIntExact(b.shape().dim(0));
            int size = Math.toIntExact(b.shape().dim(1));
            MemorySegment memory = lowering.constantMemory(kernels.packedBytes(count, size));
            return kernels.pack(b.segment(), count, size, memory);
        });
        lowering.step(run -> floats(kernels, layout, root, constant, squared, run));
    }

    /**
     * Some rows at a time, whose distances are in a cache when their roots are taken: as wide as vectors are, and copied
     * together where that is more than there are.
     */
    private static void floats(
            SvmKernels kernels,
            LayoutKernels layout,
            UnaryKernel root,
            Optional<PackedVectors> constant,
            boolean squared,
            StepRun run) {
        Tensor b = run.input(1);
        int rows = Math.toIntExact(run.input(0).shape().dim(0));
        int count = Math.toIntExact(b.shape().dim(0));
        int size = size(run);
        if (rows == 0 || count == 0) {
            return;
        }
        long packedBytes = constant.isPresent() ? 0 : aligned(kernels.packedBytes(count, size));
        // No row of results is longer than the packed vectors are with one feature.
        MemorySegment scratch = run.scratch(packedBytes + (long) rows * kernels.packedBytes(count, 1));
        MemorySegment packed = scratch.asSlice(0, packedBytes).fill((byte) 0);
        PackedVectors vectors = constant.orElseGet(() -> kernels.pack(b.segment(), count, size, packed));
        MemorySegment y = run.output(0).segment();
        MemorySegment a = run.input(0).segment();
        int stride = vectors.stride();
        MemorySegment wide = stride == count ? y : scratch.asSlice(packedBytes);
        int most = Math.max(2, AT_A_TIME / stride / 2 * 2);
        Parallel.rows(run.workers(), rows, (long) count * size, DataType.FP32, (from, taken) -> {
            for (long row = from; row < from + taken; row += most) {
                int some = Math.toIntExact(Math.min(most, from + taken - row));
                long to = Float.BYTES * row * stride;
                kernels.squaredDistances(some, a, Float.BYTES * row * size, vectors, 1, wide, to);
                if (!squared) {
                    root.run(wide, to, wide, to, some * stride);
                }
                if (stride != count) {
                    layout.copy(
                            Float.BYTES,
                            new long[] {some, count},
                            wide,
                            row * stride,
                            new long[] {stride, 1},
                            y,
                            row * count,
                            new long[] {count, 1},
                            Workers.single());
                }
            }
        });
    }

    private static long aligned(long bytes) {
        return (bytes + 63) & -64;
    }

    private static int size(StepRun run) {
        Shape a = run.input(0).shape();
        Shape b = run.input(1).shape();
        if (a.dim(1) != b.dim(1)) {
            throw new IllegalArgumentException("expected rows of one length, got " + a + " and " + b);
        }
        return Math.toIntExact(a.dim(1));
    }

    private static void run(StepRun run, boolean squared) {
        Tensor a = run.input(0);
        Tensor b = run.input(1);
        Tensor y = run.output(0);
        long n = b.shape().dim(0);
        long size = size(run);
        Parallel.rows(run.workers(), a.shape().dim(0), n * size, y.dataType(), (from, count) -> {
            for (long row = from; row < from + count; row++) {
                for (long other = 0; other < n; other++) {
                    double sum = 0;
                    for (long i = 0; i < size; i++) {
                        double difference = RealNumbers.at(a, row * size + i) - RealNumbers.at(b, other * size + i);
                        sum += difference * difference;
                    }
                    RealNumbers.set(y, row * n + other, squared ? sum : Math.sqrt(sum));
                }
            }
        });
    }
}
