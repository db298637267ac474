package dev.nereid.kernels.blockwise;

import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.memory.NativeMemory;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops over packed weights, copied for each number of bits. A number becomes a float without being converted: it is the lowest bits of
 * 2^23 as a float, from which 2^23 and the zero point are taken off again, both exactly.
 */
final class VectorBlockwiseLoop implements BlockwiseLoop {
    private static final int BITS = LoopCopy.operation(MethodHandles.lookup(), Integer.class);
    private static final int WORD = Integer.SIZE / BITS;
    private static final int NUMBER = (1 << BITS) - 1;

    private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final int LANES = FLOATS.length();
    private static final long VECTOR = LANES * 4L;

    /** Vectors of a panel. */
    private static final int PANEL_VECTORS = Math.max(1, BlockwiseMatrix.PANEL / LANES);

    /** Bytes of a row of words, of scales or of zero points of a panel. */
    private static final long PANEL_ROW = BlockwiseMatrix.PANEL * 4L;

    /** 2^23 as a float, whose last bit counts one. */
    private static final int WHOLE = 0x4b000000;

    /** A vector of the zero points that are not written down. */
    private static final NativeMemory MIDDLES = middles();

    VectorBlockwiseLoop() {}

    private static NativeMemory middles() {
        NativeMemory memory = NativeMemory.allocate(VECTOR);
        IntVector.broadcast(INTS, 1 << (BITS - 1)).intoMemorySegment(memory.segment(), 0, ORDER);
        return memory;
    }

    @Override
    public int vectors(int panels) {
        return panels * PANEL_VECTORS;
    }

    /** Address of the first words of a vector of columns. */
    private static long words(BlockwiseMatrix b, int vector) {
        return b.segment().address() + b.wordsOffset(vector / PANEL_VECTORS) + within(vector);
    }

    private static long scales(BlockwiseMatrix b, int vector) {
        return b.segment().address() + b.scalesOffset(vector / PANEL_VECTORS) + within(vector);
    }

    private static long zeros(BlockwiseMatrix b, int vector) {
        return b.hasZeroPoints()
                ? b.segment().address() + b.zerosOffset(vector / PANEL_VECTORS) + within(vector)
                : MIDDLES.segment().address();
    }

    /** Bytes from the zero points of a block to those of the next. */
    private static long zerosStep(BlockwiseMatrix b) {
        return b.hasZeroPoints() ? PANEL_ROW : 0;
    }

    private static long within(int vector) {
        return vector % PANEL_VECTORS * VECTOR;
    }

    private static FloatVector scale(long at) {
        return FloatVector.fromMemorySegment(FLOATS, ALL, at, ORDER);
    }

    private static FloatVector zero(long at) {
        return IntVector.fromMemorySegment(INTS, ALL, at, ORDER).or(WHOLE).reinterpretAsFloats();
    }

    private static IntVector word(long at) {
        return IntVector.fromMemorySegment(INTS, ALL, at, ORDER);
    }

    /** The lowest number of each word. */
    private static FloatVector weights(IntVector words, FloatVector zero, FloatVector scale) {
        return words.and(NUMBER).or(WHOLE).reinterpretAsFloats().sub(zero).mul(scale);
    }

    @Override
    public void row(BlockwiseMatrix b, int vector, long a, long sums) {
        int second = Math.min(vector + 1, PANEL_VECTORS * b.panels() - 1);
        int whole = b.k() / WORD * WORD;
        long sums0 = sums + vector * VECTOR;
        long sums1 = sums + second * VECTOR;
        words(
                whole,
                b.block(),
                a,
                words(b, vector),
                words(b, second),
                scales(b, vector),
                scales(b, second),
                zeros(b, vector),
                zeros(b, second),
                zerosStep(b),
                sums0,
                sums1);
        if (whole < b.k()) {
            part(b, vector, a, sums0);
            if (second > vector) {
                part(b, second, a, sums1);
            }
        }
    }

