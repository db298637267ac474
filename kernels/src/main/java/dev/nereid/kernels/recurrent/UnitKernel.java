package dev.nereid.kernels.recurrent;

/**
 * A kernel that takes steps for some blocks of units. Memory is given by the address of its first element, strides in
 * elements; nothing is checked. Stateless; any number of threads.
 */
public interface UnitKernel {
    /** Units of a block. */
    default int units() {
        return GateBlocks.UNITS;
    }

    /** Columns of a panel of weights in blocks of {@code blockColumns}. */
    int panelColumns(int blockColumns);

    /** Bytes of scratch memory for steps of a batch. */
    long scratchBytes(int blockColumns, int batch);

    /**
     * What the kernel is to do.
     *
     * @param hidden units of the layer
     * @param from the first block
     * @param to the block behind the last; where these are not all blocks, there is one step
     * @param weights [blocks][hidden][block columns], in panels
     * @param x [steps][batch][blocks][block columns]
     * @param h [batch][hidden]
     * @param y [steps][batch][hidden]
     * @param scratch memory of {@link #scratchBytes}
     */
    record Units(
            int steps,
            int batch,
            int hidden,
            int from,
            int to,
            long weights,
            long x,
            long xStep,
            long xRow,
            long h,
            long hRow,
            long y,
            long yStep,
            long yRow,
            long scratch) {}

    /**
     * Steps of LSTM.
     *
     * @param c [batch][hidden], from the first unit of the layer on
     */
    void lstm(Units units, long c);

    /**
     * Steps of GRU.
     *
     * @param bias [blocks][units], 0 for zeros
     */
    void gru(Units units, long bias);
}
