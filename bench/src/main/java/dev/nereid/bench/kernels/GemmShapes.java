package dev.nereid.bench.kernels;

import dev.nereid.kernels.KernelLayer;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.PackedMatrix;
import dev.nereid.kernels.matmul.VectorMatMul;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.NativeMemory;
import dev.nereid.nativekernels.NativeOverlay;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Products of matrices in GFLOP/s and as a share of the core's peak, on one thread: with a packed right side, by the C
 * kernels (where this machine has them) and by the Java ones, and with one as it lies. The right sides take turns among
 * copies of {@value #COLD_BYTES} bytes together, as the weights of a model do. The shapes take turns, and each counts with
 * its least processor time, so that a busy machine spoils little.
 *
 * <p>Arguments: the seconds to measure, then shapes as {@code MxNxK}; without any those of the sentence model.
 */
public final class GemmShapes {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final List<String> SENTENCE_MODEL =
            List.of("16x384x384", "16x1536x384", "16x384x1536", "128x384x384", "128x1536x384", "128x384x1536");
    private static final int PEAK_ROUNDS = 20_000;

    /** More than the L2 cache holds, less than most L3 caches. */
    private static final long COLD_BYTES = 12 << 20;

    private final String name;
    private final double operations;
    private final Runnable product;
    private long best = Long.MAX_VALUE;

    private GemmShapes(String name, double operations, Runnable product) {
        this.name = name;
        this.operations = operations;
        this.product = product;
    }

    public static void main(String[] arguments) {
        double seconds = arguments.length > 0 ? Double.parseDouble(arguments[0]) : 10;
        List<String> shapes =
                arguments.length > 1 ? Arrays.asList(arguments).subList(1, arguments.length) : SENTENCE_MODEL;
        List<GemmShapes> contestants = new ArrayList<>();
        contestants.add(new GemmShapes(
                "peak", MultiplyAddPeak.operations(PEAK_ROUNDS), () -> consume(MultiplyAddPeak.run(PEAK_ROUNDS))));
        MatMulKernels java = new VectorMatMul(Cpu.detect());
        Optional<MatMulKernels> c = NativeOverlay.layer() instanceof KernelLayer.Available layer
                ? Optional.of(layer.overlay()
                        .over(KernelSet.scalar().withMatMul(java))
                        .matMul())
                : Optional.empty();
        for (String shape : shapes) {
            int[] sizes =
                    Arrays.stream(shape.split("x")).mapToInt(Integer::parseInt).toArray();
            c.ifPresent(kernels -> addPacked(contestants, kernels, shape + " packed, C", sizes));
            addPacked(contestants, java, shape + " packed, Java", sizes);
            addUnpacked(contestants, java, shape + " as it lies", sizes);
        }
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() < end) {
            contestants.forEach(GemmShapes::measure);
        }
        double peak = contestants.get(0).rate();
        for (GemmShapes contestant : contestants) {
            System.out.printf(
                    "%-32s %7.1f GFLOP/s %5.1f %%%n",
                    contestant.name, contestant.rate(), 100 * contestant.rate() / peak);
        }
    }

    /** @param sizes m, n and k */
    private static void addPacked(List<GemmShapes> contestants, MatMulKernels kernels, String name, int... sizes) {
        Matrix a = matrix(sizes[0], sizes[2]);
        Matrix b = matrix(sizes[2], sizes[1]);
        Matrix c = matrix(sizes[0], sizes[1]);
        long bytes = kernels.packedBytes(sizes[2], sizes[1]);
        List<PackedMatrix> copies = Stream.generate(
                        () -> kernels.pack(b, NativeMemory.allocate(bytes).segment()))
                .limit(Math.max(1, COLD_BYTES / bytes))
                .toList();
        MemorySegment scratch = NativeMemory.allocate(kernels.scratchBytes(sizes[0], copies.getFirst()))
                .segment();
        contestants.add(new GemmShapes(
                name,
                operations(sizes) * copies.size(),
                () -> copies.forEach(
                        packed -> kernels.multiply(a, packed, c, Epilogue.NONE, scratch, Workers.single()))));
    }

    private static void addUnpacked(List<GemmShapes> contestants, MatMulKernels kernels, String name, int... sizes) {
        Matrix a = matrix(sizes[0], sizes[2]);
        Matrix b = matrix(sizes[2], sizes[1]);
        Matrix c = matrix(sizes[0], sizes[1]);
        MemorySegment scratch =
                NativeMemory.allocate(kernels.scratchBytes(a, b)).segment();
        contestants.add(new GemmShapes(
                name, operations(sizes), () -> kernels.multiply(a, b, c, Epilogue.NONE, scratch, Workers.single())));
    }

    private static double operations(int... sizes) {
        return 2.0 * sizes[0] * sizes[1] * sizes[2];
    }

    private static Matrix matrix(int rows, int columns) {
        return Matrix.of(numbers((long) rows * columns), rows, columns);
    }

    private static MemorySegment numbers(long count) {
        MemorySegment segment = NativeMemory.allocate(count * Float.BYTES).segment();
        for (long i = 0; i < count; i++) {
            segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, i % 17 * 0.01f);
        }
        return segment;
    }

    private void measure() {
        for (int i = 0; i < 5; i++) {
            long start = THREADS.getCurrentThreadCpuTime();
            product.run();
            best = Math.min(best, Math.max(1, THREADS.getCurrentThreadCpuTime() - start));
        }
    }

    private double rate() {
        return operations / best;
    }

    private static void consume(float result) {
        if (Float.isNaN(result)) {
            throw new IllegalStateException("the chains ran away");
        }
    }
}
