package dev.nereid.kernels.recurrent;

/**
 * The order of a layer's gates in which all gates of a unit lie near each other: blocks of some units, in a block
 * gate after gate, in a gate unit after unit. The last block is filled up with units that are not there.
 *
 * @param gates gates of a unit
 * @param hidden units of the layer
 * @param units units of a block
 */
public record GateBlocks(int gates, int hidden, int units) {
    /** Units of most kernels' blocks: as many floats as the widest vectors have. */
    public static final int UNITS = 16;

    public GateBlocks {
        if (gates < 1 || hidden < 0 || units < 1) {
            throw new IllegalArgumentException(gates + " gates of " + hidden + " units in blocks of " + units);
        }
    }

    /** Gates in blocks of {@link #UNITS} units. */
    public GateBlocks(int gates, int hidden) {
        this(gates, hidden, UNITS);
    }

    public int blocks() {
        return Math.ceilDiv(hidden, units);
    }

    /** Columns of a block. */
    public int blockColumns() {
        return gates * units;
    }

    /** Columns of all blocks, those of units that are not there among them. */
    public int columns() {
        return blocks() * blockColumns();
    }

    /** The column of a gate of a unit. */
    public int column(int gate, int unit) {
        return unit / units * blockColumns() + gate * units + unit % units;
    }
}
