package dev.nereid.bench.kernels;

import dev.nereid.kernels.attention.AttentionKernels;
import dev.nereid.kernels.attention.AttentionShape;
import dev.nereid.kernels.attention.Heads;
import dev.nereid.kernels.elementwise.UnaryKernel;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.reduce.NormKernel;
import dev.nereid.kernels.reduce.RowKernel;
import dev.nereid.kernels.reduce.RowOp;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/** What a transformer does beside products: norms, softmax, activations, transposes, attention. */
final class RowProblems {
    private static final float EPSILON = 1e-5f;

    private RowProblems() {}

    /** @param sizes rows and columns */
    static Problem layerNorm(int... sizes) {
        int count = Math.multiplyExact(sizes[0], sizes[1]);
        MemorySegment x = Operands.floats(1, count);
        MemorySegment scale = Operands.floats(2, sizes[1]);
        MemorySegment bias = Operands.floats(3, sizes[1]);
        return streaming("layer norm of x[%d, %d]".formatted(sizes[0], sizes[1]), count, Form.only("reduce", set -> {
            NormKernel kernel = set.reduce().norm(DataType.FP32);
            MemorySegment y = Operands.zeros(4L * count);
            return new KernelRun(
                    () -> kernel.layer(x, 0, scale, 0, bias, 0, y, 0, sizes[0], sizes[1], EPSILON),
                    Operands.readingFloats(y, count));
        }));
    }

    /** @param sizes rows and columns */
    static Problem softmax(int... sizes) {
        int count = Math.multiplyExact(sizes[0], sizes[1]);
        MemorySegment x = Operands.floats(1, count);
        return streaming("softmax of x[%d, %d]".formatted(sizes[0], sizes[1]), count, Form.everywhere("reduce", set -> {
            RowKernel kernel = set.reduce().row(RowOp.SOFTMAX, DataType.FP32);
            MemorySegment y = Operands.zeros(4L * count);
            return new KernelRun(() -> kernel.run(x, 0, y, 0, sizes[0], sizes[1], 1), Operands.readingFloats(y, count));
        }));
    }

    /** @param sizes the number of elements */
    static Problem gelu(int... sizes) {
        MemorySegment x = Operands.floats(1, sizes[0]);
        return streaming("gelu of x[%d]".formatted(sizes[0]), sizes[0], Form.everywhere("elementwise", set -> {
            UnaryKernel kernel = set.elementwise().unary(UnaryOp.GELU, DataType.FP32);
            MemorySegment y = Operands.zeros(4L * sizes[0]);
            return new KernelRun(() -> kernel.run(x, 0, y, 0, sizes[0]), Operands.readingFloats(y, sizes[0]));
        }));
    }

    /** @param sizes rows, columns and elements that stay together */
    static Problem transpose(int... sizes) {
        int count = Math.multiplyExact(Math.multiplyExact(sizes[0], sizes[1]), sizes[2]);
        long[] dims = {sizes[0], sizes[1], sizes[2]};
        MemorySegment x = Operands.floats(1, count);
        return new Problem(
                "y[%d, %d, %d] of x[%d, %d, %d]".formatted(sizes[1], sizes[0], sizes[2], sizes[0], sizes[1], sizes[2]),
                8.0 * count,
                Problem.Unit.BYTES,
                List.of(Form.only("layout", set -> {
                    MemorySegment y = Operands.zeros(4L * count);
                    return new KernelRun(
                            () -> set.layout()
                                    .transpose(Float.BYTES, dims, new int[] {1, 0, 2}, x, y, Workers.single()),
                            Operands.readingFloats(y, count));
                })));
    }

    /** @param sizes heads, tokens and elements of a head */
    static Problem attention(int... sizes) {
        int heads = sizes[0];
        int tokens = sizes[1];
        int size = sizes[2];
        AttentionShape shape = new AttentionShape(1, heads, tokens, tokens, size, size);
        int count = Math.multiplyExact(Math.multiplyExact(heads, tokens), size);
        Heads q = Heads.ofProjection(Operands.floats(1, count), tokens, heads, size);
        Heads k = Heads.ofProjection(Operands.floats(2, count), tokens, heads, size);
        Heads v = Heads.ofProjection(Operands.floats(3, count), tokens, heads, size);
        return new Problem(
                "attention of %d heads, %d tokens, %d elements".formatted(heads, tokens, size),
                4.0 * count * tokens,
                Problem.Unit.OPERATIONS,
                List.of(new Form("", "attention", Form.ALL, true, set -> {
                            AttentionKernels kernels = set.attention();
                            MemorySegment y = Operands.zeros(4L * count);
                            MemorySegment scratch = Operands.zeros(kernels.scratchBytes(shape, 1));
                            float scale = (float) (1 / Math.sqrt(size));
                            Heads to = Heads.ofProjection(y, tokens, heads, size);
                            return new KernelRun(
                                    () -> kernels.attend(
                                            shape, q, k, v, scale, Optional.empty(), to, scratch, Workers.single()),
                                    Operands.readingFloats(y, count));
                        })
                        .within(Form.ROUNDING)));
    }

    /** Reads every element and writes every element. */
    private static Problem streaming(String text, int count, Form form) {
        return new Problem(text, 8.0 * count, Problem.Unit.BYTES, List.of(form.within(Form.ROUNDING)));
    }
}
