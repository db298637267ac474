package dev.nereid.kernels.recurrent;

/**
 * The order of a layer's gates in which all gates of a unit lie near each other: blocks of {@link #UNITS} units, in a block
 * gate after gate, in a gate unit after unit. The last block is filled up with units that are not there.
 *
 * @param gates gates of a unit
 * @param hidden units of the layer
 */
public record GateBlocks(int gates, int hidden) {
    /** Units of a block: as many floats as the widest vectors have. */
    public static final int UNITS = 16;

    public GateBlocks {
        if (gates < 1 || hidden < 0) {
            throw new IllegalArgumentException(gates + " gates of " + hidden + " units");
        }
    }

    public int blocks() {
        return Math.ceilDiv(hidden, UNITS);
    }

    /** Columns of a block. */
    public int blockColumns() {
        return gates * UNITS;
    }

    /** Columns of all blocks, those of units that are not there among them. */
    public int columns() {
        return blocks() * blockColumns();
    }

    /** The column of a gate of a unit. */
    public int column(int gate, int unit) {
        return unit / UNITS * blockColumns() + gate * UNITS + unit % UNITS;
    }
}
