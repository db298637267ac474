package dev.nereid.kernels.reduce;

import dev.nereid.kernels.elementwise.FloatLanes;
import dev.nereid.kernels.loop.LoopCopy;
import dev.nereid.memory.NativeSegments;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loops of a reduction of 32-bit floats: along a row with four accumulators, which hide the latency of an addition,
 * or down columns with a lane each. Copied for each reduction.
 */
final class FloatReduceLoop implements Reduction {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ORDER);
    private static final ReduceOp OP = LoopCopy.operation(MethodHandles.lookup(), ReduceOp.class);
    private static final FloatLanes.Binary TERM = OP.term().lanes();
    private static final FloatLanes.Binary COMBINE = OP.accumulation().lanes();
    private static final Accumulation.AcrossLanes ACROSS = OP.accumulation().acrossLanes();
    private static final float NEUTRAL = (float) OP.accumulation().neutral();
    private static final ReduceOp.Finish FINISH = OP.finish();
    private static final boolean IS_EXTREME = OP == ReduceOp.MAX || OP == ReduceOp.MIN;

    /** Integers up to here are floats. */
    private static final int MOST_EXACT = 1 << 24;

    private static final Reduction SHORT_ROWS = LoopCopy.of(MethodHandles.lookup(), FloatShortRowsLoop.class, OP);

    /** Shorter rows have one accumulator each and are reduced some at a time. */
    private static final int SHORT = IS_EXTREME ? MinMaxRow.WORTH_WHILE : 16 * LANES;

    /** Bytes of rows from which on they come from beyond the L2 cache, where they are read one behind the other. */
    private static final long FAR = 512 << 10;

    /** Columns whose results stay in the L1 cache while rows are added to them. */
    private static final int NEAR = 2048;

    private static final boolean TOTAL_IS_RESULT = OP.closedOverIntegers();

    @Override
    public void run(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int outer, int reduced, int inner) {
        y = NativeSegments.exact(y);
        if (IS_EXTREME) {
            Objects.checkFromIndexSize(xOffset, 4L * outer * reduced * inner, x.byteSize());
        }
        boolean shortRows = inner == 1 && outer >= 4 && reduced > 0 && reduced < SHORT && LANES >= 8;
        if (shortRows) {
            SHORT_ROWS.run(x, xOffset, y, yOffset, outer, reduced, inner);
        } else {
            for (int o = 0; o < outer; o++) {
                long from = xOffset + 4L * o * reduced * inner;
                long to = yOffset + 4L * o * inner;
                if (inner == 1) {
                    float total = IS_EXTREME && reduced >= MinMaxRow.WORTH_WHILE
                            ? MinMaxRow.of(x.address() + from, reduced, OP == ReduceOp.MAX)
                            : row(x, from, reduced);
                    y.set(FLOAT, to, total);
                } else {
                    columns(x, from, y, to, reduced, inner);
                }
            }
        }
        if (!TOTAL_IS_RESULT) {
            finish(y, yOffset, outer * inner, reduced);
        }
    }

    /** By vectors where they round as doubles do that are rounded to floats, which is so of quotients and roots. */
    private static void finish(MemorySegment y, long start, int results, int reduced) {
        y = NativeSegments.exact(y);
        int bound =
                (OP == ReduceOp.MEAN && reduced <= MOST_EXACT) || OP == ReduceOp.L2 ? SPECIES.loopBound(results) : 0;
        for (int i = 0; i < bound; i += LANES) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, y, start + 4L * i, ORDER);
            (OP == ReduceOp.MEAN ? v.div(reduced) : v.sqrt()).intoMemorySegment(y, start + 4L * i, ORDER);
        }
        for (int i = bound; i < results; i++) {
            y.set(FLOAT, start + 4L * i, (float) FINISH.apply(y.get(FLOAT, start + 4L * i), reduced, 0));
        }
    }

    private static float row(MemorySegment x, long start, int length) {
        x = NativeSegments.exact(x);
        FloatVector a = FloatVector.broadcast(SPECIES, NEUTRAL);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int i = 0;
        for (; length >= SHORT && i <= length - 4 * LANES; i += 4 * LANES) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, start + 4L * i, ORDER);
            FloatVector w = FloatVector.fromMemorySegment(SPECIES, x, start + 4L * (i + LANES), ORDER);
            a = COMBINE.apply(a, TERM.apply(v, v));
            b = COMBINE.apply(b, TERM.apply(w, w));
            v = FloatVector.fromMemorySegment(SPECIES, x, start + 4L * (i + 2 * LANES), ORDER);
            w = FloatVector.fromMemorySegment(SPECIES, x, start + 4L * (i + 3 * LANES), ORDER);
            c = COMBINE.apply(c, TERM.apply(v, v));
            d = COMBINE.apply(d, TERM.apply(w, w));
        }
        a = COMBINE.apply(COMBINE.apply(a, b), COMBINE.apply(c, d));
        for (; i <= length - LANES; i += LANES) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, start + 4L * i, ORDER);
            a = COMBINE.apply(a, TERM.apply(v, v));
        }
        if (i < length) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, length);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, start + 4L * i, ORDER, mask);
            a = a.blend(COMBINE.apply(a, TERM.apply(v, v)), mask);
        }
        return ACROSS.apply(a);
    }

    private static void columns(MemorySegment x, long from, MemorySegment y, long to, int reduced, int inner) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        long stride = 4L * inner;
        int i = 0;
        if (reduced * stride >= FAR) {
            while (i <= inner - 4 * LANES) {
                int columns = Math.min(NEAR, SPECIES.loopBound(inner - i));
                rows(x, from + 4L * i, y, to + 4L * i, reduced, stride, columns);
                i += columns;
            }
        }
        for (; i <= inner - 4 * LANES; i += 4 * LANES) {
            fourColumns(x, from + 4L * i, y, to + 4L * i, reduced, stride);
        }
        for (; i < inner; i += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(i, inner);
            FloatVector a = FloatVector.broadcast(SPECIES, NEUTRAL);
            long at = from + 4L * i;
            for (int r = 0; r < reduced; r++) {
                FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, at, ORDER, mask);
                a = COMBINE.apply(a, TERM.apply(v, v));
                at += stride;
            }
            a.intoMemorySegment(y, to + 4L * i, ORDER, mask);
        }
    }

    /** The same sums as those of {@link #fourColumns}, of as many columns; what they come to so far is in y. */
    private static void rows(
            MemorySegment x, long from, MemorySegment y, long to, int reduced, long stride, int columns) {
        MemorySegment results = NativeSegments.exact(y);
        FloatVector neutral = FloatVector.broadcast(SPECIES, NEUTRAL);
        for (int i = 0; i < columns; i += LANES) {
            neutral.intoMemorySegment(results, to + 4L * i, ORDER);
        }
        int row = 0;
        for (; row + 4 <= reduced; row += 4) {
            fourRows(x, from + row * stride, results, to, stride, columns);
        }
        for (; row < reduced; row++) {
            oneRow(x, from + row * stride, results, to, columns);
        }
    }

    private static void fourRows(MemorySegment x, long from, MemorySegment y, long to, long stride, int columns) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        for (int i = 0; i < columns; i += LANES) {
            long at = from + 4L * i;
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, y, to + 4L * i, ORDER);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, at, ORDER);
            a = COMBINE.apply(a, TERM.apply(v, v));
            v = FloatVector.fromMemorySegment(SPECIES, x, at + stride, ORDER);
            a = COMBINE.apply(a, TERM.apply(v, v));
            v = FloatVector.fromMemorySegment(SPECIES, x, at + 2 * stride, ORDER);
            a = COMBINE.apply(a, TERM.apply(v, v));
            v = FloatVector.fromMemorySegment(SPECIES, x, at + 3 * stride, ORDER);
            a = COMBINE.apply(a, TERM.apply(v, v));
            a.intoMemorySegment(y, to + 4L * i, ORDER);
        }
    }

    private static void oneRow(MemorySegment x, long from, MemorySegment y, long to, int columns) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        for (int i = 0; i < columns; i += LANES) {
            FloatVector a = FloatVector.fromMemorySegment(SPECIES, y, to + 4L * i, ORDER);
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, from + 4L * i, ORDER);
            a = COMBINE.apply(a, TERM.apply(v, v));
            a.intoMemorySegment(y, to + 4L * i, ORDER);
        }
    }

    private static void fourColumns(MemorySegment x, long from, MemorySegment y, long to, int reduced, long stride) {
        x = NativeSegments.exact(x);
        y = NativeSegments.exact(y);
        FloatVector a = FloatVector.broadcast(SPECIES, NEUTRAL);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        long at = from;
        for (int r = 0; r < reduced; r++) {
            FloatVector v = FloatVector.fromMemorySegment(SPECIES, x, at, ORDER);
            FloatVector w = FloatVector.fromMemorySegment(SPECIES, x, at + 4L * LANES, ORDER);
            a = COMBINE.apply(a, TERM.apply(v, v));
            b = COMBINE.apply(b, TERM.apply(w, w));
            v = FloatVector.fromMemorySegment(SPECIES, x, at + 8L * LANES, ORDER);
            w = FloatVector.fromMemorySegment(SPECIES, x, at + 12L * LANES, ORDER);
            c = COMBINE.apply(c, TERM.apply(v, v));
            d = COMBINE.apply(d, TERM.apply(w, w));
            at += stride;
        }
        a.intoMemorySegment(y, to, ORDER);
        b.intoMemorySegment(y, to + 4L * LANES, ORDER);
        c.intoMemorySegment(y, to + 8L * LANES, ORDER);
        d.intoMemorySegment(y, to + 12L * LANES, ORDER);
    }
}
