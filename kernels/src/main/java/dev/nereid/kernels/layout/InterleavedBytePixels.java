package dev.nereid.kernels.layout;

import static dev.nereid.kernels.layout.WordShuffles.EVEN;
import static dev.nereid.kernels.layout.WordShuffles.HIGH;
import static dev.nereid.kernels.layout.WordShuffles.LANES;
import static dev.nereid.kernels.layout.WordShuffles.LOW;
import static dev.nereid.kernels.layout.WordShuffles.ODD;
import static dev.nereid.kernels.layout.WordShuffles.SPECIES;
import static dev.nereid.memory.AddressSpace.ALL;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import java.nio.ByteOrder;
import jdk.incubator.vector.IntVector;

/**
 * Converts byte images between interleaved channels (HWC, three or four) and one plane for each channel (CHW). A lane has
 * four pixels: their words are sorted by vectors, and the bytes in them by shifts. What is no whole number of vectors goes
 * over pixels of the vectors before again. The loops are written out: C2 gives up inlining methods of ours behind so many of
 * the JDK's. Not every processor with wide vectors shuffles bytes in them. Strides are bytes; addresses are not checked.
 */
final class InterleavedBytePixels {
    static final int THREE = 3;
    static final int FOUR = 4;

    /** Pixels that are moved at a time, and the fewest that may be moved. */
    static final int PIXELS = SPECIES.vectorByteSize();

    /** Every third word of three vectors: those of the first two, any where the third's go, and then the third's too. */
    private static final IntVector FIRST_OF_TWO = ofTwo(0);

    private static final IntVector SECOND_OF_TWO = ofTwo(1);
    private static final IntVector THIRD_OF_TWO = ofTwo(2);
    private static final IntVector FIRST_OF_THREE = ofThree(0);
    private static final IntVector SECOND_OF_THREE = ofThree(1);
    private static final IntVector THIRD_OF_THREE = ofThree(2);

    private static final int BYTE0 = 0xff;
    private static final int BYTE1 = 0xff00;
    private static final int BYTE2 = 0xff0000;
    private static final int BYTE3 = 0xff000000;

    /** The first byte of each half of a word. */
    static final int EVENS = 0x00ff00ff;

    /** The first half of a word. */
    static final int LOWS = 0x0000ffff;

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    private InterleavedBytePixels() {}

    private static IntVector ofTwo(int first) {
        return WordShuffles.of(lane -> {
            int at = THREE * lane + first;
            return at < 2 * LANES ? at : 0;
        });
    }

    private static IntVector ofThree(int first) {
        return WordShuffles.of(lane -> {
            int at = THREE * lane + first;
            return at < 2 * LANES ? lane : at - LANES;
        });
    }

    /** Pixels of three bytes to three planes. */
    static void apartThree(long pixels, long x, long y, long yStride) {
        for (long done = 0; done < pixels; done += PIXELS) {
            long pixel = Math.min(done, pixels - PIXELS);
            long from = x + THREE * pixel;
            IntVector v0 = IntVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
            IntVector v1 = IntVector.fromMemorySegment(SPECIES, ALL, from + PIXELS, ORDER);
            IntVector v2 = IntVector.fromMemorySegment(SPECIES, ALL, from + 2L * PIXELS, ORDER);
            // Lanes of a0 b0 c0 a1, of b1 c1 a2 b2 and of c2 a3 b3 c3.
            IntVector p = FIRST_OF_THREE.selectFrom(FIRST_OF_TWO.selectFrom(v0, v1), v2);
            IntVector q = SECOND_OF_THREE.selectFrom(SECOND_OF_TWO.selectFrom(v0, v1), v2);
            IntVector r = THIRD_OF_THREE.selectFrom(THIRD_OF_TWO.selectFrom(v0, v1), v2);
            long to = y + pixel;
            p.and(BYTE0)
                    .or(p.lanewise(LSHR, 16).and(BYTE1))
                    .or(q.and(BYTE2))
                    .or(r.lanewise(LSHL, 16).and(BYTE3))
                    .intoMemorySegment(ALL, to, ORDER);
            p.lanewise(LSHR, 8)
                    .and(BYTE0)
                    .or(q.lanewise(LSHL, 8).and(BYTE1))
                    .or(q.lanewise(LSHR, 8).and(BYTE2))
                    .or(r.lanewise(LSHL, 8).and(BYTE3))
                    .intoMemorySegment(ALL, to + yStride, ORDER);
            p.lanewise(LSHR, 16)
                    .and(BYTE0)
                    .or(q.and(BYTE1))
                    .or(r.lanewise(LSHL, 16).and(BYTE2))
                    .or(r.and(BYTE3))
                    .intoMemorySegment(ALL, to + 2 * yStride, ORDER);
        }
    }

