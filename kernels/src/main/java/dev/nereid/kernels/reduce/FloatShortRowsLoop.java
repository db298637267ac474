package dev.nereid.kernels.reduce;

import static dev.nereid.kernels.reduce.FourVectors.BY_ONE;
import static dev.nereid.kernels.reduce.FourVectors.BY_TWO;
import static dev.nereid.kernels.reduce.FourVectors.ODD_QUARTER;
import static dev.nereid.kernels.reduce.FourVectors.OTHER_HALF;
import static dev.nereid.kernels.reduce.FourVectors.OTHER_QUARTER;
import static dev.nereid.kernels.reduce.FourVectors.QUARTER;
import static dev.nereid.kernels.reduce.FourVectors.RESULTS;
import static dev.nereid.kernels.reduce.FourVectors.UPPER_HALF;
import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.elementwise.FloatLanes;
import dev.nereid.kernels.loop.LoopCopy;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.nio.ByteOrder;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorSpecies;

/**
 * The loop of a reduction of rows of 32-bit floats that are a few vectors long, four rows at a time: to put the lanes of one
 * vector together takes longer than all the rest of a row, and that of four as long as of one. A row has the bits that
 * {@link FloatReduceLoop} gives it. There are four rows at least. Totals alone; what is made of them is the other loop's. Copied for each reduction.
 */
final class FloatShortRowsLoop implements Reduction {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Float> TOTALS = FloatVector.SPECIES_128;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ReduceOp OP = LoopCopy.operation(MethodHandles.lookup(), ReduceOp.class);
    private static final FloatLanes.Binary TERM = OP.term().lanes();
    private static final FloatLanes.Binary COMBINE = OP.accumulation().lanes();
    private static final float NEUTRAL = (float) OP.accumulation().neutral();
    private static final int ROWS = 4;

    @Override
    public void run(MemorySegment x, long xOffset, MemorySegment y, long yOffset, int outer, int reduced, int inner) {
        Objects.checkFromIndexSize(xOffset, 4L * outer * reduced, x.byteSize());
        Objects.checkFromIndexSize(yOffset, 4L * outer, y.byteSize());
        rows(x.address() + xOffset, 4L * reduced, SPECIES.loopBound(reduced), reduced, y.address() + yOffset, outer);
    }

    private static void rows(long start, long row, int bound, int length, long y, int outer) {
        VectorMask<Float> mask = SPECIES.indexInRange(bound, length);
        for (int done = 0; done < outer; done += ROWS) {
            // The last rows may be some of those before again.
            int first = Math.min(done, outer - ROWS);
            long x = start + first * row;
            FloatVector a = FloatVector.broadcast(SPECIES, NEUTRAL);
            FloatVector b = a;
            FloatVector c = a;
            FloatVector d = a;
            for (int i = 0; i < bound; i += LANES) {
                FloatVector v = FloatVector.fromMemorySegment(SPECIES, ALL, x + 4L * i, ORDER);
                FloatVector w = FloatVector.fromMemorySegment(SPECIES, ALL, x + row + 4L * i, ORDER);
                a = COMBINE.apply(a, TERM.apply(v, v));
                b = COMBINE.apply(b, TERM.apply(w, w));
                v = FloatVector.fromMemorySegment(SPECIES, ALL, x + 2 * row + 4L * i, ORDER);
                w = FloatVector.fromMemorySegment(SPECIES, ALL, x + 3 * row + 4L * i, ORDER);
                c = COMBINE.apply(c, TERM.apply(v, v));
                d = COMBINE.apply(d, TERM.apply(w, w));
            }
            if (bound < length) {
                long rest = x + 4L * bound;
                FloatVector v = FloatVector.fromMemorySegment(SPECIES, ALL, rest, ORDER, mask);
                FloatVector w = FloatVector.fromMemorySegment(SPECIES, ALL, rest + row, ORDER, mask);
                a = a.blend(COMBINE.apply(a, TERM.apply(v, v)), mask);
                b = b.blend(COMBINE.apply(b, TERM.apply(w, w)), mask);
                v = FloatVector.fromMemorySegment(SPECIES, ALL, rest + 2 * row, ORDER, mask);
                w = FloatVector.fromMemorySegment(SPECIES, ALL, rest + 3 * row, ORDER, mask);
                c = c.blend(COMBINE.apply(c, TERM.apply(v, v)), mask);
                d = d.blend(COMBINE.apply(d, TERM.apply(w, w)), mask);
            }
            FloatVector even =
                    COMBINE.apply(a.blend(c, UPPER_HALF), c.blend(a, UPPER_HALF).rearrange(OTHER_HALF));
            FloatVector odd =
                    COMBINE.apply(b.blend(d, UPPER_HALF), d.blend(b, UPPER_HALF).rearrange(OTHER_HALF));
            FloatVector all = COMBINE.apply(
                    even.blend(odd, ODD_QUARTER), odd.blend(even, ODD_QUARTER).rearrange(OTHER_QUARTER));
            all = QUARTER > 2 ? COMBINE.apply(all, all.rearrange(BY_TWO)) : all;
            all = QUARTER > 1 ? COMBINE.apply(all, all.rearrange(BY_ONE)) : all;
            all.rearrange(RESULTS).reinterpretShape(TOTALS, 0).intoMemorySegment(ALL, y + 4L * first, ORDER);
        }
    }
}
