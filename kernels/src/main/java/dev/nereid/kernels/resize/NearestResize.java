package dev.nereid.kernels.resize;

import static dev.nereid.memory.AddressSpace.ALL;

import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Nearest-neighbour resize: gathers rows and columns by index. Words go by the lanes of a {@link LaneTable}, what is longer
 * than a vector as a block, to all the rows and columns that it comes to.
 */
final class NearestResize {
    private static final VectorSpecies<Integer> SPECIES = IntVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

    /** Bytes that are worth waking a second worker. */
    private static final long WORTH_SPLITTING = 1 << 19;

    /** Bytes of a block from which on a call is not felt. */
    private static final long LONG_BLOCK = 2048;

    private final ResampledPlane plane;
    private final int unitBytes;
    private final LaneTable table;
    /** The row of the image that each row is. */
    private final int[] sources;

    /** Whether each row of the image comes twice or any even number of times, as in an image of twice the size. */
    private final boolean paired;

    private final long lineBytes;
    private final long resultBytes;

    /** For rows of words; nothing where it does not suit. */
    private final Optional<ResizeGatherKernel> kernel;

    /** Address of the sources: INT32 [rows]. */
    private final long sourceNumbers;

    private NearestResize(
            ResampledPlane plane,
            int unitBytes,
            LaneTable table,
            Optional<ResizeGatherKernel> kernel,
            long sourceNumbers) {
        this.plane = plane;
        this.unitBytes = unitBytes;
        this.table = table;
        ResampledAxis rows = plane.rows();
        this.sources = rows.isKept() ? IntStream.range(0, rows.to()).toArray() : rows.indices();
        this.paired = arePaired(sources);
        this.lineBytes = (long) plane.columns().from() * unitBytes;
        this.resultBytes = (long) plane.columns().to() * unitBytes;
        this.kernel = kernel.filter(_ -> LaneTable.LANES == ResizeGatherKernel.LEAST_WORDS
                && table.loads() == 1
                && lineBytes >= 4 * ResizeGatherKernel.LEAST_WORDS);
        this.sourceNumbers = sourceNumbers;
        if (this.kernel.isPresent()) {
            for (int row = 0; row < sources.length; row++) {
                ALL.set(INT, sourceNumbers + 4L * row, sources[row]);
            }
        }
    }

    private static boolean arePaired(int... sources) {
        boolean paired = sources.length % 2 == 0;
        for (int row = 0; paired && row < sources.length; row += 2) {
            paired = sources[row] == sources[row + 1];
        }
        return paired;
    }

    static long scratchBytes(int elementBytes, ResampledPlane given) {
        ResampledPlane plane = given.simplified();
        return tableBytes(elementBytes, plane) + 4L * plane.rows().to();
    }

    private static long tableBytes(int elementBytes, ResampledPlane plane) {
        long unit = elementBytes * plane.inner();
        return isWords(unit) ? LaneTable.bytes(plane.columns().to() * unit / 4, 1) : 0;
    }

    private static boolean isWords(long unitBytes) {
        return unitBytes % 4 == 0 && unitBytes < LaneTable.VECTOR_BYTES;
    }

    static void run(
            int elementBytes,
            ResampledPlane given,
            MemorySegment x,
            MemorySegment y,
            MemorySegment scratch,
            Workers workers,
            Optional<ResizeGatherKernel> kernel) {
        ResampledPlane plane = given.simplified();
        Objects.checkFromIndexSize(0, plane.inputs() * elementBytes, x.byteSize());
        Objects.checkFromIndexSize(0, plane.outputs() * elementBytes, y.byteSize());
        Objects.checkFromIndexSize(0, scratchBytes(elementBytes, plane), scratch.byteSize());
        long bytes = plane.outputs() * elementBytes;
        if (bytes == 0) {
            return;
        }
        int unit = Math.toIntExact(elementBytes * plane.inner());
        LaneTable table = isWords(unit)
                ? LaneTable.of(plane.columns(), unit / 4, scratch.address())
                : new LaneTable(0, 0, 1, 0, 0, 0, 0);
        long sources = scratch.address() + tableBytes(elementBytes, plane);
        NearestResize nearestResize = new NearestResize(plane, unit, table, kernel, sources);
        long rows = plane.outer() * plane.rows().to();
        int shares = bytes < WORTH_SPLITTING ? 1 : (int) Math.min(rows, workers.count());
        Workers taking = shares == 1 ? Workers.single() : workers;
        taking.run(
                shares,
                share -> nearestResize.rows(
                        rows * share / shares, rows * (share + 1) / shares, x.address(), y.address()));
    }

