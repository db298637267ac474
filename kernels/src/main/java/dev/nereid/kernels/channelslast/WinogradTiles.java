package dev.nereid.kernels.channelslast;

import static dev.nereid.memory.AddressSpace.ALL;
import static jdk.incubator.vector.VectorOperators.GE;
import static jdk.incubator.vector.VectorOperators.LE;

import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The transformations of single tiles, a vector of channels at a time: along one axis into {@code temporary}, then along
 * the other. Addresses are of elements, distances in bytes.
 */
final class WinogradTiles {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    static final int LANES = SPECIES.length();
    private static final long VECTOR = (long) LANES * Float.BYTES;
    private static final int SIDE = WinogradFilters.SIDE;

    /** Bytes of a line of the temporary. */
    private static final long LINE = SIDE * VECTOR;

    private static final int OUTPUTS = 4;

    /** Bytes of {@code temporary}. */
    static final long TEMPORARY_BYTES = WinogradFilters.PLACES * 64L;

    private WinogradTiles() {}

    /** Transforms the 6 x 6 cells from x on; place p goes to {@code v + p * place}. */
    static void input(long x, long rowBytes, long cellBytes, long temporary, long v, long place) {
        for (int j = 0; j < SIDE; j++) {
            inputLine(x + j * cellBytes, rowBytes, temporary + j * VECTOR, LINE);
        }
        for (int i = 0; i < SIDE; i++) {
            inputLine(temporary + i * LINE, VECTOR, v + i * (SIDE * place), place);
        }
    }

    private static void inputLine(long from, long step, long to, long distance) {
        FloatVector d0 = load(from);
        FloatVector d1 = load(from + step);
        FloatVector d2 = load(from + 2 * step);
        FloatVector d3 = load(from + 3 * step);
        FloatVector d4 = load(from + 4 * step);
        FloatVector d5 = load(from + 5 * step);
        FloatVector four = FloatVector.broadcast(SPECIES, 4f);
        FloatVector minusFour = FloatVector.broadcast(SPECIES, -4f);
        FloatVector minusFive = FloatVector.broadcast(SPECIES, -5f);
        FloatVector two = FloatVector.broadcast(SPECIES, 2f);
        FloatVector minusTwo = FloatVector.broadcast(SPECIES, -2f);
        store(d0.fma(four, d2.fma(minusFive, d4)), to);
        FloatVector even = d2.fma(minusFour, d4);
        FloatVector odd = d1.fma(minusFour, d3);
        store(even.add(odd), to + distance);
        store(even.sub(odd), to + 2 * distance);
        FloatVector outer = d4.sub(d2);
        FloatVector inner = d3.sub(d1);
        store(inner.fma(two, outer), to + 3 * distance);
        store(inner.fma(minusTwo, outer), to + 4 * distance);
        store(d1.fma(four, d3.fma(minusFive, d5)), to + 5 * distance);
    }

    /** What an output tile is written to: of its 4 x 4 cells only {@code rows} x {@code columns} are there. */
    record Target(long y, int rows, long rowBytes, int columns, long cellBytes) {}

    /**
     * Transforms the 36 places back, place p from {@code m + p * place}.
     *
     * @param bias address of what is added; 0 for nothing
     */
    static void output(long m, long place, long temporary, long bias, float low, float high, Target target) {
        for (int j = 0; j < SIDE; j++) {
            outputLine(m + j * place, SIDE * place, temporary + j * VECTOR, LINE);
        }
        for (int i = 0; i < target.rows(); i++) {
            long line = temporary + i * LINE;
            long to = target.y() + i * target.rowBytes();
            outputLine(line, VECTOR, line, VECTOR);
            for (int j = 0; j < target.columns(); j++) {
                finish(line + j * VECTOR, bias, low, high, to + j * target.cellBytes());
            }
        }
    }

    private static void outputLine(long from, long step, long to, long distance) {
        FloatVector m0 = load(from);
        FloatVector m1 = load(from + step);
        FloatVector m2 = load(from + 2 * step);
        FloatVector m3 = load(from + 3 * step);
        FloatVector m4 = load(from + 4 * step);
        FloatVector m5 = load(from + 5 * step);
        FloatVector sum12 = m1.add(m2);
        FloatVector difference12 = m1.sub(m2);
        FloatVector sum34 = m3.add(m4);
        FloatVector difference34 = m3.sub(m4);
        store(m0.add(sum12).add(sum34), to);
        store(difference34.fma(FloatVector.broadcast(SPECIES, 2f), difference12), to + distance);
        store(sum34.fma(FloatVector.broadcast(SPECIES, 4f), sum12), to + 2 * distance);
        store(difference34.fma(FloatVector.broadcast(SPECIES, 8f), difference12).add(m5), to + 3 * distance);
    }

    private static void finish(long from, long bias, float low, float high, long to) {
        FloatVector sum = load(from);
        if (bias != 0) {
            sum = sum.add(load(bias));
        }
        FloatVector least = FloatVector.broadcast(SPECIES, low);
        FloatVector most = FloatVector.broadcast(SPECIES, high);
        store(sum.blend(least, sum.compare(LE, least)).blend(most, sum.compare(GE, most)), to);
    }

    private static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(SPECIES, ALL, address, ORDER);
    }

    private static void store(FloatVector vector, long address) {
        vector.intoMemorySegment(ALL, address, ORDER);
    }

    /** Output cells of a tile along an axis. */
    static int outputs() {
        return OUTPUTS;
    }
}
