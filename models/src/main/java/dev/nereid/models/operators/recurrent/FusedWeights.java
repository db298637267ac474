package dev.nereid.models.operators.recurrent;

import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.kernels.recurrent.GateBlocks;
import dev.nereid.kernels.recurrent.RecurrentKernels;
import dev.nereid.kernels.recurrent.RecurrentWeights;
import dev.nereid.memory.NativeMemory;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;

/** The constants of a layer of FP32 whose steps {@link PassSteps} take, gates in the order of blocks. */
record FusedWeights(WeightSizes sizes, GateBlocks blocks, List<Pass> passes) {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /**
     * The constants of one pass.
     *
     * @param input the product of all gates with X
     * @param bias what is added to it: [columns of blocks]
     */
    record Pass(GateProduct input, Optional<MemorySegment> bias, PassSteps steps) {}

    /**
     * Prepares them.
     *
     * @param w [directions, gates * hidden, input]
     * @param r [directions, gates * hidden, hidden]
     * @param b [directions, 2 * gates * hidden]
     * @param memory makes memory that lives as long as the result, with any content
     * @throws dev.nereid.models.ModelFormatException if b does not fit
     */
    static FusedWeights of(
            RecurrentKind kind,
            WeightSizes sizes,
            RecurrentKernels kernels,
            MatMulKernels products,
            Tensor w,
            Tensor r,
            Optional<Tensor> b,
            LongFunction<MemorySegment> memory) {
        GateBlocks blocks = new GateBlocks(kind.gates(), sizes.hidden(), kernels.units());
        int rows = kind.gates() * sizes.hidden();
        b.ifPresent(tensor -> WeightSizes.require("B", tensor.shape(), Shape.of(sizes.directions(), 2L * rows)));
        List<Pass> passes = new ArrayList<>();
        for (int d = 0; d < sizes.directions(); d++) {
            Matrix input = Matrix.of(w.segment(), (long) d * rows * sizes.input(), rows, sizes.input());
            Matrix recurrent = Matrix.of(r.segment(), (long) d * rows * sizes.hidden(), rows, sizes.hidden());
            long biases = 2L * d * rows;
            RecurrentWeights packed =
                    RecurrentWeights.pack(kernels, blocks, recurrent, memory.apply(RecurrentWeights.bytes(blocks)));
            passes.add(new Pass(
                    input(blocks, products, input, memory),
                    b.map(tensor -> bias(kind, blocks, tensor.segment(), biases, memory)),
                    switch (kind) {
                        case LSTM -> new PassSteps.Lstm(kernels, packed);
                        case GRU ->
                            new PassSteps.Gru(
                                    kernels,
                                    packed,
                                    b.map(tensor -> candidateBias(blocks, tensor.segment(), biases + rows, memory))
                                            .orElse(MemorySegment.NULL));
                        case RNN -> throw new IllegalStateException("RNN has no kernel of its own");
                    }));
        }
        return new FusedWeights(sizes, blocks, List.copyOf(passes));
    }

    private static GateProduct input(
            GateBlocks blocks, MatMulKernels products, Matrix weights, LongFunction<MemorySegment> memory) {
        int inputs = weights.columns();
        int columns = blocks.columns();
        try (NativeMemory copy = NativeMemory.allocate((long) columns * inputs * Float.BYTES)) {
            MemorySegment ordered = copy.segment().fill((byte) 0);
            for (int gate = 0; gate < blocks.gates(); gate++) {
                for (int unit = 0; unit < blocks.hidden(); unit++) {
                    MemorySegment.copy(
                            weights.segment(),
                            weights.index(gate * blocks.hidden() + unit, 0) * Float.BYTES,
                            ordered,
                            (long) blocks.column(gate, unit) * inputs * Float.BYTES,
                            (long) inputs * Float.BYTES);
                }
            }
            return GateProduct.of(
                    products, DataType.FP32, Matrix.of(ordered, columns, inputs).transposed(), memory);
        }
    }

    /** The sum of both biases, but for GRU's hidden gate the one of the input. */
    static MemorySegment bias(
            RecurrentKind kind, GateBlocks blocks, MemorySegment biases, long at, LongFunction<MemorySegment> memory) {
        MemorySegment sums = memory.apply((long) blocks.columns() * Float.BYTES).fill((byte) 0);
        int hidden = blocks.hidden();
        for (int gate = 0; gate < blocks.gates(); gate++) {
            boolean both = kind == RecurrentKind.LSTM || gate < blocks.gates() - 1;
            for (int unit = 0; unit < hidden; unit++) {
                long from = at + (long) gate * hidden + unit;
                float recurrent = both ? biases.getAtIndex(FLOAT, from + (long) blocks.gates() * hidden) : 0;
                sums.setAtIndex(FLOAT, blocks.column(gate, unit), biases.getAtIndex(FLOAT, from) + recurrent);
            }
        }
        return sums;
    }

    private static MemorySegment candidateBias(
            GateBlocks blocks, MemorySegment biases, long recurrent, LongFunction<MemorySegment> memory) {
        long bytes = (long) blocks.blocks() * blocks.units() * Float.BYTES;
        MemorySegment bias = memory.apply(bytes).fill((byte) 0);
        long from = recurrent + (blocks.gates() - 1L) * blocks.hidden();
        MemorySegment.copy(biases, from * Float.BYTES, bias, 0, (long) blocks.hidden() * Float.BYTES);
        return bias;
    }
}
