package dev.nereid.models.operators.control;

import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Body;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.StepRun;
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
    private final Body body;
    private final StepRun run;
    private final List<RunValue> captured;
    private final Tensor[] scanned;
    private final Tensor[] places;
    /** What the outputs are put together in: states too where there is a batch. */
    private final @Nullable Tensor[] outputs;

    private final long batch;
    private final long length;

    ScanRun(Inference in, ScanAttributes scan, Body body, StepRun run) {
        this.in = in;
        this.scan = scan;
        this.body = body;
        this.run = run;
        this.captured = scan.captured().values(run);
        this.scanned = new Tensor[scan.inputs()];
        this.places = new Tensor[scan.inputs()];
        this.outputs = new Tensor[scan.states() + scan.outputs()];
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
        }
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
                Tensor all = outputs[i];
                if (all == null) {
                    all = run.allocate(state.dataType(), AxisPieces.with(state.shape(), 0, batch));
                    outputs[i] = all;
                }
                AxisPieces.place(state, all, 0, item);
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
            List<RunValue> inputs = new ArrayList<>(states);
            for (int i = 0; i < scanned.length; i++) {
                // A shorter item that is scanned from its end starts at its own end.
                long place = scan.inputReversed(in, i) ? steps - 1 - step : step;
                inputs.add(RunValue.of(place(i, item, place)));
            }
            inputs.addAll(captured);
            List<RunValue> results = run.run(body, inputs);
            for (int i = 0; i < scan.outputs(); i++) {
                if (run.wants(scan.states() + i)) {
                    collect(i, item, step, results.get(scan.states() + i).tensor());
                }
            }
            states = run.carry(results.subList(0, scan.states()));
        }
        return states;
    }

    /** What the body sees of a scanned input. */
    private Tensor place(int input, long item, long place) {
        Tensor x = scanned[input];
        int axis = axis(input);
        Shape shape = AxisPieces.without(x.shape(), axis);
        if (!scan.batched()) {
            Tensor to = memory(input, x.dataType(), shape);
            AxisPieces.copy(x, axis, place, to.withShape(AxisPieces.with(shape, axis, 1)), axis, 0, 1);
            return to;
        }
        Shape inner = AxisPieces.without(shape, 0);
        Tensor to = memory(input, x.dataType(), inner);
        Tensor flat = x.withShape(AxisPieces.with(inner, 0, batch * length));
        AxisPieces.copy(flat, 0, item * length + place, to.withShape(AxisPieces.with(inner, 0, 1)), 0, 0, 1);
        return to;
    }

    /** Scratch memory for places of an input, so that a body that hands one on is given a copy. */
    private Tensor memory(int input, DataType dataType, Shape shape) {
        if (dataType == DataType.STRING) {
            return run.allocate(dataType, shape);
        }
        Tensor memory = places[input];
        if (memory == null) {
            memory = Tensor.of(dataType, shape, run.scratch(shape.elements() * dataType.bytes()));
            places[input] = memory;
        }
        return memory;
    }

    private void collect(int output, long item, long step, Tensor element) {
        int index = scan.states() + output;
        Tensor all = outputs[index];
        Shape shape = element.shape();
        int axis = AxisPieces.axis(scan.outputAxis(in, output), shape.rank() + 1 + scan.batchAxes());
        if (all == null) {
            all = allocate(element.dataType(), scan.batched() ? AxisPieces.with(shape, 0, batch) : shape, axis);
            outputs[index] = all;
        }
        long place = scan.outputReversed(in, output) ? length - 1 - step : step;
        if (scan.batched()) {
            Shape inner = AxisPieces.without(AxisPieces.without(all.shape(), 0), 0);
            if (!inner.equals(shape)) {
                throw new IllegalArgumentException(
                        "scan output " + output + " has the shape " + shape + " after others of " + inner);
            }
            Tensor flat = all.withShape(AxisPieces.with(inner, 0, batch * length));
            AxisPieces.place(element, flat, 0, item * length + place);
            return;
        }
        if (!AxisPieces.without(all.shape(), axis).equals(shape)) {
            throw new IllegalArgumentException("scan output " + output + " has the shape " + shape + " after others of "
                    + AxisPieces.without(all.shape(), axis));
        }
        AxisPieces.place(element, all, axis, place);
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
                Tensor all = outputs[i];
                run.put(i, RunValue.of(all == null ? empty(i) : all));
            }
        }
    }

    /** An output to which no run of the body gave anything. */
    private Tensor empty(int output) {
        TensorType type = body.outputType(output).asTensor("output " + output);
        Shape element = Stack.least(type);
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
