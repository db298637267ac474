package dev.nereid.models.operators.recurrent;

import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes the cells of one run, with their initial states, biases and peephole weights. */
final class Cells {
    /** A cell and its cell states, where the kind has them. */
    record Made(Cell cell, Optional<MemorySegment> cellState) {}

    private final RecurrentKind kind;
    private final RecurrentAttributes attributes;
    private final RecurrentSizes sizes;
    private final RowMath math;
    private final StepRun run;

    private final Optional<Tensor> bias;
    private final Optional<Tensor> initialHidden;
    private final Optional<Tensor> initialCell;
    private final Optional<Tensor> peepholes;

    Cells(
            RecurrentKind kind,
            RecurrentAttributes attributes,
            RecurrentSizes sizes,
            RowMath math,
            StepRun run,
            LayerTensors tensors) {
        this.kind = kind;
        this.attributes = attributes;
        this.sizes = sizes;
        this.math = math;
        this.run = run;
        long gates = (long) kind.gates() * sizes.hidden();
        boolean cellState = kind.hasCellState();
        this.bias = tensors.optional(LayerTensors.BIAS, "B", Shape.of(sizes.directions(), 2 * gates));
        this.initialHidden = tensors.optional(LayerTensors.INITIAL_HIDDEN, "initial_h", sizes.states());
        this.initialCell =
                cellState ? tensors.optional(LayerTensors.INITIAL_CELL, "initial_c", sizes.states()) : Optional.empty();
        this.peepholes = cellState
                ? tensors.optional(LayerTensors.PEEPHOLES, "P", Shape.of(sizes.directions(), 3L * sizes.hidden()))
                : Optional.empty();
    }

    /** The cell of a pass in its initial state. */
    Made of(int direction, List<GateProduct> products) {
        int hidden = sizes.hidden();
        CellContext context = new CellContext(run, math, sizes.batch(), hidden, functions(direction), products);
        MemorySegment state = initial(initialHidden, direction, context);
        return switch (kind) {
            case RNN -> new Made(new RnnCell(context, state), Optional.empty());
            case GRU ->
                new Made(
                        new GruCell(context, state, attributes.linearBeforeReset(), candidateBias(direction)),
                        Optional.empty());
            case LSTM -> {
                MemorySegment cells = initial(initialCell, direction, context);
                Optional<LstmCell.Peepholes> weights =
                        peepholes.map(tensor -> new LstmCell.Peepholes(tensor.segment(), 3L * direction * hidden));
                yield new Made(new LstmCell(context, state, cells, weights, attributes.coupled()), Optional.of(cells));
            }
        };
    }

    /** What is added to the gates' part from X: the sum of both biases, as far as the two are added. */
    Optional<Matrix> inputBias(int direction, int width) {
        return bias.map(tensor -> {
            MemorySegment sum = run.scratch((long) width * math.bytes());
            long input = 2L * direction * width;
            math.copy(tensor.segment(), input, sum, 0, width);
            math.add(sum, 0, tensor.segment(), input + width, sum, 0, addedGates() * sizes.hidden());
            return Matrix.of(sum, 1, width);
        });
    }

    /** The recurrent bias of GRU's candidate where that stays apart. */
    private Optional<Matrix> candidateBias(int direction) {
        int hidden = sizes.hidden();
        long at = (2L * direction + 1) * kind.gates() * hidden + 2L * hidden;
        return bias.map(tensor -> Matrix.repeatedRow(tensor.segment(), at, sizes.batch(), hidden));
    }

    private int addedGates() {
        return kind == RecurrentKind.GRU && attributes.linearBeforeReset() ? 2 : kind.gates();
    }

    private List<RowMath.Function> functions(int direction) {
        List<ActivationFunction> named = attributes.activations().get(direction);
        List<RowMath.Function> functions = new ArrayList<>();
        for (int i = 0; i < named.size(); i++) {
            // The function h of LSTM shapes an output and no gate: it does not clip.
            boolean clips = i < 2;
            functions.add(math.function(named.get(i), clips ? attributes.clip() : Optional.empty()));
        }
        return functions;
    }

    private MemorySegment initial(Optional<Tensor> tensor, int direction, CellContext context) {
        MemorySegment state = context.rows(sizes.hidden());
        if (tensor.isEmpty()) {
            state.fill((byte) 0);
            return state;
        }
        for (int b = 0; b < sizes.batch(); b++) {
            math.copy(
                    tensor.get().segment(),
                    sizes.stateAt(direction, b),
                    state,
                    (long) b * sizes.hidden(),
                    sizes.hidden());
        }
        return state;
    }
}
