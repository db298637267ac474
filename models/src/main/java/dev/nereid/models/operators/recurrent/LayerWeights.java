package dev.nereid.models.operators.recurrent;

import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/** The weights of a layer, as the products that each of its passes needs. */
record LayerWeights(WeightSizes sizes, List<Pass> passes) {
    /**
     * The weights of one pass.
     *
     * @param input of all gates with X: [input, gates * hidden]
     * @param recurrent with the hidden state: of all gates, but for GRU of update and reset and then of hidden
     */
    record Pass(GateProduct input, List<GateProduct> recurrent) {}

    /**
     * Prepares the weights.
     *
     * @param w [directions, gates * hidden, input]
     * @param r [directions, gates * hidden, hidden], of w's datatype
     * @param memory makes memory that lives as long as the result, with any content
     */
    static LayerWeights of(
            RecurrentKind kind,
            WeightSizes sizes,
            MatMulKernels kernels,
            Tensor w,
            Tensor r,
            LongFunction<MemorySegment> memory) {
        int hidden = sizes.hidden();
        int rows = kind.gates() * hidden;
        List<Pass> passes = new ArrayList<>();
        for (int d = 0; d < sizes.directions(); d++) {
            Matrix input = Matrix.of(w.segment(), (long) d * rows * sizes.input(), rows, sizes.input());
            List<GateProduct> recurrent = new ArrayList<>();
            int[] groups = kind == RecurrentKind.GRU ? new int[] {2, 1} : new int[] {kind.gates()};
            long row = (long) d * rows;
            for (int gates : groups) {
                Matrix part = Matrix.of(r.segment(), row * hidden, gates * hidden, hidden);
                recurrent.add(GateProduct.of(kernels, r.dataType(), part.transposed(), memory));
                row += (long) gates * hidden;
            }
            passes.add(new Pass(GateProduct.of(kernels, w.dataType(), input.transposed(), memory), recurrent));
        }
        return new LayerWeights(sizes, List.copyOf(passes));
    }
}
