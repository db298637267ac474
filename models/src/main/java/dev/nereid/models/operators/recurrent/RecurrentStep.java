package dev.nereid.models.operators.recurrent;

import dev.nereid.kernels.matmul.MatMulKernels;
import dev.nereid.models.lowering.StepKernel;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * Runs a layer: one pass after the other.
 *
 * @param prepared the weights, where they are constants
 */
record RecurrentStep(
        RecurrentKind kind,
        RecurrentAttributes attributes,
        MatMulKernels products,
        RowMath math,
        Optional<LayerWeights> prepared)
        implements StepKernel {

    @Override
    public void run(StepRun run) {
        LayerTensors tensors = new LayerTensors(run, math);
        LayerWeights weights = prepared.orElseGet(() -> weights(run, tensors));
        Tensor x = tensors.input(LayerTensors.X);
        RecurrentSizes sizes = RecurrentSizes.of(x.shape(), weights.sizes(), attributes.batchFirst());
        SequenceLengths lengths = SequenceLengths.of(
                run.has(LayerTensors.LENGTHS) ? Optional.of(run.input(LayerTensors.LENGTHS)) : Optional.empty(), sizes);
        List<Boolean> reversed = attributes.direction().reversed();
        Cells cells = new Cells(kind, attributes, sizes, math, run, tensors);
        Optional<MemorySegment> sequence = tensors.output(0);
        Optional<MemorySegment> lastHidden = tensors.output(1);
        Optional<MemorySegment> lastCell = kind.hasCellState() ? tensors.output(2) : Optional.empty();
        if (!lengths.whole()) {
            sequence.ifPresent(y -> y.fill((byte) 0));
        }
        for (int d = 0; d < reversed.size(); d++) {
            Cells.Made cell = cells.of(d, weights.passes().get(d).recurrent());
            RecurrentPass pass = new RecurrentPass(run, math, sizes, lengths, d, reversed.get(d));
            GateProduct input = weights.passes().get(d).input();
            pass.run(x.segment(), input, cells.inputBias(d, input.columns()), cell.cell(), sequence);
            lastHidden.ifPresent(y -> pass.copyLast(cell.cell().hidden(), y));
            lastCell.ifPresent(y -> pass.copyLast(cell.cellState().orElseThrow(), y));
        }
        tensors.finish();
    }

    private LayerWeights weights(StepRun run, LayerTensors tensors) {
        Shape w = run.input(LayerTensors.W).shape();
        Shape r = run.input(LayerTensors.R).shape();
        WeightSizes sizes = WeightSizes.of(kind, attributes, w, r);
        return LayerWeights.of(
                kind, sizes, products, tensors.input(LayerTensors.W), tensors.input(LayerTensors.R), run::scratch);
    }
}
