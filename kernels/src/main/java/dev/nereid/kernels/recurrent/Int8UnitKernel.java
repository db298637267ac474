package dev.nereid.kernels.recurrent;

/**
 * A kernel of rows that are multiplied with bytes. Memory is given by the address of its first element, strides in elements;
 * nothing is checked. Stateless; any number of threads.
 */
public interface Int8UnitKernel {
    /** Bytes of scratch memory for a row of k numbers. */
    long scratchBytes(int k);

    /**
     * The gates of some rows.
     *
     * @param bias 0 for zeros
     */
    void gates(Int8GateWeights weights, int rows, long x, long xRow, long bias, long y, long yRow, long scratch);

    /**
     * Steps of LSTM.
     *
     * @param units all blocks of some rows, without weights
     */
    void lstm(Int8GateWeights weights, UnitKernel.Units units, long c);
}
