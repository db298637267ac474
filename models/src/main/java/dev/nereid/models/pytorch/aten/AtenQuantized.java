package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Layers of quantised modules in {@code quantized::}; see {@link AtenQuantization} for what their tensors are here. */
final class AtenQuantized {
    /** The rank of the weights of a convolution over one axis. */
    private static final int ROW = 3;

    private AtenQuantized() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        for (boolean relu : List.of(false, true)) {
            layers(rows, relu ? "_relu" : "", relu);
            for (Map.Entry<String, String> each :
                    Map.of("add", "Add", "mul", "Mul").entrySet()) {
                String name = "quantized::" + each.getKey() + (relu ? "_relu" : "");
                rows.add(row(
                        name + "(Tensor qa, Tensor qb, float scale, int zero_point) -> Tensor",
                        call -> rounded(
                                call,
                                active(
                                        call,
                                        call.graph().node(each.getValue(), call.tensor("qa"), call.tensor("qb")),
                                        relu && call.integer("zero_point") != 0),
                                "scale",
                                "zero_point")));
                boolean adds = each.getKey().equals("add");
                for (String form :
                        List.of(name + ".Scalar", "quantized::" + each.getKey() + "_scalar" + (relu ? "_relu" : ""))) {
                    rows.add(row(
                            form + "(Tensor qa, Scalar b) -> Tensor",
                            call -> adds
                                    ? QuantizedScalars.sum(call.graph(), call.tensor("qa"), call.real("b"), relu)
                                    : QuantizedScalars.product(call.graph(), call.tensor("qa"), call.real("b"), relu)));
                }
            }
            rows.add(row(
                    "quantized::cat" + (relu ? "_relu" : "")
                            + "(Tensor[] qx, int dim, float? scale, int? zero_point) -> Tensor",
                    call -> joined(call, relu)));
        }
        String output = ", float output_scale, int output_zero_point) -> Tensor";
        rows.add(row(
                "quantized::hardswish(Tensor input" + output,
                call -> rounded(call, call.graph().node("HardSwish", call.tensor("input")))));
        rows.add(row(
                "quantized::sigmoid(Tensor qx" + output,
                call -> rounded(call, call.graph().node("Sigmoid", call.tensor("qx")))));
        rows.add(row(
                "quantized::leaky_relu(Tensor qx, Scalar negative_slope, bool inplace" + output,
                call -> rounded(
                        call,
                        call.graph()
                                .node(
                                        "LeakyRelu",
                                        OnnxAttributes.real("alpha", call.real("negative_slope")),
                                        call.tensor("qx")))));
        return rows;
    }

    private static void layers(List<AtenOperator> rows, String after, boolean relu) {
        String output = ", float output_scale, int output_zero_point) -> Tensor";
        for (int axes = 1; axes <= 3; axes++) {
            rows.add(row(
                    "quantized::conv" + axes + "d" + after + (axes == 1 ? "" : ".new")
                            + "(Tensor qx, PackedWeights packed_weight" + output,
                    call -> rounded(call, clamped(call, convolved(call), relu))));
            if (!relu) {
                rows.add(row(
                        "quantized::conv_transpose" + axes + "d(Tensor qx, PackedWeights packed_weight" + output,
                        call -> rounded(call, convolved(call))));
            }
        }
        rows.add(row(
                "quantized::conv2d_add" + after + "(Tensor qx, Tensor qaccum, PackedWeights packed_weight" + output,
                call -> rounded(
                        call, clamped(call, call.graph().node("Add", convolved(call), call.tensor("qaccum")), relu))));
        rows.add(row(
                "quantized::linear" + after
                        + "(Tensor X, PackedWeights W_prepack, float Y_scale_i, int Y_zero_point_i) -> Tensor",
                call -> rounded(
                        call,
                        active(call, linear(call, call.tensor("X")), relu && call.integer("Y_zero_point_i") != 0),
                        "Y_scale_i",
                        "Y_zero_point_i")));
        rows.add(row(
                "quantized::linear" + after
                        + "_dynamic(Tensor X, PackedWeights W_prepack, bool reduce_range=False) -> Tensor",
                call -> active(call, linear(call, dynamic(call)), relu)));
        rows.add(row(
                "quantized::linear" + after + "_dynamic_fp16(Tensor X, PackedWeights W_prepack) -> Tensor",
                call -> active(call, linear(call, call.tensor("X")), relu)));
    }

    private static Value rounded(AtenCall call, Value floats) {
        return rounded(call, floats, "output_scale", "output_zero_point");
    }

    private static Value rounded(AtenCall call, Value floats, String scale, String zeroPoint) {
        return QuantizedSteps.of(call.graph(), call.real(scale), call.integer(zeroPoint), DataType.UINT8)
                .tensor(floats);
    }

    /** A step cannot be below the zero point 0, so there a Relu changes nothing. */
    private static Value clamped(AtenCall call, Value floats, boolean relu) {
        return active(call, floats, relu && call.integer("output_zero_point") != 0);
    }

    private static Value active(AtenCall call, Value floats, boolean relu) {
        return relu ? call.graph().node("Relu", floats) : floats;
    }

    private static Argument.OfPackedWeights weights(AtenCall call, String name) {
        if (call.argument(name) instanceof Argument.OfPackedWeights weights) {
            return weights;
        }
        throw call.wrong(name, "the packed weights of a quantised layer");
    }

    private static Value convolved(AtenCall call) {
        AtenGraph graph = call.graph();
        Argument.OfPackedWeights packed = weights(call, "packed_weight");
        Map<String, Attribute> attributes = new HashMap<>();
        attributes.put("strides", new Attribute.Ints(packed.stride()));
        attributes.put("dilations", new Attribute.Ints(packed.dilation()));
        attributes.put(
                "pads",
                OnnxAttributes.integerValues(AtenConvolutions.twice(
                        packed.padding().stream().mapToLong(Long::longValue).toArray())));
        attributes.put("group", OnnxAttributes.integerValue(packed.groups()));
        if (packed.transposed()) {
            attributes.put("output_padding", new Attribute.Ints(packed.outputPadding()));
        }
        // Frozen layers over one axis have weights over two, of which the first is 1.
        boolean flat = call.schema().name().contains("1d") && graph.rank(packed.weight()) > ROW;
        Value input = flat ? CommonNodes.unsqueeze(graph, call.tensor("qx"), -2) : call.tensor("qx");
        Value convolved = CommonNodes.batched(
                graph,
                input,
                graph.rank(packed.weight()),
                x -> CommonNodes.optional(
                        graph,
                        "",
                        packed.transposed() ? "ConvTranspose" : "Conv",
                        new Attributes(attributes),
                        List.of(Optional.of(x), Optional.of(packed.weight()), packed.bias())));
        return flat ? CommonNodes.squeeze(graph, convolved, -2) : convolved;
    }

    /** As rows of a matrix, for which the optimiser has integer products. */
    private static Value linear(AtenCall call, Value x) {
        AtenGraph graph = call.graph();
        Argument.OfPackedWeights packed = weights(call, "W_prepack");
        int rank = graph.rank(x);
        Value rows = rank == 2 ? x : SizedNodes.reshape(graph, x, List.of(Argument.of(-1), graph.size(x, -1)));
        Value y = AtenProducts.linear(graph, rows, packed.weight(), packed.bias());
        if (rank == 2) {
            return y;
        }
        List<Argument> sizes = SizedNodes.sizes(graph, x);
        sizes.set(rank - 1, graph.size(y, -1));
        return SizedNodes.reshape(graph, y, sizes);
    }

    /** The input rounded by the scale that its own numbers have. */
    private static Value dynamic(AtenCall call) {
        AtenGraph graph = call.graph();
        List<Value> quantized =
                graph.nodes("", "DynamicQuantizeLinear", 3, Attributes.NONE, List.of(Optional.of(call.tensor("X"))));
        return graph.node("DequantizeLinear", quantized.toArray(Value[]::new));
    }

    /** Without a scale the result has that of the first part. */
    private static Value joined(AtenCall call, boolean relu) {
        List<Value> parts = call.tensors("qx");
        AtenGraph graph = call.graph();
        int axis = call.axis("dim", parts.getFirst());
        Value all = active(call, CommonNodes.concat(graph, axis, parts), relu);
        return call.has("scale")
                ? rounded(call, all, "scale", "zero_point")
                : graph.quantization(parts.getFirst())
                        .map(steps -> steps.tensor(all))
                        .orElse(all);
    }
}
