package dev.nereid.kernels.convolution.channelslast;

import static dev.nereid.memory.AddressSpace.ALL;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Operands of the last filters of a tile, fewer than a vector: whole vectors are written to memory of their own and the
 * valid part is copied.
 *
 * @param memory address of {@link #BYTES}
 * @param filters how many are left
 * @param addends address of what is added to each, 0 for nothing
 */
record TailFilters(long memory, int filters, long addends) {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final long VECTOR = (long) WinogradTiles.LANES * Float.BYTES;
    private static final long SIDE = WinogradTiles.outputs();

    /** The cells of a tile, and behind them the addends. */
    static final long BYTES = (SIDE * SIDE + 1) * VECTOR;

    private static final long ADDENDS = SIDE * SIDE * VECTOR;

    TailFilters {
        if (filters > 0 && addends != 0) {
            ALL.asSlice(memory + ADDENDS, VECTOR).fill((byte) 0);
            MemorySegment.copy(ALL, addends, ALL, memory + ADDENDS, (long) filters * Float.BYTES);
        }
    }

    /** Address of a vector of addends, 0 for nothing. */
    long bias() {
        return addends == 0 ? 0 : memory + ADDENDS;
    }

    /** As many cells, in the memory here. */
    WinogradTiles.Target inPlaceOf(WinogradTiles.Target target) {
        return new WinogradTiles.Target(memory, target.rows(), SIDE * VECTOR, target.columns(), VECTOR);
    }

    /** Copies what {@link #inPlaceOf} took to the target. */
    void copy(WinogradTiles.Target target) {
        for (int row = 0; row < target.rows(); row++) {
            for (int column = 0; column < target.columns(); column++) {
                long from = memory + (row * SIDE + column) * VECTOR;
                long to = target.y() + row * target.rowBytes() + column * target.cellBytes();
                for (int filter = 0; filter < filters; filter++) {
                    ALL.set(FLOAT, to + 4L * filter, ALL.get(FLOAT, from + 4L * filter));
                }
            }
        }
    }
}
