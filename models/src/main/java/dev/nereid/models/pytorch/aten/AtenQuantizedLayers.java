package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.graph.Value;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Layers of {@code quantized::} that are the float ones of {@code aten::}, rounded; and tables of quantised rows. */
final class AtenQuantizedLayers {
    private AtenQuantizedLayers() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        String output = "float output_scale, int output_zero_point";
        String affine = "Tensor? weight, Tensor? bias, ";
        for (String axes : List.of("", "1d", "2d", "3d")) {
            for (String relu : List.of("", "_relu")) {
                rows.add(row(
                        "quantized::batch_norm" + axes + relu + "(Tensor qx, " + affine
                                + "Tensor mean, Tensor var, float eps, " + output + ") -> Tensor",
                        call -> {
                            Value normal = aten(
                                    call,
                                    "batch_norm",
                                    call.argument("qx"),
                                    call.argument("weight"),
                                    call.argument("bias"),
                                    call.argument("mean"),
                                    call.argument("var"),
                                    Argument.of(false),
                                    Argument.of(0.0),
                                    call.argument("eps"),
                                    Argument.of(false));
                            return rounded(
                                    call, relu.isEmpty() ? normal : call.graph().node("Relu", normal));
                        }));
            }
        }
        rows.add(row(
                "quantized::layer_norm(Tensor input, int[] normalized_shape, " + affine + "float eps, " + output
                        + ") -> Tensor",
                call -> rounded(call, same(call, "layer_norm", "input", "normalized_shape", "weight", "bias", "eps"))));
        rows.add(row(
                "quantized::group_norm(Tensor qx, int num_groups, " + affine + "float eps, " + output + ") -> Tensor",
                call -> rounded(call, same(call, "group_norm", "qx", "num_groups", "weight", "bias", "eps"))));
        rows.add(row(
                "quantized::instance_norm(Tensor input, " + affine + "float eps, " + output + ") -> Tensor",
                call -> rounded(
                        call,
                        aten(
                                call,
                                "instance_norm",
                                call.argument("input"),
                                call.argument("weight"),
                                call.argument("bias"),
                                Argument.none(),
                                Argument.none(),
                                Argument.of(true),
                                Argument.of(0.0),
                                call.argument("eps"),
                                Argument.of(false)))));
        rows.add(row(
                "quantized::elu(Tensor self, " + output
                        + ", Scalar alpha=1, Scalar scale=1, Scalar input_scale=1) -> Tensor",
                call -> rounded(call, same(call, "elu", "self", "alpha", "scale", "input_scale"))));
        rows.add(row(
                "quantized::celu(Tensor self, " + output + ", Scalar alpha=1) -> Tensor",
                call -> rounded(call, same(call, "celu", "self", "alpha"))));
        rows.add(row(
                "quantized::prelu(Tensor qx, Tensor weight, " + output + ") -> Tensor",
                call -> rounded(call, same(call, "prelu", "qx", "weight"))));
        rows.add(row(
                "quantized::softmax(Tensor qx, int dim, " + output + ") -> Tensor",
                call -> rounded(
                        call, aten(call, "softmax", call.argument("qx"), call.argument("dim"), Argument.none()))));
        rows.add(row(
                "quantized::matmul(Tensor qa, Tensor qb, float scale, int zero_point) -> Tensor",
                call -> rounded(call, same(call, "matmul", "qa", "qb"), "scale", "zero_point")));
        rows.add(row("quantized::relu6(Tensor qx, bool inplace=False) -> Tensor", call -> same(call, "relu6", "qx")));
        rows.add(row(
                "quantized::dropout(Tensor self, float output_scale, int output_zero_point, Scalar p=0.5, "
                        + "bool training=False) -> Tensor",
                call -> rounded(call, call.tensor("self"))));
        for (int axes = 1; axes <= 2; axes++) {
            String name = "max_pool" + axes + "d";
            rows.add(row(
                    "quantized::" + name + "(Tensor qx, int[] kernel_size, int[] stride, int[] padding, "
                            + "int[] dilation, bool ceil_mode) -> Tensor",
                    call -> same(call, name, "qx", "kernel_size", "stride", "padding", "dilation", "ceil_mode")));
        }
        embeddings(rows);
        return rows;
    }

    /** Tables whose rows have scales of their own; they are floats when they are read. */
    private static void embeddings(List<AtenOperator> rows) {
        rows.add(row(
                "quantized::embedding_byte(PackedWeights weight, Tensor indices, bool pruned_weights=False) -> Tensor",
                call -> aten(call, "embedding", table(call), call.argument("indices"))));
        rows.add(row(
                "quantized::embedding_bag_byte(PackedWeights weight, Tensor indices, Tensor? offsets=None, "
                        + "bool scale_grad_by_freq=False, int mode=0, bool pruned_weights=False, "
                        + "Tensor? per_sample_weights=None, Tensor? compressed_indices_mapping=None, "
                        + "bool include_last_offset=False) -> Tensor",
                AtenQuantizedLayers::bag));
    }

    private static Value bag(AtenCall call) {
        if (!call.has("offsets") || call.has("compressed_indices_mapping")) {
            throw call.wrong("offsets", "a tensor, beside a table with all its rows");
        }
        // The quantised kernel adds up, whatever the mode says.
        return aten(
                call,
                "embedding_bag",
                table(call),
                call.argument("indices"),
                call.argument("offsets"),
                Argument.of(false),
                Argument.of(0),
                Argument.of(false),
                call.argument("per_sample_weights"),
                call.argument("include_last_offset"));
    }

    private static Argument table(AtenCall call) {
        if (call.argument("weight") instanceof Argument.OfPackedWeights packed) {
            return Argument.OfTensor.of(packed.weight());
        }
        throw call.wrong("weight", "the packed weights of a table");
    }

    /** The operator of a name with the arguments of these names. */
    private static Value same(AtenCall call, String operator, String... names) {
        return aten(
                call,
                operator,
                java.util.Arrays.stream(names).map(call::argument).toArray(Argument[]::new));
    }

    private static Value aten(AtenCall call, String operator, Argument... arguments) {
        return AtenTable.one(call.graph(), operator, List.of(arguments), Map.of());
    }

    private static Value rounded(AtenCall call, Value floats) {
        return rounded(call, floats, "output_scale", "output_zero_point");
    }

    private static Value rounded(AtenCall call, Value floats, String scale, String zeroPoint) {
        return QuantizedSteps.of(call.graph(), call.real(scale), call.integer(zeroPoint), DataType.UINT8)
                .tensor(floats);
    }
}
