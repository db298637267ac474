package dev.nereid.bench.gpu;

import dev.nereid.bench.gpu.GpuProblem.Work;
import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceAttention;
import dev.nereid.cuda.device.DeviceAttentionWindow;
import dev.nereid.cuda.device.DeviceKernels;
import dev.nereid.cuda.device.DeviceNorm;
import dev.nereid.cuda.device.DeviceProduct;
import dev.nereid.kernels.attention.AttentionShape;
import dev.nereid.models.device.DevicePrecision;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The jobs that a GPU is asked to do. */
final class GpuProblems {
    private static final int BATCH = 8;
    private static final int HEADS = 12;
    private static final int HEAD_SIZE = 64;

    private GpuProblems() {}

    /**
     * All jobs.
     *
     * @param size rows, columns and k of products; rows of norms are twice as many, tokens of attention an eighth
     */
    static List<GpuProblem> of(int size) {
        List<GpuProblem> all = new ArrayList<>();
        all.add(product("fp16", DataType.FP16, DevicePrecision.FP32, size));
        all.add(product("bf16", DataType.BF16, DevicePrecision.FP32, size));
        all.add(product("tf32", DataType.FP32, DevicePrecision.TF32, size));
        all.add(product("fp32", DataType.FP32, DevicePrecision.FP32, size));
        for (DataType type : List.of(DataType.FP16, DataType.FP32)) {
            all.add(attention(type, Math.max(1, size / 8)));
        }
        // The others are measured by what a plain copy takes for as many bytes.
        all.add(copy(2 * size, Math.max(1, size / 4)));
        all.add(rows("layer norm", 2 * size, Math.max(1, size / 4), DeviceKernels::normalizeMeanVariance));
        all.add(rows("rms norm", 2 * size, Math.max(1, size / 4), DeviceKernels::normalizeMeanSquare));
        all.add(rows(
                "softmax",
                2 * size,
                Math.max(1, size / 4),
                (kernels, norm, x, y) -> kernels.softmax(false, x, y, norm.rows(), norm.extent(), 1)));
        return all;
    }

    private static GpuProblem product(String name, DataType type, DevicePrecision precision, int size) {
        DeviceProduct product = DeviceProduct.plain(size, size, size);
        int elements = Math.multiplyExact(size, size);
        boolean half = type != DataType.FP32;
        return new GpuProblem(
                "gemm " + name + " " + size,
                precision,
                type,
                List.of(elements, elements),
                (long) elements * type.bytes(),
                kernels -> half
                        ? kernels.halfProductBytes(1, size, size, size)
                        : kernels.productBytes(1, size, size, size),
                Work.multiplyAdds((double) size * size * size),
                (kernels, operands, result, scratch) -> {
                    if (half) {
                        kernels.multiplyHalf(type, product, operands[0], operands[1], result, scratch);
                    } else {
                        kernels.multiply(product, operands[0], operands[1], result, scratch);
                    }
                });
    }

    /** Heads lie before tokens. */
    private static GpuProblem attention(DataType type, int tokens) {
        AttentionShape shape = new AttentionShape(BATCH, HEADS, tokens, tokens, HEAD_SIZE, HEAD_SIZE);
        int[] strides = {HEADS * tokens * HEAD_SIZE, tokens * HEAD_SIZE, HEAD_SIZE};
        DeviceAttention attention = new DeviceAttention(
                shape, 0.125f, strides, strides, strides, strides, new int[4], 1, 1, DeviceAttentionWindow.ALL);
        int elements = BATCH * HEADS * tokens * HEAD_SIZE;
        return new GpuProblem(
                "attention " + type.name().toLowerCase(Locale.ROOT) + " " + BATCH + "x" + HEADS + "x" + tokens + "x"
                        + HEAD_SIZE,
                DevicePrecision.FP32,
                type,
                List.of(elements, elements, elements),
                (long) elements * type.bytes(),
                _ -> 0,
                Work.multiplyAdds(2.0 * BATCH * HEADS * tokens * tokens * HEAD_SIZE),
                (kernels, operands, result, _) -> {
                    if (type == DataType.FP32) {
                        kernels.attend(attention, operands[0], operands[1], operands[2], 0, result);
                    } else {
                        kernels.attendHalf(type, attention, operands[0], operands[1], operands[2], 0, result);
                    }
                });
    }

    private static GpuProblem copy(int rows, int columns) {
        long[] dims = {Math.multiplyExact(rows, columns)};
        BroadcastStrides dense = BroadcastStrides.of(dims, List.of(new long[] {1}, new long[] {1}));
        return overRows(
                "copy",
                rows,
                columns,
                (kernels, operands, result, _) -> kernels.copy(Float.BYTES, operands[0], 0, result, 0, dense));
    }

    /** Starts a kernel that takes rows. */
    @FunctionalInterface
    private interface RowKernel {
        void run(DeviceKernels kernels, DeviceNorm norm, long x, long y);
    }

    private static GpuProblem rows(String name, int rows, int columns, RowKernel kernel) {
        return overRows(name, rows, columns, (kernels, operands, result, _) -> {
            DeviceNorm norm = new DeviceNorm(rows, columns, 1e-5f, operands[1], operands[1], 1, 0, 1);
            kernel.run(kernels, norm, operands[0], result);
        });
    }

    private static GpuProblem overRows(String name, int rows, int columns, GpuProblem.Start start) {
        int elements = Math.multiplyExact(rows, columns);
        return new GpuProblem(
                name + " " + rows + "x" + columns,
                DevicePrecision.FP32,
                DataType.FP32,
                List.of(elements, columns),
                (long) Float.BYTES * elements,
                _ -> 0,
                Work.bytes(2.0 * Float.BYTES * elements),
                start);
    }
}
