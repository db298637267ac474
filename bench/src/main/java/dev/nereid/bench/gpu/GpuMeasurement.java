package dev.nereid.bench.gpu;

import dev.nereid.cuda.device.DeviceModelResources;
import dev.nereid.cuda.device.DeviceStream;
import dev.nereid.cuda.device.GpuDevice;
import dev.nereid.memory.NativeMemory;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;

/** Measures the time of a kernel on a GPU, launches included. One thread, which is a platform thread. */
final class GpuMeasurement {
    private static final long ALIGNMENT = 256;
    private static final int REPETITIONS = 5;

    private final GpuDevice device;
    private final double seconds;

    /** @param seconds of measuring a job */
    GpuMeasurement(GpuDevice device, double seconds) {
        this.device = device;
        this.seconds = seconds;
    }

    /**
     * The median of the seconds that a job takes when many are started one behind the other.
     *
     * @throws dev.nereid.models.device.DeviceException if the device refuses
     */
    double seconds(GpuProblem problem) {
        try (DeviceModelResources space = device.open(problem.precision());
                DeviceStream stream = space.newStream()) {
            stream.attach();
            long[] operands = new long[problem.operands().size()];
            long total = 0;
            for (int i = 0; i < operands.length; i++) {
                operands[i] = total;
                total += aligned(
                        (long) problem.operands().get(i) * problem.type().bytes());
            }
            long result = total;
            long scratch = result + aligned(problem.result());
            long base =
                    stream.reserve(scratch + aligned(problem.scratchBytes().applyAsLong(stream.kernels())) + ALIGNMENT);
            for (int i = 0; i < operands.length; i++) {
                operands[i] += base;
                fill(stream, problem.type(), problem.operands().get(i), operands[i]);
            }
            Runnable once = () -> problem.start().run(stream.kernels(), operands, base + result, base + scratch);
            return median(stream, once);
        }
    }

    private static long aligned(long bytes) {
        return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
    }

    private static void fill(DeviceStream stream, DataType type, int elements, long to) {
        Random random = new Random(elements);
        try (NativeMemory memory = NativeMemory.allocate(Math.max(1, (long) elements * type.bytes()))) {
            MemorySegment segment = memory.segment().asSlice(0, (long) elements * type.bytes());
            for (int i = 0; i < elements; i++) {
                float number = random.nextFloat() - 0.5f;
                switch (type) {
                    case FP16 -> segment.setAtIndex(ValueLayout.JAVA_SHORT, i, Float.floatToFloat16(number));
                    case BF16 ->
                        segment.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (Float.floatToRawIntBits(number) >>> 16));
                    default -> segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, number);
                }
            }
            stream.copyIn(segment, to);
            stream.synchronize();
        }
    }

    private double median(DeviceStream stream, Runnable once) {
        // The first one may have to load the kernel.
        time(stream, once, 1);
        double single = time(stream, once, 1);
        int count = (int) Math.clamp(seconds / REPETITIONS / single, 1, 100_000);
        double[] each = new double[REPETITIONS];
        for (int i = 0; i < each.length; i++) {
            each[i] = time(stream, once, count) / count;
        }
        Arrays.sort(each);
        return each[REPETITIONS / 2];
    }

    private static double time(DeviceStream stream, Runnable once, int count) {
        long start = System.nanoTime();
        for (int i = 0; i < count; i++) {
            once.run();
        }
        stream.synchronize();
        return Math.max(1, System.nanoTime() - start) / 1e9;
    }
}