    /** Pixels of four bytes to four planes. */
    static void apartFour(long pixels, long x, long y, long yStride) {
        for (long done = 0; done < pixels; done += PIXELS) {
            long pixel = Math.min(done, pixels - PIXELS);
            long from = x + FOUR * pixel;
            IntVector v0 = IntVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
            IntVector v1 = IntVector.fromMemorySegment(SPECIES, ALL, from + PIXELS, ORDER);
            IntVector v2 = IntVector.fromMemorySegment(SPECIES, ALL, from + 2L * PIXELS, ORDER);
            IntVector v3 = IntVector.fromMemorySegment(SPECIES, ALL, from + 3L * PIXELS, ORDER);
            IntVector even = EVEN.selectFrom(v0, v1);
            IntVector odd = ODD.selectFrom(v0, v1);
            IntVector moreEven = EVEN.selectFrom(v2, v3);
            IntVector moreOdd = ODD.selectFrom(v2, v3);
            // Pixels 0, 1, 2 and 3 of every four.
            IntVector p = EVEN.selectFrom(even, moreEven);
            IntVector q = EVEN.selectFrom(odd, moreOdd);
            IntVector r = ODD.selectFrom(even, moreEven);
            IntVector s = ODD.selectFrom(odd, moreOdd);
            IntVector evens = p.and(EVENS).or(q.and(EVENS).lanewise(LSHL, 8));
            IntVector odds = p.lanewise(LSHR, 8).and(EVENS).or(q.and(~EVENS));
            IntVector moreEvens = r.and(EVENS).or(s.and(EVENS).lanewise(LSHL, 8));
            IntVector moreOdds = r.lanewise(LSHR, 8).and(EVENS).or(s.and(~EVENS));
            long to = y + pixel;
            evens.and(LOWS).or(moreEvens.lanewise(LSHL, 16)).intoMemorySegment(ALL, to, ORDER);
            odds.and(LOWS).or(moreOdds.lanewise(LSHL, 16)).intoMemorySegment(ALL, to + yStride, ORDER);
            evens.lanewise(LSHR, 16).or(moreEvens.and(~LOWS)).intoMemorySegment(ALL, to + 2 * yStride, ORDER);
            odds.lanewise(LSHR, 16).or(moreOdds.and(~LOWS)).intoMemorySegment(ALL, to + 3 * yStride, ORDER);
        }
    }

    /** Four planes to pixels of four bytes. */
    static void togetherFour(long pixels, long x, long xStride, long y) {
        for (long done = 0; done < pixels; done += PIXELS) {
            long pixel = Math.min(done, pixels - PIXELS);
            long from = x + pixel;
            IntVector a = IntVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
            IntVector b = IntVector.fromMemorySegment(SPECIES, ALL, from + xStride, ORDER);
            IntVector c = IntVector.fromMemorySegment(SPECIES, ALL, from + 2 * xStride, ORDER);
            IntVector d = IntVector.fromMemorySegment(SPECIES, ALL, from + 3 * xStride, ORDER);
            IntVector evens = a.and(EVENS).or(b.and(EVENS).lanewise(LSHL, 8));
            IntVector odds = a.lanewise(LSHR, 8).and(EVENS).or(b.and(~EVENS));
            IntVector moreEvens = c.and(EVENS).or(d.and(EVENS).lanewise(LSHL, 8));
            IntVector moreOdds = c.lanewise(LSHR, 8).and(EVENS).or(d.and(~EVENS));
            IntVector p = evens.and(LOWS).or(moreEvens.lanewise(LSHL, 16));
            IntVector q = odds.and(LOWS).or(moreOdds.lanewise(LSHL, 16));
            IntVector r = evens.lanewise(LSHR, 16).or(moreEvens.and(~LOWS));
            IntVector s = odds.lanewise(LSHR, 16).or(moreOdds.and(~LOWS));
            IntVector low = LOW.selectFrom(p, r);
            IntVector high = HIGH.selectFrom(p, r);
            IntVector otherLow = LOW.selectFrom(q, s);
            IntVector otherHigh = HIGH.selectFrom(q, s);
            long to = y + FOUR * pixel;
            LOW.selectFrom(low, otherLow).intoMemorySegment(ALL, to, ORDER);
            HIGH.selectFrom(low, otherLow).intoMemorySegment(ALL, to + PIXELS, ORDER);
            LOW.selectFrom(high, otherHigh).intoMemorySegment(ALL, to + 2L * PIXELS, ORDER);
            HIGH.selectFrom(high, otherHigh).intoMemorySegment(ALL, to + 3L * PIXELS, ORDER);
        }
    }

    /** Three planes to pixels of three bytes. */
    static void togetherThree(long pixels, long x, long xStride, long y) {
        for (long done = 0; done < pixels; done += PIXELS) {
            long pixel = Math.min(done, pixels - PIXELS);
            long from = x + pixel;
            IntVector a = IntVector.fromMemorySegment(SPECIES, ALL, from, ORDER);
            IntVector b = IntVector.fromMemorySegment(SPECIES, ALL, from + xStride, ORDER);
            IntVector c = IntVector.fromMemorySegment(SPECIES, ALL, from + 2 * xStride, ORDER);
            IntVector p = a.and(BYTE0)
                    .or(b.and(BYTE0).lanewise(LSHL, 8))
                    .or(c.and(BYTE0).lanewise(LSHL, 16))
                    .or(a.and(BYTE1).lanewise(LSHL, 16));
            IntVector q = b.lanewise(LSHR, 8)
                    .and(BYTE0)
                    .or(c.and(BYTE1))
                    .or(a.and(BYTE2))
                    .or(b.and(BYTE2).lanewise(LSHL, 8));
            IntVector r = c.lanewise(LSHR, 16)
                    .and(BYTE0)
                    .or(a.lanewise(LSHR, 16).and(BYTE1))
                    .or(b.lanewise(LSHR, 8).and(BYTE2))
                    .or(c.and(BYTE3));
            InterleaveThreeRows.interleave(p, q, r, y + THREE * pixel);
        }
    }
}
