package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;

import dev.nereid.models.pytorch.aten.Argument.OfPackedWeights;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Recurrent layers with quantised weights. They are computed in floats: what they are given and their states are not
 * rounded to steps of their own range, as PyTorch does it in every token.
 */
final class AtenQuantizedRecurrent {
    private static final String SETTINGS =
            "CellParams[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional";

    private AtenQuantizedRecurrent() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        rows.add(results(
                "quantized::make_quantized_cell_params_dynamic(PackedWeights w_ih, PackedWeights w_hh, "
                        + "Tensor? bias_ih=None, Tensor? bias_hh=None, bool reduce_range=False) -> CellParams",
                AtenQuantizedRecurrent::parameters));
        rows.add(results(
                "quantized::make_quantized_cell_params_fp16(PackedWeights w_ih, PackedWeights w_hh) -> CellParams",
                call -> List.of(new Argument.OfList(List.of(
                        weight(call, "w_ih"),
                        weight(call, "w_hh"),
                        bias(packed(call, "w_ih")),
                        bias(packed(call, "w_hh")))))));
        String types = ", *, ScalarType? dtype=None, bool use_dynamic=False) -> (Tensor, Tensor, Tensor)";
        rows.add(results(
                "quantized_lstm.input(Tensor input, Tensor[] hx, " + SETTINGS + ", bool batch_first" + types,
                call -> padded(call, "lstm")));
        rows.add(results(
                "quantized_lstm.data(Tensor data, Tensor batch_sizes, Tensor[] hx, " + SETTINGS + types,
                call -> packedSequences(call, "lstm")));
        rows.add(results(
                "quantized_gru.input(Tensor input, Tensor hx, " + SETTINGS + ", bool batch_first) -> (Tensor, Tensor)",
                call -> padded(call, "gru")));
        rows.add(results(
                "quantized_gru.data(Tensor data, Tensor batch_sizes, Tensor hx, " + SETTINGS + ") -> (Tensor, Tensor)",
                call -> packedSequences(call, "gru")));
        String cell = "PackedWeights w_ih, PackedWeights w_hh, Tensor b_ih, Tensor b_hh) -> ";
        rows.add(results(
                "quantized::quantized_lstm_cell_dynamic(Tensor input, Tensor[] hx, " + cell + "(Tensor, Tensor)",
                call -> cell(call, "lstm_cell")));
        for (String kind : List.of("gru", "rnn_relu", "rnn_tanh")) {
            rows.add(results(
                    "quantized::quantized_" + kind + "_cell_dynamic(Tensor input, Tensor hx, " + cell + "Tensor",
                    call -> cell(call, kind + "_cell")));
        }
        return rows;
    }

    private static OfPackedWeights packed(AtenCall call, String name) {
        if (call.argument(name) instanceof OfPackedWeights packed) {
            return packed;
        }
        throw call.wrong(name, "the packed weights of a quantised layer");
    }

    private static Argument weight(AtenCall call, String name) {
        return Argument.OfTensor.of(packed(call, name).weight());
    }

    private static Argument bias(OfPackedWeights packed) {
        return packed.bias().<Argument>map(Argument.OfTensor::of).orElseGet(Argument::none);
    }

    private static List<Argument> parameters(AtenCall call) {
        return List.of(new Argument.OfList(List.of(
                weight(call, "w_ih"),
                weight(call, "w_hh"),
                call.has("bias_ih") ? call.argument("bias_ih") : bias(packed(call, "w_ih")),
                call.has("bias_hh") ? call.argument("bias_hh") : bias(packed(call, "w_hh")))));
    }

    /** The weights and biases of all layers in one list. */
    private static Argument flat(AtenCall call) {
        List<Argument> all = new ArrayList<>();
        for (Argument layer : call.items("params")) {
            if (!(layer instanceof Argument.OfList(List<Argument> tensors))) {
                throw call.wrong("params", "the weights of recurrent layers");
            }
            tensors.stream()
                    .filter(tensor -> !(tensor instanceof Argument.OfNone))
                    .forEach(all::add);
        }
        return new Argument.OfList(all);
    }

    private static List<Argument> padded(AtenCall call, String name) {
        return call(call, name, List.of("input", "hx"), "batch_first");
    }

    private static List<Argument> packedSequences(AtenCall call, String name) {
        return call(call, name, List.of("data", "batch_sizes", "hx"));
    }

    private static List<Argument> call(AtenCall call, String name, List<String> first, String... last) {
        List<Argument> arguments =
                new ArrayList<>(first.stream().map(call::argument).toList());
        arguments.add(flat(call));
        for (String setting : List.of("has_biases", "num_layers", "dropout", "train", "bidirectional")) {
            arguments.add(call.argument(setting));
        }
        for (String each : last) {
            arguments.add(call.argument(each));
        }
        return AtenTable.all().call(call.graph(), "aten::" + name, "", arguments, Map.of());
    }

    private static List<Argument> cell(AtenCall call, String name) {
        List<Argument> arguments = List.of(
                call.argument("input"),
                call.argument("hx"),
                weight(call, "w_ih"),
                weight(call, "w_hh"),
                call.argument("b_ih"),
                call.argument("b_hh"));
        return AtenTable.all().call(call.graph(), "aten::" + name, "", arguments, Map.of());
    }
}
