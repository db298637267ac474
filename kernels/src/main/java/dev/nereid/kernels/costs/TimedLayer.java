package dev.nereid.kernels.costs;

import dev.nereid.kernels.convolution.ChannelsLastKernels;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.convolution.PackedFilters;
import dev.nereid.kernels.convolution.PreparedConvolution;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** How long a layer takes. */
public final class TimedLayer {
    private static final long MEASURE_NANOS = 100_000_000;

    /** So many measurements one after the other that are no faster, and in which nothing is compiled, end the warm-up. */
    private static final int STEADY = 3;

    /** Measurements of the longest warm-up. */
    private static final int MOST = 20;

    /** The part of a measurement's time below which compilers are idle: they may have small tasks of others. */
    private static final double IDLE = 0.2;

    /** The part of the fastest time so far below which a time is faster, and not only less disturbed. */
    private static final double FASTER = 0.95;

    private TimedLayer() {}

    /**
     * The least nanoseconds of a run on one thread, warmed up before.
     *
     * @param winograd whether by Winograd's algorithm, which the kernels must have for it
     * @param coldBytes of copies of the filters, which take turns; 0 for one that stays where it is
     */
    public static double nanos(ChannelsLastKernels kernels, ConvShape shape, boolean winograd, long coldBytes) {
        Filters filters = Filters.of(shape);
        long inputBytes = (long) shape.channels() * shape.window().inputs() * Float.BYTES;
        long outputBytes = (long) shape.filters() * shape.window().outputs() * Float.BYTES;
        long packedBytes = kernels.packedBytes(filters, winograd);
        long stride = (packedBytes + NativeMemory.ALIGNMENT - 1) & -NativeMemory.ALIGNMENT;
        int copies = Math.toIntExact(1 + coldBytes / stride);
        try (NativeMemory x = NativeMemory.allocate(inputBytes);
                NativeMemory y = NativeMemory.allocate(outputBytes);
                NativeMemory weights = NativeMemory.allocate(copies * stride)) {
            List<PreparedConvolution> layers = new ArrayList<>();
            PackedFilters packed;
            try (NativeMemory w = NativeMemory.allocate(filters.elements() * Float.BYTES)) {
                packed = kernels.pack(filters, winograd, w.segment(), weights.segment());
            }
            for (int copy = 0; copy < copies; copy++) {
                MemorySegment own = weights.segment().asSlice(copy * stride, packedBytes);
                if (copy > 0) {
                    own.copyFrom(packed.segment().asSlice(0, packedBytes));
                }
                layers.add(kernels.prepare(shape, new PackedFilters(filters, winograd, own, kernels)));
            }
            try (NativeMemory scratch = NativeMemory.allocate(layers.getFirst().scratchBytes(1))) {
                warmUp(() -> least(layers, x.segment(), y.segment(), scratch.segment()));
                return least(layers, x.segment(), y.segment(), scratch.segment());
            }
        }
    }

    /** Measures until the kernels are compiled, which takes longer on a busy machine. */
    private static void warmUp(LongSupplier measurement) {
        CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();
        long fastest = Long.MAX_VALUE;
        int steady = 0;
        for (int i = 0; i < MOST && steady < STEADY; i++) {
            long before = compiler.getTotalCompilationTime();
            long nanos = measurement.getAsLong();
            long compiling = TimeUnit.MILLISECONDS.toNanos(compiler.getTotalCompilationTime() - before);
            boolean faster = nanos < fastest * FASTER;
            steady = faster || compiling > IDLE * MEASURE_NANOS ? 0 : steady + 1;
            fastest = Math.min(fastest, nanos);
        }
    }

    private static long least(
            List<PreparedConvolution> layers, MemorySegment x, MemorySegment y, MemorySegment scratch) {
        long end = System.nanoTime() + MEASURE_NANOS;
        long least = Long.MAX_VALUE;
        long now = System.nanoTime();
        for (int run = 0; now < end; run++) {
            layers.get(run % layers.size())
                    .run(x, Optional.empty(), Activation.NONE, Optional.empty(), y, scratch, Workers.single());
            long ended = System.nanoTime();
            least = Math.min(least, ended - now);
            now = ended;
        }
        return least;
    }
}
