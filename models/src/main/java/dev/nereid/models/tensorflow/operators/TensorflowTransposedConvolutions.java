package dev.nereid.models.tensorflow.operators;

import static dev.nereid.models.tensorflow.operators.TensorflowOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.OnnxAttributes;
import java.util.Arrays;
import java.util.List;

/**
 * Transposed convolutions, which TensorFlow calls the gradients of convolutions: inputs are the size of the result, the
 * filter [spatial..., channels out, channels in], and the data.
 */
final class TensorflowTransposedConvolutions {
    private TensorflowTransposedConvolutions() {}

    static List<TensorflowOperator> all() {
        return List.of(
                row("Conv2DBackpropInput", Windows.TWO_AXES, call -> transposed(call, 4)),
                row("Conv3DBackpropInputV2", Windows.THREE_AXES, call -> transposed(call, 5)));
    }

    private static Value transposed(TensorflowCall call, int rank) {
        GraphBuilder graph = call.graph();
        Windows windows = new Windows(call, rank);
        int axes = windows.axes();
        long[] strides = windows.numbers("strides");
        long[] dilations = windows.numbers("dilations");
        long[] pads = windows.pads();
        long[] more = new long[axes];
        List<Dim> sizes = sizes(call, rank);
        for (int axis = 0; axis < axes; axis++) {
            Dim kernel = graph.dim(call.input(1), axis);
            Dim from = graph.dim(call.input(2), windows.spatial(axis));
            Dim whole = from.plus(-1)
                    .times(strides[axis])
                    .plus(kernel.plus(-1).times(dilations[axis]))
                    .plus(1);
            // How much of the whole result the wanted one lacks.
            Dim rest = whole.minus(sizes.get(sizes.size() == axes ? axis : windows.spatial(axis)));
            if (!rest.isKnown()) {
                throw new ModelFormatException("the size of its result must follow from that of its data: spatial axis "
                        + axis + " of " + from + " becomes " + sizes);
            }
            if (windows.isSame() && rest.value() > 0) {
                pads[axis] = rest.value() / 2;
                pads[axes + axis] = rest.value() - pads[axis];
            }
            more[axis] = pads[axis] + pads[axes + axis] - rest.value();
            if (more[axis] < 0 || more[axis] >= Math.max(strides[axis], dilations[axis])) {
                throw new ModelFormatException("a result of the size " + sizes + " is impossible for data of "
                        + graph.type(call.input(2)) + " and strides " + Arrays.toString(strides));
            }
        }
        long[] order = new long[rank];
        Arrays.setAll(order, axis -> axis == 0 ? rank - 1 : axis == 1 ? rank - 2 : axis - 2);
        Value weight = CommonNodes.transpose(graph, call.input(1), order);
        return windows.around(
                call.input(2),
                x -> graph.node(
                        "ConvTranspose",
                        OnnxAttributes.integers("strides", strides)
                                .with("dilations", OnnxAttributes.integerValues(dilations))
                                .with("pads", OnnxAttributes.integerValues(pads))
                                .with("output_padding", OnnxAttributes.integerValues(more)),
                        x,
                        weight));
    }

    /** The size of the result: of all axes, or of the spatial ones. */
    private static List<Dim> sizes(TensorflowCall call, int rank) {
        List<Dim> sizes = call.content(0)
                .orElseThrow(() -> new ModelFormatException("the size of its result is known to a run only"));
        if (sizes.size() != rank && sizes.size() != rank - 2) {
            throw new ModelFormatException("the size of its result has " + sizes.size() + " dims: expected " + rank);
        }
        return sizes;
    }
}
