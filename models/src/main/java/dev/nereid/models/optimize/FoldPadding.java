package dev.nereid.models.optimize;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Zeros put around the spatial axes before a convolution become its own padding. */
public final class FoldPadding implements GraphPass {
    /** Since when Pad has its numbers as inputs. */
    private static final int BY_INPUTS = 11;

    private static final int AXES = 3;

    @Override
    public Graph apply(Graph graph) {
        GraphIndex index = new GraphIndex(graph);
        GraphRewrite rewrite = new GraphRewrite(graph);
        for (Node conv : graph.nodes()) {
            Optional<Node> pad = GraphIndex.is(conv, "Conv") ? index.producer(conv, 0, "Pad") : Optional.empty();
            if (pad.isPresent()) {
                fold(conv, pad.get(), index, rewrite);
            }
        }
        return rewrite.apply();
    }

    /** The node Pad stays for other readers; without any it is dead. */
    private static void fold(Node conv, Node pad, GraphIndex index, GraphRewrite rewrite) {
        Optional<long[]> zeros = zeros(pad, index);
        Optional<long[]> own = padding(conv, zeros.map(pads -> pads.length / 2).orElse(0));
        if (zeros.isEmpty() || own.isEmpty()) {
            return;
        }
        int rank = zeros.get().length / 2;
        List<Long> pads = new ArrayList<>();
        for (int i = 0; i < 2 * (rank - 2); i++) {
            int axis = i < rank - 2 ? i + 2 : i - (rank - 2) + 2 + rank;
            pads.add(zeros.get()[axis] + own.get()[i]);
        }
        Map<String, Attribute> attributes = new HashMap<>(conv.attributes().map());
        attributes.remove("auto_pad");
        attributes.put("pads", new Attribute.Ints(pads));
        List<Optional<Value>> inputs = new ArrayList<>(conv.inputs());
        inputs.set(0, pad.input(0));
        rewrite.replace(conv, conv.with(inputs, conv.outputs(), new Attributes(attributes)));
    }

    /** The numbers of a Pad that puts zeros around spatial axes alone. */
    private static Optional<long[]> zeros(Node pad, GraphIndex index) {
        boolean constant = pad.attributes().text("mode", "constant").equals("constant");
        if (!constant || pad.input(AXES).isPresent()) {
            return Optional.empty();
        }
        Optional<long[]> numbers = pad.opset() < BY_INPUTS
                ? pad.attributes().integers(pad.opset() < 2 ? "paddings" : "pads")
                : pad.input(1).flatMap(index::constant).map(FoldPadding::integers);
        boolean zero = pad.opset() < BY_INPUTS
                ? pad.attributes().real("value", 0f) == 0
                : pad.input(2).isEmpty()
                        || pad.input(2)
                                .flatMap(index::scalar)
                                .filter(v -> v == 0)
                                .isPresent();
        return numbers.filter(all -> zero && isSpatial(all));
    }

    private static boolean isSpatial(long[] pads) {
        int rank = pads.length / 2;
        boolean spatial = rank > 2 && pads.length == 2 * rank;
        for (int i = 0; spatial && i < pads.length; i++) {
            spatial = i % rank < 2 ? pads[i] == 0 : pads[i] >= 0;
        }
        return spatial;
    }

    private static long[] integers(Tensor tensor) {
        return tensor.dataType() == DataType.INT64
                ? tensor.segment().asSlice(0, tensor.byteSize()).toArray(ValueLayout.JAVA_LONG_UNALIGNED)
                : new long[0];
    }

    /** The padding that a convolution over a tensor of this rank has, where its input's extents do not matter for it. */
    private static Optional<long[]> padding(Node conv, int rank) {
        long[] none = new long[Math.max(0, 2 * (rank - 2))];
        return switch (conv.attributes().text("auto_pad", "NOTSET")) {
            case "NOTSET" ->
                Optional.of(conv.attributes().integers("pads").orElse(none)).filter(p -> p.length == none.length);
            case "VALID" -> Optional.of(none);
            default -> Optional.empty();
        };
    }
}
