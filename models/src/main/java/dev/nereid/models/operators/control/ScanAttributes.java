package dev.nereid.models.operators.control;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.lowering.Inference;
import java.util.Optional;

/**
 * What a Scan node says of its inputs and outputs.
 *
 * @param batched opset 8: an input of sequence lengths comes first, everything has a batch axis, time is axis 1
 * @param states states handed from run to run
 * @param inputs tensors that are scanned
 * @param outputs tensors that are put together
 */
record ScanAttributes(Graph body, boolean batched, int states, int inputs, int outputs, CapturedInputs captured) {
    static ScanAttributes of(Inference in) {
        Graph body = in.attributes()
                .graph("body")
                .orElseThrow(() -> new ModelFormatException("attribute 'body' is missing"));
        long inputs = in.attributes()
                .integer("num_scan_inputs")
                .orElseThrow(() -> new ModelFormatException("attribute 'num_scan_inputs' is missing"));
        boolean batched = in.opset() < 9;
        CapturedInputs captured = CapturedInputs.of(in);
        long states = captured.own() - inputs - (batched ? 1 : 0);
        long outputs = body.outputs().size() - states;
        if (inputs < 1 || states < 0 || outputs < 0) {
            throw new ModelFormatException(captured.own() + " inputs and "
                    + body.outputs().size() + " outputs of the body do not suit num_scan_inputs " + inputs);
        }
        if (in.node().outputs().size() > body.outputs().size()) {
            throw new ModelFormatException("the node has " + in.node().outputs().size() + " outputs, its body "
                    + body.outputs().size());
        }
        ScanAttributes scan = new ScanAttributes(body, batched, (int) states, (int) inputs, (int) outputs, captured);
        for (int i = 0; i < Math.max(inputs, outputs); i++) {
            scan.checkLengths(in, i);
        }
        return scan;
    }

    /** The node's input that is the first state. */
    int firstState() {
        return batched ? 1 : 0;
    }

    /** The node's input that is scanned first. */
    int firstInput() {
        return firstState() + states;
    }

    /** Axes of the batch and the time, which the body does not see, before the others. */
    int batchAxes() {
        return batched ? 1 : 0;
    }

    /** The axis that an input is scanned along, negative ones counted from its end. */
    long inputAxis(Inference in, int input) {
        return batched ? 1 : element(in, "scan_input_axes", input);
    }

    /** The axis that an output is put together along, negative ones counted from its end. */
    long outputAxis(Inference in, int output) {
        return batched ? 1 : element(in, "scan_output_axes", output);
    }

    /** Whether an input is scanned from its end. */
    boolean inputReversed(Inference in, int input) {
        return element(in, batched ? "directions" : "scan_input_directions", input) == 1;
    }

    /** Whether an output is put together from its end. */
    boolean outputReversed(Inference in, int output) {
        return !batched && element(in, "scan_output_directions", output) == 1;
    }

    private void checkLengths(Inference in, int index) {
        if (index < inputs) {
            inputAxis(in, index);
            inputReversed(in, index);
        }
        if (index < outputs) {
            outputAxis(in, index);
            outputReversed(in, index);
        }
    }

    private static long element(Inference in, String attribute, int index) {
        Optional<long[]> values = in.attributes().integers(attribute);
        if (values.isPresent() && index >= values.get().length) {
            throw new ModelFormatException("attribute '" + attribute + "' has " + values.get().length
                    + " numbers; expected more than " + index);
        }
        return values.map(list -> list[index]).orElse(0L);
    }
}