    /** Rows of the output, from which image and to which one ever. */
    private void rows(long begin, long end, long x, long y) {
        ResampledAxis rows = plane.rows();
        long imageBytes = rows.from() * lineBytes;
        long row = begin;
        while (row < end) {
            int first = (int) (row % rows.to());
            int behind = (int) Math.min(rows.to(), first + end - row);
            image(x + row / rows.to() * imageBytes, first, behind, y + row * resultBytes);
            row += behind - first;
        }
    }

    /** The rows from {@code first} up to {@code behind} of one image. */
    private void image(long from, int first, int behind, long to) {
        if (kernel.isPresent()) {
            int words = (int) (resultBytes / 4);
            long numbers = sourceNumbers + 4L * first;
            kernel.get().gather(behind - first, words, numbers, table.starts(), table.lanes(), from, lineBytes, to);
            return;
        }
        if (table.loads() > 0) {
            boolean pairs = paired && first % 2 == 0 && behind % 2 == 0;
            ResizeGather.gather(table, sources, pairs, first, behind, from, lineBytes, to, resultBytes);
            return;
        }
        int place = first;
        while (place < behind) {
            int source = sources[place];
            int next = place + 1;
            while (next < behind && sources[next] == source) {
                next++;
            }
            long target = to + (place - first) * resultBytes;
            line(from + source * lineBytes, target, target + (next - place) * resultBytes);
            place = next;
        }
    }

    /** Writes one line to all places from {@code to} up to {@code end}: once by its units, then as it is there. */
    private void line(long from, long to, long end) {
        if (unitBytes >= LaneTable.VECTOR_BYTES && unitBytes % 4 == 0 && unitBytes < LONG_BLOCK) {
            blocks(from, to);
        } else {
            units(from, to);
        }
        for (long at = to + resultBytes; at < end; at += resultBytes) {
            MemorySegment.copy(ALL, to, ALL, at, resultBytes);
        }
    }

    /** Blocks of a vector or more, to two columns at once where they are the same. */
    private void blocks(long from, long to) {
        ResampledAxis columns = plane.columns();
        for (int column = 0; column < columns.to(); ) {
            int source = columns.source(column);
            boolean twice = column + 1 < columns.to() && columns.source(column + 1) == source;
            long block = from + (long) source * unitBytes;
            long first = to + (long) column * unitBytes;
            copyBlock(block, first, twice ? first + unitBytes : first, unitBytes);
            column += twice ? 2 : 1;
        }
    }

    /** One loop and no more: a vector that an inner one reads would be kept in a box. The last vector overlaps. */
    private static void copyBlock(long from, long to, long other, int bytes) {
        int last = bytes - LaneTable.VECTOR_BYTES;
        for (int done = 0; done < bytes; done += LaneTable.VECTOR_BYTES) {
            int at = Math.min(done, last);
            IntVector words = IntVector.fromMemorySegment(SPECIES, ALL, from + at, ORDER);
            words.intoMemorySegment(ALL, to + at, ORDER);
            words.intoMemorySegment(ALL, other + at, ORDER);
        }
    }

    /** One by one. */
    private void units(long from, long to) {
        ResampledAxis columns = plane.columns();
        int[] indices = columns.indices();
        int places = columns.to();
        if (columns.isKept()) {
            MemorySegment.copy(ALL, from, ALL, to, resultBytes);
        } else if (unitBytes == 1) {
            for (int place = 0; place < places; place++) {
                ALL.set(BYTE, to + place, ALL.get(BYTE, from + indices[place]));
            }
        } else if (unitBytes == 2) {
            for (int place = 0; place < places; place++) {
                ALL.set(SHORT, to + 2L * place, ALL.get(SHORT, from + 2L * indices[place]));
            }
        } else if (unitBytes == 4) {
            for (int place = 0; place < places; place++) {
                ALL.set(INT, to + 4L * place, ALL.get(INT, from + 4L * indices[place]));
            }
        } else if (unitBytes >= 16) {
            for (int place = 0; place < places; place++) {
                long source = from + (long) indices[place] * unitBytes;
                MemorySegment.copy(ALL, source, ALL, to + (long) place * unitBytes, unitBytes);
            }
        } else {
            for (int place = 0; place < places; place++) {
                long source = from + (long) indices[place] * unitBytes;
                long target = to + (long) place * unitBytes;
                for (int i = 0; i < unitBytes; i++) {
                    ALL.set(BYTE, target + i, ALL.get(BYTE, source + i));
                }
            }
        }
    }
}
