package dev.nereid.kernels.recurrent;

import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Layers whose weights are bytes. What is multiplied with them is rounded to uint8, each row by itself, so that a sequence
 * does not depend on its neighbours: with {@code low} and {@code high} the least and the largest of a row's numbers and zero,
 * {@code inverse = 255 / (high - low)}, or 0 where they are equal, and {@code zero = round(-low * inverse)}, a number becomes
 * {@code round(x * inverse) + zero}, half to even, within [0, 255]; what is not a number becomes the zero. Sums are exact
 * modulo 2^32; with {@code sum} that of {@code (byte - zero) * (weight - zeroPoint)} a product is {@code sum * ((high - low) /
 * 255 * scale) + addend}, rounded after each operation. Kernels keep no state; all methods may run in many threads at a time.
 */
public interface Int8RecurrentKernels {
    /** Bytes of scratch memory that a product of so many rows needs. */
    long scratchBytes(int rows, Int8GateWeights weights);

    /**
     * The gates' part from the input.
     *
     * @param x float [rows, k of the weights], with contiguous rows
     * @param bias added to each row: float [columns of the blocks]; nothing where it is empty
     * @param gates float [rows, columns of the blocks], with contiguous rows
     * @param scratch memory of {@link #scratchBytes} for the rows with any content, aligned to 64 bytes
     */
    void gates(
            Matrix x,
            Int8GateWeights weights,
            Optional<MemorySegment> bias,
            Matrix gates,
            MemorySegment scratch,
            Workers workers);

    /**
     * Steps of LSTM, as {@link RecurrentKernels#lstm} describes them.
     *
     * @param weights of four gates
     * @param c the cell states, which are replaced: [batch, hidden]
     * @param scratch memory of {@link #scratchBytes} for the batch with any content, aligned to 64 bytes
     */
    void lstm(Int8GateWeights weights, RecurrentSteps steps, MemorySegment c, MemorySegment scratch, Workers workers);
}
