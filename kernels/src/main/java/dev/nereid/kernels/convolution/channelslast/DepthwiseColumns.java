package dev.nereid.kernels.convolution.channelslast;

import static dev.nereid.memory.AddressSpace.ALL;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.LE;

import dev.nereid.kernels.convolution.channelslast.Depthwise3x3.Steps;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * Depthwise convolution with kernels three or five columns wide: output pixels share input columns, so each column is loaded
 * once for all of them, as loads bound such a layer. All rows of a band in one call, of a vector of channels; the parameters
 * are those of {@link Depthwise3x3}. Adds up in the same order as {@link ChannelsLastDepthwise}. A sum is clamped by
 * comparisons, because the least and the greatest of two numbers take the JVM three times as many instructions. The loops
 * are written out, clamps and all: C2 may refuse to inline a method of ours into loops as large as these, and then makes an
 * object of every vector that is passed.
 */
final class DepthwiseColumns {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int VECTORS = Depthwise3x3.VECTORS;

    private DepthwiseColumns() {}

    /** Kernels three columns wide with stride 1. */
    static void three(
            long x,
            Steps xSteps,
            int kernelRows,
            long w,
            long weightBytes,
            long bias,
            long y,
            Steps ySteps,
            int rows,
            int cells,
            int lanes,
            float low,
            float high) {
        VectorMask<Float> mask = SPECIES.indexInRange(0, lanes);
        FloatVector addend = ChannelsLastDepthwise.addend(bias, mask);
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector least = FloatVector.broadcast(SPECIES, low);
        FloatVector most = FloatVector.broadcast(SPECIES, high);
        long tap = xSteps.tap();
        long next = ySteps.cell();
        for (int row = 0; row < rows; row++) {
            for (int done = 0; done < cells; done += VECTORS) {
                // The last block goes over cells of the one before again where the row is no multiple of it.
                long cell = Math.min(done, cells - VECTORS);
                long a = x + row * xSteps.row() + cell * xSteps.cell();
                long weight = w;
                FloatVector s0 = zero;
                FloatVector s1 = zero;
                FloatVector s2 = zero;
                FloatVector s3 = zero;
                for (int kernelRow = 0; kernelRow < kernelRows; kernelRow++) {
                    FloatVector w0 = FloatVector.fromMemorySegment(SPECIES, ALL, weight, ORDER);
                    FloatVector w1 = FloatVector.fromMemorySegment(SPECIES, ALL, weight + weightBytes, ORDER);
                    FloatVector w2 = FloatVector.fromMemorySegment(SPECIES, ALL, weight + 2 * weightBytes, ORDER);
                    FloatVector c0 = FloatVector.fromMemorySegment(SPECIES, ALL, a, ORDER);
                    s0 = w0.fma(c0, s0);
                    FloatVector c1 = FloatVector.fromMemorySegment(SPECIES, ALL, a + tap, ORDER);
                    s0 = w1.fma(c1, s0);
                    s1 = w0.fma(c1, s1);
                    FloatVector c2 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 2 * tap, ORDER);
                    s0 = w2.fma(c2, s0);
                    s1 = w1.fma(c2, s1);
                    s2 = w0.fma(c2, s2);
                    FloatVector c3 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 3 * tap, ORDER);
                    s1 = w2.fma(c3, s1);
                    s2 = w1.fma(c3, s2);
                    s3 = w0.fma(c3, s3);
                    FloatVector c4 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 4 * tap, ORDER);
                    s2 = w2.fma(c4, s2);
                    s3 = w1.fma(c4, s3);
                    FloatVector c5 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 5 * tap, ORDER);
                    s3 = w2.fma(c5, s3);
                    a += xSteps.tapRow();
                    weight += 3 * weightBytes;
                }
                long to = y + row * ySteps.row() + cell * next;
                s0 = s0.add(addend);
                s1 = s1.add(addend);
                s2 = s2.add(addend);
                s3 = s3.add(addend);
                s0 = s0.blend(least, s0.compare(LE, least)).blend(most, s0.compare(GE, most));
                s1 = s1.blend(least, s1.compare(LE, least)).blend(most, s1.compare(GE, most));
                s2 = s2.blend(least, s2.compare(LE, least)).blend(most, s2.compare(GE, most));
                s3 = s3.blend(least, s3.compare(LE, least)).blend(most, s3.compare(GE, most));
                s0.intoMemorySegment(ALL, to, ORDER, mask);
                s1.intoMemorySegment(ALL, to + next, ORDER, mask);
                s2.intoMemorySegment(ALL, to + 2 * next, ORDER, mask);
                s3.intoMemorySegment(ALL, to + 3 * next, ORDER, mask);
            }
        }
    }

    /** Kernels three columns wide with stride 2. */
    static void threeInSteps(
            long x,
            Steps xSteps,
            int kernelRows,
            long w,
            long weightBytes,
            long bias,
            long y,
            Steps ySteps,
            int rows,
            int cells,
            int lanes,
            float low,
            float high) {
        VectorMask<Float> mask = SPECIES.indexInRange(0, lanes);
        FloatVector addend = ChannelsLastDepthwise.addend(bias, mask);
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector least = FloatVector.broadcast(SPECIES, low);
        FloatVector most = FloatVector.broadcast(SPECIES, high);
        long tap = xSteps.tap();
        long next = ySteps.cell();
        for (int row = 0; row < rows; row++) {
            for (int done = 0; done < cells; done += VECTORS) {
                // The last block goes over cells of the one before again where the row is no multiple of it.
                long cell = Math.min(done, cells - VECTORS);
                long a = x + row * xSteps.row() + cell * xSteps.cell();
                long weight = w;
                FloatVector s0 = zero;
                FloatVector s1 = zero;
                FloatVector s2 = zero;
                FloatVector s3 = zero;
                for (int kernelRow = 0; kernelRow < kernelRows; kernelRow++) {
                    FloatVector w0 = FloatVector.fromMemorySegment(SPECIES, ALL, weight, ORDER);
                    FloatVector w1 = FloatVector.fromMemorySegment(SPECIES, ALL, weight + weightBytes, ORDER);
                    FloatVector w2 = FloatVector.fromMemorySegment(SPECIES, ALL, weight + 2 * weightBytes, ORDER);
                    FloatVector c0 = FloatVector.fromMemorySegment(SPECIES, ALL, a, ORDER);
                    s0 = w0.fma(c0, s0);
                    FloatVector c1 = FloatVector.fromMemorySegment(SPECIES, ALL, a + tap, ORDER);
                    s0 = w1.fma(c1, s0);
                    FloatVector c2 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 2 * tap, ORDER);
                    s0 = w2.fma(c2, s0);
                    s1 = w0.fma(c2, s1);
                    FloatVector c3 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 3 * tap, ORDER);
                    s1 = w1.fma(c3, s1);
                    FloatVector c4 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 4 * tap, ORDER);
                    s1 = w2.fma(c4, s1);
                    s2 = w0.fma(c4, s2);
                    FloatVector c5 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 5 * tap, ORDER);
                    s2 = w1.fma(c5, s2);
                    FloatVector c6 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 6 * tap, ORDER);
                    s2 = w2.fma(c6, s2);
                    s3 = w0.fma(c6, s3);
                    FloatVector c7 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 7 * tap, ORDER);
                    s3 = w1.fma(c7, s3);
                    FloatVector c8 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 8 * tap, ORDER);
                    s3 = w2.fma(c8, s3);
                    a += xSteps.tapRow();
                    weight += 3 * weightBytes;
                }
                long to = y + row * ySteps.row() + cell * next;
                s0 = s0.add(addend);
                s1 = s1.add(addend);
                s2 = s2.add(addend);
                s3 = s3.add(addend);
                s0 = s0.blend(least, s0.compare(LE, least)).blend(most, s0.compare(GE, most));
                s1 = s1.blend(least, s1.compare(LE, least)).blend(most, s1.compare(GE, most));
                s2 = s2.blend(least, s2.compare(LE, least)).blend(most, s2.compare(GE, most));
                s3 = s3.blend(least, s3.compare(LE, least)).blend(most, s3.compare(GE, most));
                s0.intoMemorySegment(ALL, to, ORDER, mask);
                s1.intoMemorySegment(ALL, to + next, ORDER, mask);
                s2.intoMemorySegment(ALL, to + 2 * next, ORDER, mask);
                s3.intoMemorySegment(ALL, to + 3 * next, ORDER, mask);
            }
        }
    }

    /** Kernels five columns wide with stride 1. */
    static void five(
            long x,
            Steps xSteps,
            int kernelRows,
            long w,
            long weightBytes,
            long bias,
            long y,
            Steps ySteps,
            int rows,
            int cells,
            int lanes,
            float low,
            float high) {
        VectorMask<Float> mask = SPECIES.indexInRange(0, lanes);
        FloatVector addend = ChannelsLastDepthwise.addend(bias, mask);
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector least = FloatVector.broadcast(SPECIES, low);
        FloatVector most = FloatVector.broadcast(SPECIES, high);
        long tap = xSteps.tap();
        long next = ySteps.cell();
        for (int row = 0; row < rows; row++) {
            for (int done = 0; done < cells; done += VECTORS) {
                // The last block goes over cells of the one before again where the row is no multiple of it.
                long cell = Math.min(done, cells - VECTORS);
                long a = x + row * xSteps.row() + cell * xSteps.cell();
                long weight = w;
                FloatVector s0 = zero;
                FloatVector s1 = zero;
                FloatVector s2 = zero;
                FloatVector s3 = zero;
                for (int kernelRow = 0; kernelRow < kernelRows; kernelRow++) {
                    FloatVector w0 = FloatVector.fromMemorySegment(SPECIES, ALL, weight, ORDER);
                    FloatVector w1 = FloatVector.fromMemorySegment(SPECIES, ALL, weight + weightBytes, ORDER);
                    FloatVector w2 = FloatVector.fromMemorySegment(SPECIES, ALL, weight + 2 * weightBytes, ORDER);
                    FloatVector w3 = FloatVector.fromMemorySegment(SPECIES, ALL, weight + 3 * weightBytes, ORDER);
                    FloatVector w4 = FloatVector.fromMemorySegment(SPECIES, ALL, weight + 4 * weightBytes, ORDER);
                    FloatVector c0 = FloatVector.fromMemorySegment(SPECIES, ALL, a, ORDER);
                    s0 = w0.fma(c0, s0);
                    FloatVector c1 = FloatVector.fromMemorySegment(SPECIES, ALL, a + tap, ORDER);
                    s0 = w1.fma(c1, s0);
                    s1 = w0.fma(c1, s1);
                    FloatVector c2 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 2 * tap, ORDER);
                    s0 = w2.fma(c2, s0);
                    s1 = w1.fma(c2, s1);
                    s2 = w0.fma(c2, s2);
                    FloatVector c3 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 3 * tap, ORDER);
                    s0 = w3.fma(c3, s0);
                    s1 = w2.fma(c3, s1);
                    s2 = w1.fma(c3, s2);
                    s3 = w0.fma(c3, s3);
                    FloatVector c4 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 4 * tap, ORDER);
                    s0 = w4.fma(c4, s0);
                    s1 = w3.fma(c4, s1);
                    s2 = w2.fma(c4, s2);
                    s3 = w1.fma(c4, s3);
                    FloatVector c5 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 5 * tap, ORDER);
                    s1 = w4.fma(c5, s1);
                    s2 = w3.fma(c5, s2);
                    s3 = w2.fma(c5, s3);
                    FloatVector c6 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 6 * tap, ORDER);
                    s2 = w4.fma(c6, s2);
                    s3 = w3.fma(c6, s3);
                    FloatVector c7 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 7 * tap, ORDER);
                    s3 = w4.fma(c7, s3);
                    a += xSteps.tapRow();
                    weight += 5 * weightBytes;
                }
                long to = y + row * ySteps.row() + cell * next;
                s0 = s0.add(addend);
                s1 = s1.add(addend);
                s2 = s2.add(addend);
                s3 = s3.add(addend);
                s0 = s0.blend(least, s0.compare(LE, least)).blend(most, s0.compare(GE, most));
                s1 = s1.blend(least, s1.compare(LE, least)).blend(most, s1.compare(GE, most));
                s2 = s2.blend(least, s2.compare(LE, least)).blend(most, s2.compare(GE, most));
                s3 = s3.blend(least, s3.compare(LE, least)).blend(most, s3.compare(GE, most));
                s0.intoMemorySegment(ALL, to, ORDER, mask);
                s1.intoMemorySegment(ALL, to + next, ORDER, mask);
                s2.intoMemorySegment(ALL, to + 2 * next, ORDER, mask);
                s3.intoMemorySegment(ALL, to + 3 * next, ORDER, mask);
            }
        }
    }

    /** Kernels five columns wide with stride 2. */
    static void fiveInSteps(
            long x,
            Steps xSteps,
            int kernelRows,
            long w,
            long weightBytes,
            long bias,
            long y,
            Steps ySteps,
            int rows,
            int cells,
            int lanes,
            float low,
            float high) {
        VectorMask<Float> mask = SPECIES.indexInRange(0, lanes);
        FloatVector addend = ChannelsLastDepthwise.addend(bias, mask);
        FloatVector zero = FloatVector.zero(SPECIES);
        FloatVector least = FloatVector.broadcast(SPECIES, low);
        FloatVector most = FloatVector.broadcast(SPECIES, high);
        long tap = xSteps.tap();
        long next = ySteps.cell();
        for (int row = 0; row < rows; row++) {
            for (int done = 0; done < cells; done += VECTORS) {
                // The last block goes over cells of the one before again where the row is no multiple of it.
                long cell = Math.min(done, cells - VECTORS);
                long a = x + row * xSteps.row() + cell * xSteps.cell();
                long weight = w;
                FloatVector s0 = zero;
                FloatVector s1 = zero;
                FloatVector s2 = zero;
                FloatVector s3 = zero;
                for (int kernelRow = 0; kernelRow < kernelRows; kernelRow++) {
                    FloatVector w0 = FloatVector.fromMemorySegment(SPECIES, ALL, weight, ORDER);
                    FloatVector w1 = FloatVector.fromMemorySegment(SPECIES, ALL, weight + weightBytes, ORDER);
                    FloatVector w2 = FloatVector.fromMemorySegment(SPECIES, ALL, weight + 2 * weightBytes, ORDER);
                    FloatVector w3 = FloatVector.fromMemorySegment(SPECIES, ALL, weight + 3 * weightBytes, ORDER);
                    FloatVector w4 = FloatVector.fromMemorySegment(SPECIES, ALL, weight + 4 * weightBytes, ORDER);
                    FloatVector c0 = FloatVector.fromMemorySegment(SPECIES, ALL, a, ORDER);
                    s0 = w0.fma(c0, s0);
                    FloatVector c1 = FloatVector.fromMemorySegment(SPECIES, ALL, a + tap, ORDER);
                    s0 = w1.fma(c1, s0);
                    FloatVector c2 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 2 * tap, ORDER);
                    s0 = w2.fma(c2, s0);
                    s1 = w0.fma(c2, s1);
                    FloatVector c3 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 3 * tap, ORDER);
                    s0 = w3.fma(c3, s0);
                    s1 = w1.fma(c3, s1);
                    FloatVector c4 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 4 * tap, ORDER);
                    s0 = w4.fma(c4, s0);
                    s1 = w2.fma(c4, s1);
                    s2 = w0.fma(c4, s2);
                    FloatVector c5 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 5 * tap, ORDER);
                    s1 = w3.fma(c5, s1);
                    s2 = w1.fma(c5, s2);
                    FloatVector c6 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 6 * tap, ORDER);
                    s1 = w4.fma(c6, s1);
                    s2 = w2.fma(c6, s2);
                    s3 = w0.fma(c6, s3);
                    FloatVector c7 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 7 * tap, ORDER);
                    s2 = w3.fma(c7, s2);
                    s3 = w1.fma(c7, s3);
                    FloatVector c8 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 8 * tap, ORDER);
                    s2 = w4.fma(c8, s2);
                    s3 = w2.fma(c8, s3);
                    FloatVector c9 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 9 * tap, ORDER);
                    s3 = w3.fma(c9, s3);
                    FloatVector c10 = FloatVector.fromMemorySegment(SPECIES, ALL, a + 10 * tap, ORDER);
                    s3 = w4.fma(c10, s3);
                    a += xSteps.tapRow();
                    weight += 5 * weightBytes;
                }
                long to = y + row * ySteps.row() + cell * next;
                s0 = s0.add(addend);
                s1 = s1.add(addend);
                s2 = s2.add(addend);
                s3 = s3.add(addend);
                s0 = s0.blend(least, s0.compare(LE, least)).blend(most, s0.compare(GE, most));
                s1 = s1.blend(least, s1.compare(LE, least)).blend(most, s1.compare(GE, most));
                s2 = s2.blend(least, s2.compare(LE, least)).blend(most, s2.compare(GE, most));
                s3 = s3.blend(least, s3.compare(LE, least)).blend(most, s3.compare(GE, most));
                s0.intoMemorySegment(ALL, to, ORDER, mask);
                s1.intoMemorySegment(ALL, to + next, ORDER, mask);
                s2.intoMemorySegment(ALL, to + 2 * next, ORDER, mask);
                s3.intoMemorySegment(ALL, to + 3 * next, ORDER, mask);
            }
        }
    }
}
