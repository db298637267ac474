package dev.nereid.bench.kernels;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.cpu.LastLevelCache;
import dev.nereid.kernels.matmul.Epilogue;
import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.matmul.PackedMatrix;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.quantized.Int8Left;
import dev.nereid.kernels.quantized.Int8ProductKernels;
import dev.nereid.kernels.quantized.Int8Right;
import dev.nereid.kernels.quantized.ZeroPoints;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** Products of matrices. */
final class ProductProblems {
    /** Packed weights take turns among copies of so many bytes: more than an L2 cache holds, as a model's weights do. */
    private static final long COLD_BYTES = 12 << 20;

    private ProductProblems() {}

    /** @param sizes m, n and k */
    static Problem gemm(int... sizes) {
        int m = sizes[0];
        int n = sizes[1];
        int k = sizes[2];
        MemorySegment a = Operands.floats(1, (long) m * k);
        MemorySegment b = Operands.floats(2, (long) k * n);
        return new Problem(
                "c[%d, %d] = a[%d, %d] * b[%d, %d]".formatted(m, n, m, k, k, n),
                2.0 * m * n * k,
                Problem.Unit.OPERATIONS,
                List.of(
                        new Form(
                                "packed",
                                "matmul",
                                Form.ALL,
                                true,
                                true,
                                Optional.empty(),
                                0,
                                set -> packed(set.matMul(), a, b, sizes)),
                        // The tiles of AMX add the even terms and the odd ones apart.
                        new Form(
                                        "bf16",
                                        "matmul",
                                        Form.ALL,
                                        false,
                                        set -> packed(set.matMul().inBf16(), a, b, sizes))
                                .within(Form.ROUNDING),
                        new Form(
                                "int8 weights",
                                "matmul",
                                Form.JAVA,
                                false,
                                set -> packed(set.matMul().withInt8Weights(0), a, b, sizes)),
                        new Form("as it lies", "matmul", Form.ALL, true, kernels -> unpacked(kernels, a, b, sizes))));
    }

    private static KernelRun packed(MatMulKernels kernels, MemorySegment a, MemorySegment b, int... sizes) {
        Matrix left = Matrix.of(a, sizes[0], sizes[2]);
        Matrix right = Matrix.of(b, sizes[2], sizes[1]);
        Matrix c = Matrix.of(Operands.zeros(4L * sizes[0] * sizes[1]), sizes[0], sizes[1]);
        long bytes = kernels.packedBytes(sizes[2], sizes[1]);
        List<PackedMatrix> copies = new ArrayList<>();
        // Weights that no cache holds as floats meet others of their size when they are held in fewer bytes.
        long cache = LastLevelCache.bytes();
        long cold = 4L * sizes[1] * sizes[2] > cache ? 3 * cache : COLD_BYTES;
        while (copies.isEmpty() || (copies.size() + 1) * bytes <= cold) {
            copies.add(kernels.pack(right, Operands.zeros(bytes)));
        }
        MemorySegment scratch = Operands.zeros(kernels.scratchBytes(sizes[0], copies.getFirst()));
        AtomicInteger next = new AtomicInteger();
        return new KernelRun(
                () -> {
                    PackedMatrix packed = copies.get(next.getAndIncrement() % copies.size());
                    kernels.multiply(left, packed, c, Epilogue.NONE, scratch, Workers.single());
                },
                Operands.readingFloats(c.segment(), sizes[0] * sizes[1]));
    }

    private static KernelRun unpacked(KernelSet set, MemorySegment a, MemorySegment b, int... sizes) {
        MatMulKernels kernels = set.matMul();
        Matrix left = Matrix.of(a, sizes[0], sizes[2]);
        Matrix right = Matrix.of(b, sizes[2], sizes[1]);
        Matrix c = Matrix.of(Operands.zeros(4L * sizes[0] * sizes[1]), sizes[0], sizes[1]);
        MemorySegment scratch = Operands.zeros(kernels.scratchBytes(left, right));
        return new KernelRun(
                () -> kernels.multiply(left, right, c, Epilogue.NONE, scratch, Workers.single()),
                Operands.readingFloats(c.segment(), sizes[0] * sizes[1]));
    }

    /** @param sizes m, n and k */
    static Problem int8(int... sizes) {
        int m = sizes[0];
        int n = sizes[1];
        int k = sizes[2];
        MemorySegment a = Operands.bytes(1, (long) m * k);
        MemorySegment b = Operands.byteWeights(2, (long) k * n);
        return new Problem(
                "c int32[%d, %d] = a uint8[%d, %d] * b int8[%d, %d]".formatted(m, n, m, k, k, n),
                2.0 * m * n * k,
                Problem.Unit.INTEGER_OPERATIONS,
                List.of(new Form("", "quantized", Form.ALL, false, set -> int8(set, a, b, sizes))));
    }

    private static KernelRun int8(KernelSet set, MemorySegment a, MemorySegment b, int... sizes) {
        Int8ProductKernels kernels = set.quantized().products();
        int m = sizes[0];
        int n = sizes[1];
        int k = sizes[2];
        Int8Right right = kernels.right(true, k, n, b, Operands.zeros(kernels.rightBytes(k, n)));
        MemorySegment leftMemory = Operands.zeros(kernels.leftBytes(m, k));
        MemorySegment scratch = Operands.zeros(kernels.scratchBytes(m, k, n));
        MemorySegment c = Operands.zeros(4L * m * n);
        return new KernelRun(
                () -> {
                    Int8Left left = kernels.left(false, m, k, a, leftMemory, Workers.single());
                    kernels.multiply(
                            left,
                            ZeroPoints.uniform(128),
                            right,
                            ZeroPoints.ZERO,
                            Optional.empty(),
                            c,
                            scratch,
                            Workers.single());
                },
                Operands.readingInts(c, m * n));
    }
}
