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

/** Convolutions. Filters have their spatial axes first, then channels in, then channels out. */
final class TensorflowConvolutions {
    private TensorflowConvolutions() {}

    static List<TensorflowOperator> all() {
        return List.of(
                row("Conv2D", Windows.TWO_AXES, call -> convolve(call, 4)),
                row("Conv3D", Windows.THREE_AXES, call -> convolve(call, 5)),
                row("DepthwiseConv2dNative", Windows.TWO_AXES, TensorflowConvolutions::depthwise));
    }

    private static Value convolve(TensorflowCall call, int rank) {
        GraphBuilder graph = call.graph();
        Windows windows = new Windows(call, rank);
        requireRanks(call, rank);
        Dim data = graph.dim(call.input(0), windows.channels());
        Dim taken = graph.dim(call.input(1), rank - 2);
        long groups = 1;
        if (data.isKnown() && taken.isKnown()) {
            if (taken.value() == 0 || data.value() % taken.value() != 0) {
                throw new ModelFormatException("the filter takes " + taken + " channels, and the data has " + data);
            }
            groups = data.value() / taken.value();
        }
        long[] order = new long[rank];
        Arrays.setAll(order, axis -> axis == 0 ? rank - 1 : axis == 1 ? rank - 2 : axis - 2);
        return convolve(call, windows, CommonNodes.transpose(graph, call.input(1), order), groups);
    }

    static void requireRanks(TensorflowCall call, int rank) {
        for (int i = 0; i < 2; i++) {
            if (call.graph().type(call.input(i)).hasRank() && call.rank(i) != rank) {
                throw new ModelFormatException("its input " + i + " has rank " + call.rank(i) + ": expected " + rank);
            }
        }
    }

    private static Value convolve(TensorflowCall call, Windows windows, Value weight, long groups) {
        return windows.around(
                call.input(0),
                x -> call.graph()
                        .node(
                                "Conv",
                                windows.attributes()
                                        .with("group", OnnxAttributes.integerValue(groups))
                                        .with("dilations", OnnxAttributes.integerValues(windows.numbers("dilations"))),
                                x,
                                weight));
    }

    /** Filter [h, w, channels, multiplier]: channel c gives the channels c * multiplier + m. */
    private static Value depthwise(TensorflowCall call) {
        GraphBuilder graph = call.graph();
        requireRanks(call, 4);
        Dim height = graph.dim(call.input(1), 0);
        Dim width = graph.dim(call.input(1), 1);
        Dim channels = graph.dim(call.input(1), 2);
        if (!height.isKnown() || !width.isKnown() || !channels.isKnown()) {
            throw new ModelFormatException("the size of its filter must be known");
        }
        Value outFirst = CommonNodes.transpose(graph, call.input(1), 2, 3, 0, 1);
        Value weight = CommonNodes.reshape(graph, outFirst, -1, 1, height.value(), width.value());
        return convolve(call, new Windows(call, 4), weight, channels.value());
    }
}
