package dev.nereid.models.operators.control;

import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.lowering.Subgraph;
import dev.nereid.models.operators.AxisPieces;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One run of a Scan node. */
final class ScanRun {
    private final Inference in;
    private final ScanAttributes scan;
    private final Subgraph body;
    private final StepRun run;
    private final List<RunValue> captured;
    private final Tensor[] scanned;
    private final ScannedInput[] inputs;
    /** What the outputs are put together in: states too where there is a batch. */
    private final @Nullable AxisSlices[] outputs;

    private final boolean[] outputsReversed;
    private final long batch;
    private final long length;

    ScanRun(Inference in, ScanAttributes scan, Subgraph body, StepRun run) {
        this.in = in;
        this.scan = scan;
        this.body = body;
        this.run = run;
        this.captured = scan.captured().values(run);
        this.scanned = new Tensor[scan.inputs()];
        this.inputs = new ScannedInput[scan.inputs()];
        this.outputs = new AxisSlices[scan.states() + scan.outputs()];
        this.outputsReversed = new boolean[scan.outputs()];
        for (int i = 0; i < outputsReversed.length; i++) {
            outputsReversed[i] = scan.outputReversed(in, i);
        }
        for (int i = 0; i < scanned.length; i++) {
            Tensor x = run.input(scan.firstInput() + i);
            if (scan.batched() && x.shape().rank() < 2) {
                throw new IllegalArgumentException(
                        "scan input " + i + " of the shape " + x.shape() + " has no time axis");
            }
            scanned[i] = x;
        }
        this.batch = scan.batched() ? scanned[0].shape().dim(0) : 1;
        this.length = scanned[0].shape().dim(axis(0));
        for (int i = 0; i < scanned.length; i++) {
            Shape shape = scanned[i].shape();
            if (shape.dim(axis(i)) != length || (scan.batched() && shape.dim(0) != batch)) {
                throw new IllegalArgumentException(
                        "scan inputs of the shapes " + scanned[0].shape() + " and " + shape + " are not equally long");
            }
            inputs[i] = ScannedInput.of(run, places(i), scan.inputReversed(in, i));
        }
    }

    /** The places of an input; of all items one after the other where there is a batch. */
    private AxisSlices places(int input) {
        Tensor x = scanned[input];
        if (!scan.batched()) {
            return AxisSlices.of(x, axis(input));
        }
        Shape inner = AxisPieces.without(AxisPieces.without(x.shape(), axis(input)), 0);
        return AxisSlices.of(x.withShape(AxisPieces.with(inner, 0, batch * length)), 0);
    }

    void run() {
        if (!scan.batched()) {
            List<RunValue> states = new ArrayList<>();
            for (int i = 0; i < scan.states(); i++) {
                states.add(run.value(scan.firstState() + i));
            }
            List<RunValue> last = item(0, states, length);
            for (int i = 0; i < last.size(); i++) {
                if (run.wants(i)) {
                    run.put(i, last.get(i));
                }
            }
            put(scan.states());
            return;
        }
        long[] lengths = lengths();
        for (int item = 0; item < batch; item++) {
            List<RunValue> states = new ArrayList<>();
            for (int i = 0; i < scan.states(); i++) {
                states.add(RunValue.of(piece(run.input(scan.firstState() + i), 0, item)));
            }
            List<RunValue> last = item(item, states, lengths[item]);
            for (int i = 0; i < last.size(); i++) {
                Tensor state = last.get(i).tensor();
                AxisSlices all = outputs[i];
                if (all == null) {
                    all = AxisSlices.of(run.allocate(state.dataType(), AxisPieces.with(state.shape(), 0, batch)), 0);
                    outputs[i] = all;
                }
                all.write(fitting(state, all, "state " + i), item);
            }
        }
        put(0);
    }

    private long[] lengths() {
        if (!run.has(0)) {
            long[] whole = new long[Math.toIntExact(batch)];
            Arrays.fill(whole, length);
            return whole;
        }
        long[] lengths = IntegerTensors.read(run.input(0)).orElseThrow();
        if (lengths.length != batch || Arrays.stream(lengths).anyMatch(l -> l < 0 || l > length)) {
            throw new IllegalArgumentException(
                    "expected " + batch + " sequence lengths up to " + length + ", got " + Arrays.toString(lengths));
        }
        return lengths;
    }

