package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.matmul.Matrix;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.attention.ComputePrecision;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Optional;

/**
 * One run of a mixture of experts: expert by expert, in order, over the tokens that are its, so that what a token gets does not
 * depend on the others.
 */
final class ExpertRun {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    private final ExpertInputs inputs;
    private final StepRun run;
    private final ComputePrecision precision;
    private final ExpertSizes sizes;
    private final List<Optional<ExpertLayer>> layers;
    private final MemorySegment[] biases;
    private final int tokens;

    /** @param layers the first, the second, and the one that gates the first */
    ExpertRun(
            ExpertInputs inputs,
            StepRun run,
            ComputePrecision precision,
            ExpertSizes sizes,
            List<Optional<ExpertLayer>> layers) {
        this.inputs = inputs;
        this.run = run;
        this.precision = precision;
        this.sizes = sizes;
        this.layers = layers;
        Shape x = run.input(ExpertInputs.TOKENS).shape();
        if ((x.rank() != 2 && x.rank() != 3) || x.dim(-1) != sizes.hidden()) {
            throw new IllegalArgumentException("a mixture of experts: input 0: expected [tokens, " + sizes.hidden()
                    + "] or [batch, tokens, " + sizes.hidden() + "], got " + x);
        }
        tokens = Math.toIntExact(x.elements(0, x.rank() - 1));
        requireScores(ExpertInputs.ROUTER);
        biases = new MemorySegment[layers.size()];
        for (int layer = 0; layer < biases.length; layer++) {
            biases[layer] = bias(layer).orElse(MemorySegment.NULL);
        }
    }

    private void requireScores(int input) {
        ExpertSizes.require("input " + input, run.input(input).shape(), Shape.of(tokens, sizes.experts()));
    }

    private int rows(int layer) {
        return switch (layer) {
            case ExpertInputs.FIRST -> sizes.units();
            case ExpertInputs.SECOND -> sizes.hidden();
            default -> sizes.inner();
        };
    }

    private Optional<MemorySegment> bias(int layer) {
        int input = inputs.biases()[layer];
        if (!run.has(input)) {
            return Optional.empty();
        }
        Tensor bias = run.input(input);
        ExpertSizes.require("input " + input, bias.shape(), Shape.of(sizes.experts(), rows(layer)));
        return Optional.of(precision.read(run, bias));
    }

    void compute(ExpertRouting routing, ExpertActivation activation) {
        Optional<MemorySegment> mixing = Optional.empty();
        if (inputs.mixing() >= 0 && run.has(inputs.mixing())) {
            requireScores(inputs.mixing());
            mixing = Optional.of(precision.read(run, run.input(inputs.mixing())));
        }
        MemorySegment scores = precision.read(run, run.input(ExpertInputs.ROUTER));
        List<List<ExpertRouting.Share>> shares = routing.shares(scores, mixing, tokens, sizes.experts());
        int most = shares.stream().mapToInt(List::size).max().orElse(0);
        MemorySegment x = precision.read(run, run.input(ExpertInputs.TOKENS));
        MemorySegment y = precision.target(run, run.output(0));
        y.asSlice(0, 4L * tokens * sizes.hidden()).fill((byte) 0);
        Rows rows = new Rows(most);
        for (int expert = 0; expert < sizes.experts(); expert++) {
            if (!shares.get(expert).isEmpty()) {
                rows.compute(expert, shares.get(expert), activation, x, y);
            }
        }
        precision.write(run, y, run.output(0));
    }

    /** The rows of the expert whose turn it is, in memory that all of them take in turn. */
    private final class Rows {
        private final MemorySegment taken;
        private final MemorySegment first;
        private final Optional<MemorySegment> gate;
        private final MemorySegment between;
        private final MemorySegment second;
        private final MemorySegment scratch;

        Rows(int most) {
            taken = run.scratch(4L * most * sizes.hidden());
            first = run.scratch(4L * most * sizes.units());
            between = run.scratch(4L * most * sizes.inner());
            second = run.scratch(4L * most * sizes.hidden());
            gate = layers.get(ExpertInputs.GATE).map(_ -> run.scratch(4L * most * sizes.inner()));
            long bytes = 0;
            for (Optional<ExpertLayer> layer : layers) {
                // What fewer rows need may be more.
                for (int rows = 1; layer.isPresent() && rows <= most; rows++) {
                    bytes = Math.max(bytes, layer.get().scratchBytes(rows, run.workers()));
                }
            }
            scratch = run.scratch(bytes);
        }

        void compute(
                int expert,
                List<ExpertRouting.Share> shares,
                ExpertActivation activation,
                MemorySegment x,
                MemorySegment y) {
            int count = shares.size();
            long bytes = 4L * sizes.hidden();
            for (int row = 0; row < count; row++) {
                MemorySegment.copy(x, shares.get(row).token() * bytes, taken, row * bytes, bytes);
            }
            multiply(ExpertInputs.FIRST, expert, taken, count, sizes.hidden(), first);
            gate.ifPresent(made -> multiply(ExpertInputs.GATE, expert, taken, count, sizes.hidden(), made));
            activation.apply(first, gate, between, count, sizes.inner());
            multiply(ExpertInputs.SECOND, expert, between, count, sizes.inner(), second);
            for (int row = 0; row < count; row++) {
                add(row, shares.get(row), y);
            }
        }

        private void multiply(int layer, int expert, MemorySegment a, int rows, int columns, MemorySegment y) {
            long bytes = 4L * rows(layer);
            Optional<MemorySegment> bias = run.has(inputs.biases()[layer])
                    ? Optional.of(biases[layer].asSlice(expert * bytes, bytes))
                    : Optional.empty();
            layers.get(layer)
                    .orElseThrow()
                    .multiply(
                            expert,
                            Matrix.of(a, rows, columns),
                            bias,
                            Matrix.of(y, rows, rows(layer)),
                            scratch,
                            run.workers());
        }

        private void add(int row, ExpertRouting.Share share, MemorySegment y) {
            long from = 4L * row * sizes.hidden();
            long to = 4L * share.token() * sizes.hidden();
            for (long i = 0; i < 4L * sizes.hidden(); i += 4) {
                y.set(FLOAT, to + i, Math.fma(share.weight(), second.get(FLOAT, from + i), y.get(FLOAT, to + i)));
            }
        }
    }
}