    /** As many elements of the row as are whole words. */
    private static void words(
            int k,
            int block,
            long a,
            long words0,
            long words1,
            long scales0,
            long scales1,
            long zeros0,
            long zeros1,
            long zerosStep,
            long sums0,
            long sums1) {
        FloatVector s0 = FloatVector.fromMemorySegment(FLOATS, ALL, sums0, ORDER);
        FloatVector s1 = FloatVector.fromMemorySegment(FLOATS, ALL, sums1, ORDER);
        long row = 0;
        long zeroRow = 0;
        for (int p = 0; p < k; ) {
            FloatVector scale0 = scale(scales0 + row);
            FloatVector scale1 = scale(scales1 + row);
            FloatVector zero0 = zero(zeros0 + zeroRow);
            FloatVector zero1 = zero(zeros1 + zeroRow);
            row += PANEL_ROW;
            zeroRow += zerosStep;
            int end = Math.min(k, p + block);
            for (; p < end; p += WORD) {
                long at = (long) (p / WORD) * PANEL_ROW;
                IntVector w0 = word(words0 + at);
                IntVector w1 = word(words1 + at);
                for (int i = 0; i < WORD; i++) {
                    FloatVector x = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a + 4L * (p + i)));
                    s0 = x.fma(weights(w0, zero0, scale0), s0);
                    s1 = x.fma(weights(w1, zero1, scale1), s1);
                    w0 = w0.lanewise(VectorOperators.LSHR, BITS);
                    w1 = w1.lanewise(VectorOperators.LSHR, BITS);
                }
            }
        }
        s0.intoMemorySegment(ALL, sums0, ORDER);
        s1.intoMemorySegment(ALL, sums1, ORDER);
    }

    /** The elements of the row that are left for the last word. */
    private static void part(BlockwiseMatrix b, int vector, long a, long sums) {
        FloatVector sum = FloatVector.fromMemorySegment(FLOATS, ALL, sums, ORDER);
        long block = b.blocks() - 1L;
        FloatVector scale = scale(scales(b, vector) + block * PANEL_ROW);
        FloatVector zero = zero(zeros(b, vector) + block * zerosStep(b));
        int first = b.k() / WORD * WORD;
        IntVector word = word(words(b, vector) + (long) (first / WORD) * PANEL_ROW);
        for (int p = first; p < b.k(); p++) {
            FloatVector x = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a + 4L * p));
            sum = x.fma(weights(word, zero, scale), sum);
            word = word.lanewise(VectorOperators.LSHR, BITS);
        }
        sum.intoMemorySegment(ALL, sums, ORDER);
    }

    @Override
    public void unpack(BlockwiseMatrix b, int panel, long to, long step) {
        for (int i = 0; i < PANEL_VECTORS; i++) {
            int vector = panel * PANEL_VECTORS + i;
            unpack(
                    b.k(),
                    b.block(),
                    words(b, vector),
                    scales(b, vector),
                    zeros(b, vector),
                    zerosStep(b),
                    to + i * VECTOR,
                    step);
        }
    }

    private static void unpack(
            int k, int block, long words, long scales, long zeros, long zerosStep, long to, long step) {
        long row = 0;
        long zeroRow = 0;
        for (int p = 0; p < k; ) {
            FloatVector scale = scale(scales + row);
            FloatVector zero = zero(zeros + zeroRow);
            row += PANEL_ROW;
            zeroRow += zerosStep;
            int end = Math.min(k, p + block);
            while (p < end) {
                IntVector word = word(words + (long) (p / WORD) * PANEL_ROW);
                int last = Math.min(end, p + WORD);
                for (; p < last; p++) {
                    weights(word, zero, scale).intoMemorySegment(ALL, to + p * step, ORDER);
                    word = word.lanewise(VectorOperators.LSHR, BITS);
                }
            }
        }
    }
}