    /** Runs the body along one item; gives its last states. */
    private List<RunValue> item(long item, List<RunValue> initial, long steps) {
        List<RunValue> states = initial;
        for (long step = 0; step < steps; step++) {
            List<RunValue> values = new ArrayList<>(states.size() + inputs.length + captured.size());
            values.addAll(states);
            for (ScannedInput input : inputs) {
                // A shorter item that is scanned from its end starts at its own end.
                long place = input.reversed() ? steps - 1 - step : step;
                values.add(input.at(run, item * itemPlaces() + place));
            }
            values.addAll(captured);
            List<RunValue> results = run.run(body, values);
            for (int i = 0; i < scan.outputs(); i++) {
                if (run.wants(scan.states() + i)) {
                    collect(i, item, step, results.get(scan.states() + i).tensor());
                }
            }
            states = run.carry(results.subList(0, scan.states()));
        }
        return states;
    }

    /** Places of an item; none lie before those of the only one. */
    private long itemPlaces() {
        return scan.batched() ? length : 0;
    }

    private void collect(int output, long item, long step, Tensor element) {
        int index = scan.states() + output;
        AxisSlices all = outputs[index];
        if (all == null) {
            all = places(output, element);
            outputs[index] = all;
        }
        long place = outputsReversed[output] ? length - 1 - step : step;
        all.write(fitting(element, all, "scan output " + output), item * itemPlaces() + place);
    }

    /** The places of an output that consists of such elements. */
    private AxisSlices places(int output, Tensor element) {
        Shape shape = element.shape();
        int axis = AxisPieces.axis(scan.outputAxis(in, output), shape.rank() + 1 + scan.batchAxes());
        if (!scan.batched()) {
            return AxisSlices.of(allocate(element.dataType(), shape, axis), axis);
        }
        Tensor all = allocate(element.dataType(), AxisPieces.with(shape, 0, batch), axis);
        return AxisSlices.of(all.withShape(AxisPieces.with(shape, 0, batch * length)), 0);
    }

    private static Tensor fitting(Tensor element, AxisSlices all, String what) {
        if (element.dataType() != all.all().dataType() || !element.shape().equals(all.element())) {
            throw new IllegalArgumentException(
                    what + " has the shape " + element.shape() + " after others of " + all.element());
        }
        return element;
    }

    /** Zeros (empty strings), for items of a batch that are shorter than others. */
    private Tensor allocate(DataType dataType, Shape rest, int axis) {
        Tensor all = run.allocate(dataType, AxisPieces.with(rest, axis, length));
        if (dataType == DataType.STRING) {
            Arrays.fill(all.strings(), new byte[0]);
        } else {
            all.segment().fill((byte) 0);
        }
        return all;
    }

    private void put(int first) {
        for (int i = first; i < outputs.length; i++) {
            if (run.wants(i)) {
                AxisSlices all = outputs[i];
                run.put(i, RunValue.of(all == null ? empty(i) : whole(i, all)));
            }
        }
    }

    /** An output with its batch and its time apart. */
    private Tensor whole(int output, AxisSlices places) {
        boolean flat = scan.batched() && output >= scan.states();
        return flat
                ? places.all().withShape(AxisPieces.with(AxisPieces.with(places.element(), 0, length), 0, batch))
                : places.all();
    }

    /** An output to which no run of the body gave anything. */
    private Tensor empty(int output) {
        TensorType type = body.outputType(output).asTensor("output " + output);
        Shape element = ScanOutputStack.least(type);
        boolean state = output < scan.states();
        Shape shape = scan.batched() ? AxisPieces.with(element, 0, batch) : element;
        if (state) {
            return run.allocate(type.dataType(), shape);
        }
        int axis = AxisPieces.axis(scan.outputAxis(in, output - scan.states()), shape.rank() + 1);
        return allocate(type.dataType(), shape, axis);
    }

    private Tensor piece(Tensor tensor, int axis, long place) {
        Shape shape = AxisPieces.without(tensor.shape(), axis);
        Tensor piece = run.allocate(tensor.dataType(), shape);
        AxisPieces.copy(tensor, axis, place, piece.withShape(AxisPieces.with(shape, axis, 1)), axis, 0, 1);
        return piece;
    }

    private int axis(int input) {
        return AxisPieces.axis(scan.inputAxis(in, input), scanned[input].shape().rank());
    }
}
