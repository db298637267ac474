package dev.nereid.bench.gpu;

import dev.nereid.cuda.device.DeviceKernels;
import dev.nereid.models.device.DevicePrecision;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Objects;
import java.util.function.ToLongFunction;

/**
 * A job for kernels of a GPU.
 *
 * @param precision of products of FP32
 * @param type of the operands' elements
 * @param operands elements of each, which are random numbers
 * @param result bytes of the result
 * @param scratchBytes that the kernels want
 * @param work multiply-adds, or bytes that have to be read and written
 * @param start starts the kernels once
 */
record GpuProblem(
        String name,
        DevicePrecision precision,
        DataType type,
        List<Integer> operands,
        long result,
        ToLongFunction<DeviceKernels> scratchBytes,
        Work work,
        Start start) {
    GpuProblem {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(precision, "precision");
        Objects.requireNonNull(type, "type");
        Objects.requireNonNull(scratchBytes, "scratchBytes");
        Objects.requireNonNull(work, "work");
        Objects.requireNonNull(start, "start");
        operands = List.copyOf(operands);
    }

    /** How much there is to do, and what a second's worth of it is called. */
    record Work(double amount, String unit) {
        /** Two operations each, in units of 10^12. */
        static Work multiplyAdds(double count) {
            return new Work(2 * count / 1e12, "TFLOP/s");
        }

        /** In units of 10^9. */
        static Work bytes(double count) {
            return new Work(count / 1e9, "GB/s");
        }
    }

    /** Starts kernels; operands, result and scratch memory by their addresses. */
    @FunctionalInterface
    interface Start {
        void run(DeviceKernels kernels, long[] operands, long result, long scratch);
    }
}
