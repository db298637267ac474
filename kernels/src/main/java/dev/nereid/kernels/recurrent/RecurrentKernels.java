package dev.nereid.kernels.recurrent;

import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Steps of recurrent layers of {@code FP32} with the functions that such layers have by default: sigmoid for gates, tanh for
 * states. The gates' sums are chains of fused multiply-adds that start at x and add the hidden state of the step before in
 * ascending k, whatever the batch and the number of workers, so that a sequence does not depend on its neighbours. Kernels
 * keep no state; all methods may run in many threads at a time.
 */
public interface RecurrentKernels {
    /** Units of a block of the {@link GateBlocks} of these kernels' layers. */
    default int units() {
        return GateBlocks.UNITS;
    }

    /** Columns of a panel of {@link RecurrentWeights} in blocks of {@code blockColumns}. */
    int panelColumns(int blockColumns);

    /** Bytes of scratch memory that the steps of a batch need. */
    long scratchBytes(GateBlocks blocks, int batch, int workers);

    /**
     * Steps of LSTM, whose gates are input, output, forget and cell: {@code c = sigmoid(forget) * c + sigmoid(input) *
     * tanh(cell)}, {@code y = sigmoid(output) * tanh(c)}.
     *
     * @param weights packed for these kernels, of four gates
     * @param c the cell states, which are replaced: [batch, hidden]
     * @param scratch memory of {@link #scratchBytes} with any content, aligned to 64 bytes
     */
    void lstm(RecurrentWeights weights, RecurrentSteps steps, MemorySegment c, MemorySegment scratch, Workers workers);

    /**
     * Steps of GRU, whose gates are update, reset and hidden: {@code n = tanh(hidden's x + sigmoid(reset) * hidden's product)},
     * {@code y = (1 - sigmoid(update)) * n + sigmoid(update) * h}.
     *
     * @param weights packed for these kernels, of three gates
     * @param bias where the sums of hidden's product start, a number a unit of all blocks; no bytes for zeros
     * @param scratch memory of {@link #scratchBytes} with any content, aligned to 64 bytes
     */
    void gru(
            RecurrentWeights weights, RecurrentSteps steps, MemorySegment bias, MemorySegment scratch, Workers workers);

    /** Kernels of layers whose weights are bytes, where they are faster than those of floats. */
    default Optional<Int8RecurrentKernels> ofBytes() {
        return Optional.empty();
    }
}
