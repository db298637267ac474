package dev.nereid.cuda.lowering.recurrent;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceProduct;
import dev.nereid.cuda.device.DeviceRecurrentPass;
import dev.nereid.cuda.lowering.DeviceRun;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.recurrent.LayerTensors;
import dev.nereid.models.operators.recurrent.RecurrentAttributes;
import dev.nereid.models.operators.recurrent.RecurrentKind;
import dev.nereid.models.operators.recurrent.RecurrentSizes;
import dev.nereid.models.operators.recurrent.WeightSizes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A recurrent layer of FP32 on a device: what comes of X for all steps at once, then step by step. */
record DeviceRecurrent(RecurrentKind kind, RecurrentAttributes attributes) {
    private static final long FLOAT_BYTES = Float.BYTES;
    private static final int[] ONE = {1, 1, 1};
    private static final int[] NONE = {0, 0, 0};
    private static final List<Integer> READ = List.of(
            LayerTensors.X,
            LayerTensors.W,
            LayerTensors.R,
            LayerTensors.BIAS,
            LayerTensors.LENGTHS,
            LayerTensors.INITIAL_HIDDEN,
            LayerTensors.INITIAL_CELL);

    /** Elements of scratch memory: the gates' part of X, two hidden states, and a cell state. */
    private record Sizes(RecurrentSizes layer, long gates, long state) {
        long floats() {
            return gates + 3 * state;
        }
    }

    /** The step of a node whose functions are the usual ones, without peepholes and with the steps outermost. */
    static Optional<DeviceStep> of(RecurrentKind kind, Inference node) {
        RecurrentAttributes attributes = RecurrentAttributes.of(kind, node.attributes());
        boolean usual = attributes.activations().stream()
                .allMatch(functions -> functions.stream()
                        .map(function -> function.kind().name())
                        .toList()
                        .equals(kind.activations().stream()
                                .map(name -> name.toUpperCase(Locale.ROOT))
                                .toList()));
        boolean fits = node.type(LayerTensors.X).dataType() == DataType.FP32
                && (!node.has(LayerTensors.LENGTHS)
                        || node.type(LayerTensors.LENGTHS).dataType() == DataType.INT32)
                && usual
                && !attributes.coupled()
                && !attributes.batchFirst()
                && !node.has(LayerTensors.PEEPHOLES);
        if (!fits) {
            return Optional.empty();
        }
        DeviceRecurrent layer = new DeviceRecurrent(kind, attributes);
        return Optional.of(DeviceStep.computing(READ, layer::scratchBytes, layer::run));
    }

    private long scratchBytes(DeviceRun run) {
        return FLOAT_BYTES * sizes(run).floats();
    }

    private Sizes sizes(DeviceRun run) {
        WeightSizes weights = WeightSizes.of(
                kind,
                attributes,
                run.input(LayerTensors.W).shape(),
                run.input(LayerTensors.R).shape());
        RecurrentSizes layer = RecurrentSizes.of(run.input(LayerTensors.X).shape(), weights, false);
        long state = (long) layer.batch() * layer.hidden();
        return new Sizes(layer, layer.steps() * state * kind.gates(), state);
    }

