package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.cuda.device.DeviceKernels;
import dev.nereid.cuda.device.DeviceModelResources;
import dev.nereid.cuda.device.DeviceStream;
import dev.nereid.cuda.device.GpuDevice;
import dev.nereid.models.device.DevicePrecision;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;

/** An emulated GPU for tests of kernels: operands go there, a kernel runs, its output comes back. */
final class DeviceRig implements AutoCloseable {
    /** Around blocks, warps and vectors, and beyond. */
    static final int[] SIZES = {0, 1, 2, 3, 4, 5, 31, 32, 33, 63, 64, 65, 127, 255, 256, 257, 1021, 4098};

    /** Starts a kernel that reads the inputs and writes the output. */
    @FunctionalInterface
    interface Start {
        void run(DeviceKernels kernels, long[] inputs, long output);
    }

    private final DeviceModelResources resources;
    private final DeviceStream stream;
    private final Arena arena = Arena.ofShared();

    private DeviceRig(DeviceModelResources resources) {
        this.resources = resources;
        this.stream = resources.newStream();
    }

    static DeviceRig open(String test) {
        return open(test, DevicePrecision.FP32);
    }

    static DeviceRig open(String test, DevicePrecision precision) {
        return open(test, precision, EmulatedCuda.AMPERE);
    }

    /** The device of a number: which, says {@link EmulatedCuda}. */
    static DeviceRig open(String test, DevicePrecision precision, int number) {
        return EmulatedCuda.find(test)
                .map(cuda -> on(cuda.gpus().all().get(number), precision))
                .orElseGet(() -> Assumptions.abort("no emulated GPU"));
    }

    static DeviceRig on(GpuDevice device, DevicePrecision precision) {
        return new DeviceRig(device.open(precision));
    }

    DeviceModelResources resources() {
        return resources;
    }

    /** Runs one kernel. */
    MemorySegment run(long outputBytes, List<MemorySegment> inputs, Start start) {
        stream.attach();
        long[] offsets = new long[inputs.size()];
        long total = 0;
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] = total;
            total += (inputs.get(i).byteSize() + 255) / 256 * 256;
        }
        long base = stream.reserve(total + outputBytes);
        for (int i = 0; i < offsets.length; i++) {
            offsets[i] += base;
            stream.copyIn(inputs.get(i), offsets[i]);
        }
        start.run(stream.kernels(), offsets, base + total);
        MemorySegment output = memory(outputBytes);
        stream.copyOut(base + total, output);
        stream.synchronize();
        return output;
    }

    MemorySegment memory(long bytes) {
        return arena.allocate(Math.max(bytes, 1), 64).asSlice(0, bytes);
    }

    MemorySegment floats(float... values) {
        MemorySegment memory = memory(4L * values.length);
        MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_FLOAT, 0, values.length);
        return memory;
    }

    /** Numbers around zero. */
    MemorySegment random(Random random, int length) {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return floats(values);
    }

    static float[] toFloats(MemorySegment memory) {
        return memory.toArray(ValueLayout.JAVA_FLOAT);
    }

    /** Every number within {@code relative} of the expected one, or {@code absolute}; NaN likewise. */
    static void assertClose(MemorySegment actual, MemorySegment expected, float relative, float absolute, String what) {
        float[] x = toFloats(actual);
        float[] y = toFloats(expected);
        assertThat(x.length).isEqualTo(y.length);
        List<String> wrong = new ArrayList<>();
        for (int i = 0; i < x.length && wrong.size() < 5; i++) {
            boolean same = Float.compare(x[i], y[i]) == 0 || x[i] == y[i] || (Float.isNaN(x[i]) && Float.isNaN(y[i]));
            if (!same && !(Math.abs(x[i] - y[i]) <= relative * Math.abs(y[i]) + absolute)) {
                wrong.add("[" + i + "]: expected " + y[i] + ", got " + x[i]);
            }
        }
        assertThat(wrong).as(what).isEmpty();
    }

    @Override
    public void close() {
        stream.close();
        resources.close();
        arena.close();
    }
}
