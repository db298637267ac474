package dev.nereid.kernels.resize;

import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Linear and cubic resize: weighted sums along two axes, one output line at a time, rows before columns, in memory that
 * stays in the L1 cache. Whatever the way, a number is the same sum in the same order.
 */
final class WeightedResize {
    private static final int LANES = LaneTable.LANES;

    /** Numbers that are worth waking a second worker. */
    private static final long WORTH_SPLITTING = 1 << 17;

    private final ResampledPlane plane;
    private final LaneTable table;

    private WeightedResize(ResampledPlane plane, LaneTable table) {
        this.plane = plane;
        this.table = table;
    }

    static long scratchBytes(ResampledPlane given, int workers) {
        ResampledPlane plane = given.simplified();
        return tableBytes(plane) + workers * LaneTable.lineBytes(plane.lineFrom());
    }

    private static long tableBytes(ResampledPlane plane) {
        return plane.inner() < LANES
                ? LaneTable.bytes(plane.lineTo(), plane.columns().width())
                : 0;
    }

    static void run(ResampledPlane given, MemorySegment x, MemorySegment y, MemorySegment scratch, Workers workers) {
        ResampledPlane plane = given.simplified();
        Objects.checkFromIndexSize(0, plane.inputs() * Float.BYTES, x.byteSize());
        Objects.checkFromIndexSize(0, plane.outputs() * Float.BYTES, y.byteSize());
        Objects.checkFromIndexSize(0, scratchBytes(plane, workers.count()), scratch.byteSize());
        if (plane.outputs() == 0) {
            return;
        }
        LaneTable table = plane.inner() < LANES
                ? LaneTable.of(plane.columns(), (int) plane.inner(), scratch.address())
                : new LaneTable(0, 0, 0, 0, 0, 0, 0);
        WeightedResize resampling = new WeightedResize(plane, table);
        long rows = plane.outer() * plane.rows().to();
        int shares = plane.outputs() < WORTH_SPLITTING ? 1 : (int) Math.min(rows, workers.count());
        Workers taking = shares == 1 ? Workers.single() : workers;
        taking.run(
                shares,
                share -> resampling.lines(
                        rows * share / shares,
                        rows * (share + 1) / shares,
                        x.address(),
                        y.address(),
                        scratch.address() + scratchBytes(plane, share)));
    }

    private void lines(long begin, long end, long x, long y, long copy) {
        int rows = plane.rows().to();
        long imageBytes = plane.rows().from() * plane.lineFrom() * Float.BYTES;
        long resultBytes = plane.lineTo() * Float.BYTES;
        long image = x + begin / rows * imageBytes;
        int place = (int) (begin % rows);
        for (long row = begin; row < end; row++) {
            line(image, place, y + row * resultBytes, copy);
            place++;
            if (place == rows) {
                place = 0;
                image += imageBytes;
            }
        }
    }

    private void line(long image, int place, long to, long copy) {
        long lineBytes = plane.lineFrom() * Float.BYTES;
        if (!plane.rows().isKept()) {
            WeightedLines.add(plane.rows(), place, image, plane.lineFrom(), copy);
            columns(copy, to);
        } else if (table.fits(plane.lineFrom())) {
            columns(image + place * lineBytes, to);
        } else {
            MemorySegment.copy(ALL, image + place * lineBytes, ALL, copy, lineBytes);
            columns(copy, to);
        }
    }

    private void columns(long line, long to) {
        ResampledAxis columns = plane.columns();
        long inner = plane.inner();
        if (columns.isKept()) {
            MemorySegment.copy(ALL, line, ALL, to, plane.lineTo() * Float.BYTES);
        } else if (inner >= LANES) {
            for (int place = 0; place < columns.to(); place++) {
                WeightedLines.add(columns, place, line, inner, to + place * inner * Float.BYTES);
            }
        } else if (table.loads() == 0) {
            WeightedLines.addEach(columns, (int) inner, line, to);
        } else if (table.loads() == 2) {
            WeightedLanes.twoLoads(table, line, to);
        } else if (table.taps() == 2) {
            WeightedLanes.twoTaps(table, line, to);
        } else {
            WeightedLanes.oneLoad(table, line, to);
        }
    }
}
