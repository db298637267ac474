package dev.nereid.nativekernels;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.nereid.kernels.attention.AttentionMask;
import dev.nereid.kernels.attention.AttentionSoftmaxKernel;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/** Downcalls to the C functions of attention's softmax; {@code nereid.h} specifies them. */
final class AttentionSoftmaxCalls implements AttentionSoftmaxKernel {
    /** Links the functions at the first call; each link takes a millisecond. */
    private static final class Linked {
        static final MethodHandle EXPONENTIATE = NativeLibrary.linked(
                JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_FLOAT, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_LONG);
        static final MethodHandle SCALE_ROWS =
                NativeLibrary.linked(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    }

    private final MemorySegment exponentiate;
    private final MemorySegment scale;
    private final int lanes;

    /** @param variant whose registers hold the keys */
    AttentionSoftmaxCalls(NativeLibrary library, MatMulCalls.Variant variant) {
        this.exponentiate = library.function("nereid_f32_attention_softmax_" + variant.registers());
        this.scale = library.function("nereid_f32_scale_rows_" + variant.registers());
        this.lanes = variant.lanes();
    }

    @Override
    public int lanes() {
        return lanes;
    }

    @Override
    public long scratchBytes(int columns) {
        return 0;
    }

    @Override
    public Rows rows(int keys, float factor, Optional<AttentionMask> mask, long scratch) {
        return new CalledRows(keys, factor, mask);
    }

    @Override
    public void scale(int rows, int columns, long y, long stride, long factors) {
        try {
            Linked.SCALE_ROWS.invokeExact(scale, rows, columns, y, stride / Float.BYTES, factors);
        } catch (Throwable e) {
            throw new IllegalStateException("scaling rows failed", e);
        }
    }

    /** Rows of one attention, whose mask is read as it lies. */
    private final class CalledRows implements Rows {
        private final int keys;
        private final float factor;
        private final Optional<AttentionMask> mask;
        private int item;
        private int head;

        CalledRows(int keys, float factor, Optional<AttentionMask> mask) {
            this.keys = keys;
            this.factor = factor;
            this.mask = mask;
        }

        @Override
        public void selectHead(int nextItem, int nextHead) {
            item = nextItem;
            head = nextHead;
        }

        @Override
        public void exponentiate(int from, int to, long scores, long stride, long factors) {
            long numbers = mask.isPresent() ? mask.get().address(item, head, from) : 0;
            long row = mask.isPresent() ? mask.get().queryStride() : 0;
            int repeats = mask.isPresent() && mask.get().keyStride() == 0 ? 1 : 0;
            try {
                Linked.EXPONENTIATE.invokeExact(
                        exponentiate,
                        to - from,
                        keys,
                        scores,
                        stride / Float.BYTES,
                        factor,
                        numbers,
                        row,
                        repeats,
                        factors);
            } catch (Throwable e) {
                throw new IllegalStateException("calling attention's exponentials failed", e);
            }
        }
    }
}
