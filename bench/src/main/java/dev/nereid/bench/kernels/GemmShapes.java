package dev.nereid.bench.kernels;

import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.PackedMatrix;
import dev.nereid.kernels.matmul.VectorMatMul;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Products of matrices in GFLOP/s and as a share of the core's peak, packed and as they lie, on one thread. The shapes
 * take turns, and each counts with its least processor time, so that a busy machine spoils little.
 *
 * <p>Arguments: the seconds to measure, then shapes as {@code MxNxK}; without any those of the sentence model.
 */
public final class GemmShapes {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final List<String> SENTENCE_MODEL =
            List.of("16x384x384", "16x1536x384", "16x384x1536", "128x384x384", "128x1536x384", "128x384x1536");
    private static final int PEAK_ROUNDS = 20_000;

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
        MatMulKernels kernels = new VectorMatMul(Cpu.detect());
        for (String shape : shapes) {
            int[] sizes =
                    Arrays.stream(shape.split("x")).mapToInt(Integer::parseInt).toArray();
            addShape(contestants, kernels, shape, sizes[0], sizes[1], sizes[2]);
        }
        long end = System.nanoTime() + (long) (seconds * 1e9);
        while (System.nanoTime() < end) {
            contestants.forEach(GemmShapes::measure);
        }
        double peak = contestants.get(0).rate();
        for (GemmShapes contestant : contestants) {
            System.out.printf(
                    "%-24s %7.1f GFLOP/s %5.1f %%%n",
                    contestant.name, contestant.rate(), 100 * contestant.rate() / peak);
        }
    }

    private static void addShape(
            List<GemmShapes> contestants, MatMulKernels kernels, String shape, int m, int n, int k) {
        Matrix a = Matrix.of(numbers((long) m * k), m, k);
        Matrix b = Matrix.of(numbers((long) k * n), k, n);
        Matrix c = Matrix.of(numbers((long) m * n), m, n);
        PackedMatrix packed =
                kernels.pack(b, NativeMemory.allocate(kernels.packedBytes(k, n)).segment());
        MemorySegment scratch = NativeMemory.allocate(
                        Math.max(kernels.scratchBytes(a, b), kernels.scratchBytes(m, packed)))
                .segment();
        double operations = 2.0 * m * n * k;
        contestants.add(new GemmShapes(
                shape + " packed",
                operations,
                () -> kernels.multiply(a, packed, c, Epilogue.NONE, scratch, Workers.single())));
        contestants.add(new GemmShapes(
                shape + " as it lies",
                operations,
                () -> kernels.multiply(a, b, c, Epilogue.NONE, scratch, Workers.single())));
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
