package dev.nereid.kernels.resize;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * Bilinear sampling: finds the four pixels around each sample point and their weights, a point a lane.
 *
 * @param goesOn whether the cells at the edges go on beyond them; else there are zeros
 */
record SamplePointNeighbours(SamplePoints points, int rows, int columns, boolean goesOn) {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Integer> INTEGERS = IntVector.SPECIES_PREFERRED;
    private static final int LANES = SPECIES.length();
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;

    void run(MemorySegment rowPositions, MemorySegment columnPositions, Optional<MemorySegment> factors) {
        int count = points.count();
        long bytes = (long) Float.BYTES * count;
        Objects.checkFromIndexSize(0, bytes, rowPositions.byteSize());
        Objects.checkFromIndexSize(0, bytes, columnPositions.byteSize());
        factors.ifPresent(factor -> Objects.checkFromIndexSize(0, bytes, factor.byteSize()));
        Objects.checkFromIndexSize(0, SamplePoints.bytes(count), points.cells().byteSize());
        Objects.checkFromIndexSize(
                0, SamplePoints.bytes(count), points.weights().byteSize());
        long factor = factors.map(MemorySegment::address).orElse(0L);
        for (int point = 0; point < count; point += LANES) {
            VectorMask<Float> mask = SPECIES.indexInRange(point, count);
            long at = (long) Float.BYTES * point;
            findNeighbours(
                    FloatVector.fromMemorySegment(SPECIES, ALL, rowPositions.address() + at, ORDER, mask),
                    FloatVector.fromMemorySegment(SPECIES, ALL, columnPositions.address() + at, ORDER, mask),
                    factor == 0
                            ? FloatVector.broadcast(SPECIES, 1f)
                            : FloatVector.fromMemorySegment(SPECIES, ALL, factor + at, ORDER, mask),
                    at,
                    mask);
        }
    }

    private void findNeighbours(
            FloatVector row, FloatVector column, FloatVector factor, long at, VectorMask<Float> mask) {
        long plane = (long) Float.BYTES * points.count();
        FloatVector y = near(row, rows);
        FloatVector x = near(column, columns);
        IntVector top = floor(y);
        IntVector left = floor(x);
        FloatVector down = y.sub((FloatVector) top.convert(VectorOperators.I2F, 0));
        FloatVector right = x.sub((FloatVector) left.convert(VectorOperators.I2F, 0));
        FloatVector one = FloatVector.broadcast(SPECIES, 1f);
        long weights = points.weights().address() + at;
        one.sub(down).mul(one.sub(right)).mul(factor).intoMemorySegment(ALL, weights, ORDER, mask);
        one.sub(down).mul(right).mul(factor).intoMemorySegment(ALL, weights + plane, ORDER, mask);
        down.mul(one.sub(right)).mul(factor).intoMemorySegment(ALL, weights + 2 * plane, ORDER, mask);
        down.mul(right).mul(factor).intoMemorySegment(ALL, weights + 3 * plane, ORDER, mask);
        long cells = points.cells().address() + at;
        VectorMask<Integer> lanes = mask.cast(INTEGERS);
        if (goesOn) {
            clampedCells(top, left, cells, plane, lanes);
        } else {
            cellsOrZero(top, left, cells, plane, lanes);
        }
    }

    /** Beyond the cell next to an edge all is alike, and a number fits an integer. */
    private static FloatVector near(FloatVector position, int extent) {
        FloatVector low = position.blend(-2f, position.lt(-2f));
        return low.blend(extent + 1f, low.compare(VectorOperators.GT, extent + 1f));
    }

    private static IntVector floor(FloatVector position) {
        IntVector cut = (IntVector) position.convert(VectorOperators.F2I, 0);
        FloatVector whole = (FloatVector) cut.convert(VectorOperators.I2F, 0);
        return cut.sub(
                IntVector.broadcast(INTEGERS, 1),
                whole.compare(VectorOperators.GT, position).cast(INTEGERS));
    }

    private void clampedCells(IntVector top, IntVector left, long cells, long plane, VectorMask<Integer> lanes) {
        IntVector first = top.max(0).min(rows - 1).mul(columns);
        IntVector second = top.add(1).max(0).min(rows - 1).mul(columns);
        IntVector before = left.max(0).min(columns - 1);
        IntVector behind = left.add(1).max(0).min(columns - 1);
        first.add(before).intoMemorySegment(ALL, cells, ORDER, lanes);
        first.add(behind).intoMemorySegment(ALL, cells + plane, ORDER, lanes);
        second.add(before).intoMemorySegment(ALL, cells + 2 * plane, ORDER, lanes);
        second.add(behind).intoMemorySegment(ALL, cells + 3 * plane, ORDER, lanes);
    }

    /** Negative numbers are above all others where they have no sign. */
    private void cellsOrZero(IntVector top, IntVector left, long cells, long plane, VectorMask<Integer> lanes) {
        int zero = rows * columns;
        VectorMask<Integer> above = top.compare(VectorOperators.UGE, rows);
        VectorMask<Integer> below = top.add(1).compare(VectorOperators.UGE, rows);
        VectorMask<Integer> before = left.compare(VectorOperators.UGE, columns);
        VectorMask<Integer> behind = left.add(1).compare(VectorOperators.UGE, columns);
        IntVector first = top.mul(columns).add(left);
        IntVector second = first.add(columns);
        first.blend(zero, above.or(before)).intoMemorySegment(ALL, cells, ORDER, lanes);
        first.add(1).blend(zero, above.or(behind)).intoMemorySegment(ALL, cells + plane, ORDER, lanes);
        second.blend(zero, below.or(before)).intoMemorySegment(ALL, cells + 2 * plane, ORDER, lanes);
        second.add(1).blend(zero, below.or(behind)).intoMemorySegment(ALL, cells + 3 * plane, ORDER, lanes);
    }
}
