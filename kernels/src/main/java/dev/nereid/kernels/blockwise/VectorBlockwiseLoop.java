package dev.nereid.kernels.blockwise;

import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.kernels.matmul.MatMulKernels;
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
        row(
                b.k(),
                b.block(),
                a,
                words(b, vector),
                words(b, second),
                scales(b, vector),
                scales(b, second),
                zeros(b, vector),
                zeros(b, second),
                zerosStep(b),
                sums + vector * VECTOR,
                sums + second * VECTOR);
    }

    private static void row(
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
        // Adding to -0 changes nothing, and 0 would make 0 of -0.
        FloatVector total0 = FloatVector.broadcast(FLOATS, -0f);
        FloatVector total1 = total0;
        int whole = k / WORD * WORD;
        for (int from = 0; from < k; from += MatMulKernels.CHAIN) {
            int to = Math.min(k, from + MatMulKernels.CHAIN);
            FloatVector s0 = FloatVector.zero(FLOATS);
            FloatVector s1 = s0;
            int end;
            for (int p = from; p < to; p = end) {
                int number = p / block;
                FloatVector scale0 = scale(scales0 + number * PANEL_ROW);
                FloatVector scale1 = scale(scales1 + number * PANEL_ROW);
                FloatVector zero0 = zero(zeros0 + number * zerosStep);
                FloatVector zero1 = zero(zeros1 + number * zerosStep);
                end = Math.min(to, (number + 1) * block);
                int words = Math.min(end, whole);
                for (; p < words; p += WORD) {
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
                // The elements that are left for the last word.
                for (; p < end; p++) {
                    long at = (long) (p / WORD) * PANEL_ROW;
                    int shift = p % WORD * BITS;
                    FloatVector x = FloatVector.broadcast(FLOATS, ALL.get(FLOAT, a + 4L * p));
                    s0 = x.fma(weights(word(words0 + at).lanewise(VectorOperators.LSHR, shift), zero0, scale0), s0);
                    s1 = x.fma(weights(word(words1 + at).lanewise(VectorOperators.LSHR, shift), zero1, scale1), s1);
                }
            }
            total0 = total0.add(s0);
            total1 = total1.add(s1);
        }
        total0.intoMemorySegment(ALL, sums0, ORDER);
        total1.intoMemorySegment(ALL, sums1, ORDER);
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
