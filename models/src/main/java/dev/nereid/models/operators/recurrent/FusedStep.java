package dev.nereid.models.operators.recurrent;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.models.lowering.StepKernel;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs a layer whose steps {@link PassSteps} take: one pass after the other, or each by a worker. */
record FusedStep(RecurrentKind kind, RecurrentAttributes attributes, RowMath math, FusedWeights weights)
        implements StepKernel {
    /** Multiply-adds of a pass that are worth a second worker: about 50 microseconds of one. */
    private static final long WORTH_SPLITTING = 3_000_000;

    @Override
    public void run(StepRun run) {
        LayerTensors tensors = new LayerTensors(run, math);
        Tensor x = tensors.input(LayerTensors.X);
        RecurrentSizes sizes = RecurrentSizes.of(x.shape(), weights.sizes(), attributes.batchFirst());
        SequenceLengths lengths = SequenceLengths.of(
                run.has(LayerTensors.LENGTHS) ? Optional.of(run.input(LayerTensors.LENGTHS)) : Optional.empty(), sizes);
        Optional<Tensor> hidden = tensors.optional(LayerTensors.INITIAL_HIDDEN, "initial_h", sizes.states());
        boolean hasCells = kind.hasCellState();
        Optional<Tensor> cell =
                hasCells ? tensors.optional(LayerTensors.INITIAL_CELL, "initial_c", sizes.states()) : Optional.empty();
        FusedPass.Outputs outputs = new FusedPass.Outputs(
                tensors.output(0), tensors.output(1), hasCells ? tensors.output(2) : Optional.empty());
        if (!lengths.whole()) {
            outputs.sequence().ifPresent(y -> y.fill((byte) 0));
        }
        List<Boolean> reversed = attributes.direction().reversed();
        List<FusedPass> passes = new ArrayList<>();
        for (int d = 0; d < reversed.size(); d++) {
            SequenceRows rows = new SequenceRows(math, sizes, lengths, d, reversed.get(d));
            MemorySegment cells = hasCells ? initial(run, rows, cell) : MemorySegment.NULL;
            FusedPass.States states = new FusedPass.States(initial(run, rows, hidden), cells);
            passes.add(new FusedPass(run, weights.blocks(), weights.passes().get(d), rows, states, outputs));
        }
        if (runTogether(passes.size(), sizes, run.workers())) {
            run.workers().run(passes.size(), pass -> passes.get(pass).run(x.segment(), Workers.single()));
        } else {
            passes.forEach(pass -> pass.run(x.segment(), run.workers()));
        }
        tensors.finish();
    }

    /** Whether each pass has a worker of its own: they meet only once, and keep the weights of one pass in their cache. */
    private boolean runTogether(int passes, RecurrentSizes sizes, Workers workers) {
        int count = workers.count();
        long rowWork = (long) weights.blocks().columns()
                * (sizes.hidden() + sizes.weights().input());
        return passes > 1
                && count > 1
                && (count == passes || sizes.batch() == 1)
                && rowWork * sizes.batch() * sizes.steps() >= WORTH_SPLITTING;
    }

    /** The states of a pass before its first step: [batch, hidden]. */
    private static MemorySegment initial(StepRun run, SequenceRows rows, Optional<Tensor> tensor) {
        RecurrentSizes sizes = rows.sizes();
        MemorySegment states =
                run.scratch((long) sizes.batch() * sizes.hidden() * rows.math().bytes());
        if (tensor.isEmpty()) {
            return states.fill((byte) 0);
        }
        for (int b = 0; b < sizes.batch(); b++) {
            long from = sizes.stateAt(rows.direction(), b);
            long to = (long) b * sizes.hidden();
            rows.math().copy(tensor.get().segment(), from, states, to, sizes.hidden());
        }
        return states;
    }
}