    private void run(DeviceRun run) {
        Sizes sizes = sizes(run);
        RecurrentSizes layer = sizes.layer();
        Shape states = layer.states();
        long bias =
                optional(run, LayerTensors.BIAS, "B", Shape.of(layer.directions(), 2L * kind.gates() * layer.hidden()));
        long lengths = optional(run, LayerTensors.LENGTHS, "sequence_lens", Shape.of(layer.batch()));
        long hidden = optional(run, LayerTensors.INITIAL_HIDDEN, "initial_h", states);
        long cells = kind.hasCellState() ? optional(run, LayerTensors.INITIAL_CELL, "initial_c", states) : 0;
        if (lengths != 0 && run.wants(0)) {
            run.kernels()
                    .fill(Float.BYTES, 0, run.output(0).address(), run.output(0).length());
        }
        List<Boolean> reversed = attributes.direction().reversed();
        for (int d = 0; d < reversed.size(); d++) {
            long rows = (long) d * kind.gates() * layer.hidden();
            long both = bias == 0 ? 0 : bias + FLOAT_BYTES * 2 * rows;
            DeviceRecurrentPass pass = new DeviceRecurrentPass(
                    DeviceRecurrentPass.Kind.valueOf(kind.name()),
                    layer.steps(),
                    layer.batch(),
                    layer.hidden(),
                    run.scratch(),
                    run.input(LayerTensors.R).address() + FLOAT_BYTES * rows * layer.hidden(),
                    both == 0 ? 0 : both + FLOAT_BYTES * kind.gates() * layer.hidden(),
                    run.scratch() + FLOAT_BYTES * sizes.gates(),
                    run.scratch() + FLOAT_BYTES * (sizes.gates() + 2 * sizes.state()),
                    run.wants(0) ? run.output(0).address() + FLOAT_BYTES * d * sizes.state() : 0,
                    Math.toIntExact(layer.directions() * sizes.state()),
                    lengths,
                    reversed.get(d),
                    attributes.clip().orElse(Float.POSITIVE_INFINITY),
                    attributes.linearBeforeReset());
            run.kernels()
                    .multiply(
                            ofInput(layer, both),
                            run.input(LayerTensors.X).address(),
                            run.input(LayerTensors.W).address()
                                    + FLOAT_BYTES * rows * layer.weights().input(),
                            run.scratch());
            begin(run, hidden, d, pass.states(), sizes);
            begin(run, cells, d, pass.cells(), sizes);
            run.kernels().recur(pass);
            boolean none = layer.steps() == 0;
            end(run, 1, d, none ? 0 : pass.statesAfter(layer.steps()), sizes);
            if (kind.hasCellState()) {
                end(run, 2, d, none ? 0 : pass.cells(), sizes);
            }
        }
    }

    /** All steps of X times W turned round, with W's bias: [steps * batch, gates * hidden]. */
    private DeviceProduct ofInput(RecurrentSizes layer, long bias) {
        int k = layer.weights().input();
        return new DeviceProduct(
                Math.multiplyExact(layer.steps(), layer.batch()),
                kind.gates() * layer.hidden(),
                k,
                k,
                1,
                1,
                k,
                ONE,
                NONE,
                NONE,
                1,
                1,
                bias,
                0,
                1,
                Activation.NONE,
                0);
    }

    /** The states of one direction, from an input or zeros. */
    private static void begin(DeviceRun run, long given, int direction, long states, Sizes sizes) {
        copy(run, given == 0 ? 0 : given + FLOAT_BYTES * direction * sizes.state(), states, sizes);
    }

    private static void end(DeviceRun run, int output, int direction, long states, Sizes sizes) {
        if (run.wants(output)) {
            copy(run, states, run.output(output).address() + FLOAT_BYTES * direction * sizes.state(), sizes);
        }
    }

    /** Copies the states of one direction; zeros where there are none. */
    private static void copy(DeviceRun run, long from, long to, Sizes sizes) {
        if (from == 0) {
            run.kernels().fill(Float.BYTES, 0, to, Math.toIntExact(sizes.state()));
            return;
        }
        long[] dims = {sizes.state()};
        long[] dense = {1};
        run.kernels().copy(Float.BYTES, from, 0, to, 0, BroadcastStrides.of(dims, List.of(dense, dense)));
    }

    /** The address of an input that must have a shape if it is there; 0 if it is not. */
    private static long optional(DeviceRun run, int input, String name, Shape shape) {
        if (!run.has(input)) {
            return 0;
        }
        WeightSizes.require(name, run.input(input).shape(), shape);
        return run.input(input).address();
    }
}
