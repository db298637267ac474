package dev.nereid.models.operators.recurrent;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.recurrent.GateBlocks;
import dev.nereid.kernels.recurrent.Int8GateWeights;
import dev.nereid.kernels.recurrent.Int8RecurrentKernels;
import dev.nereid.kernels.recurrent.RecurrentKernels;
import dev.nereid.kernels.recurrent.RecurrentSteps;
import dev.nereid.kernels.recurrent.RecurrentWeights;
import java.lang.foreign.MemorySegment;

/** The steps of one pass with its recurrent weights. */
sealed interface PassSteps {
    /** Scratch memory that the steps of a batch need. */
    long scratchBytes(int batch, int workers);

    /**
     * Takes steps.
     *
     * @param cells the cell states, which are replaced: [batch, hidden]; no bytes where the kind has none
     */
    void take(RecurrentSteps steps, MemorySegment cells, MemorySegment scratch, Workers workers);

    /** Of LSTM. */
    record Lstm(RecurrentKernels kernels, RecurrentWeights weights) implements PassSteps {
        @Override
        public long scratchBytes(int batch, int workers) {
            return kernels.scratchBytes(weights.blocks(), batch, workers);
        }

        @Override
        public void take(RecurrentSteps steps, MemorySegment cells, MemorySegment scratch, Workers workers) {
            kernels.lstm(weights, steps, cells, scratch, workers);
        }
    }

    /**
     * Of GRU.
     *
     * @param bias of the hidden gate's product: [units of {@link GateBlocks}]; no bytes if there is none
     */
    record Gru(RecurrentKernels kernels, RecurrentWeights weights, MemorySegment bias) implements PassSteps {
        @Override
        public long scratchBytes(int batch, int workers) {
            return kernels.scratchBytes(weights.blocks(), batch, workers);
        }

        @Override
        public void take(RecurrentSteps steps, MemorySegment cells, MemorySegment scratch, Workers workers) {
            kernels.gru(weights, steps, bias, scratch, workers);
        }
    }

    /** Of LSTM whose weights are bytes. */
    record Int8Lstm(Int8RecurrentKernels kernels, Int8GateWeights weights) implements PassSteps {
        @Override
        public long scratchBytes(int batch, int workers) {
            return kernels.scratchBytes(batch, weights);
        }

        @Override
        public void take(RecurrentSteps steps, MemorySegment cells, MemorySegment scratch, Workers workers) {
            kernels.lstm(weights, steps, cells, scratch, workers);
        }
    }
}
