package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;

import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Recurrent layers of padded and of packed sequences, and single cells. */
final class AtenRecurrent {
    private AtenRecurrent() {}

    static List<AtenOperator> all() {
        List<AtenOperator> rows = new ArrayList<>();
        String settings =
                "Tensor[] params, bool has_biases, int num_layers, float dropout, bool train, bool bidirectional";
        String cell = "Tensor w_ih, Tensor w_hh, Tensor? b_ih=None, Tensor? b_hh=None) -> ";
        for (RecurrentCell kind : RecurrentCell.values()) {
            String name = kind.atenName();
            String state = kind.states() == 2 ? "Tensor[] hx, " : "Tensor hx, ";
            String outputs = kind.states() == 2 ? "(Tensor, Tensor, Tensor)" : "(Tensor, Tensor)";
            rows.add(results(
                    name + ".input(Tensor input, " + state + settings + ", bool batch_first) -> " + outputs,
                    call -> padded(call, kind)));
            rows.add(results(
                    name + ".data(Tensor data, Tensor batch_sizes, " + state + settings + ") -> " + outputs,
                    call -> packed(call, kind)));
            rows.add(results(
                    name + "_cell(Tensor input, " + state + cell + (kind.states() == 2 ? "(Tensor, Tensor)" : "Tensor"),
                    call -> cell(call, kind)));
        }
        rows.add(results(
                "_pack_padded_sequence(Tensor input, Tensor lengths, bool batch_first) -> (Tensor, Tensor)",
                AtenRecurrent::pack));
        rows.add(results(
                "_pad_packed_sequence(Tensor data, Tensor batch_sizes, bool batch_first, Scalar padding_value, "
                        + "int total_length) -> (Tensor, Tensor)",
                AtenRecurrent::pad));
        return rows;
    }

    private static List<Value> states(AtenCall call, RecurrentCell kind) {
        return kind.states() == 2 ? call.tensors("hx") : List.of(call.tensor("hx"));
    }

    private static RecurrentStack stack(AtenCall call, RecurrentCell kind, Optional<Value> lengths) {
        return new RecurrentStack(
                call.graph(),
                kind,
                call.tensors("params"),
                call.flag("has_biases"),
                call.integer("num_layers"),
                call.flag("bidirectional"),
                lengths);
    }

    private static List<Argument> padded(AtenCall call, RecurrentCell kind) {
        AtenGraph graph = call.graph();
        boolean batchFirst = call.flag("batch_first");
        Value input = call.tensor("input");
        Value x = batchFirst ? CommonNodes.transpose(graph, input, 1, 0, 2) : input;
        List<Value> outputs = stack(call, kind, Optional.empty()).run(x, states(call, kind));
        List<Argument> results = new ArrayList<>();
        Value y = outputs.getFirst();
        results.add(Argument.OfTensor.of(batchFirst ? CommonNodes.transpose(graph, y, 1, 0, 2) : y));
        outputs.subList(1, outputs.size()).forEach(state -> results.add(Argument.OfTensor.of(state)));
        return results;
    }

    private static List<Argument> packed(AtenCall call, RecurrentCell kind) {
        AtenGraph graph = call.graph();
        PackedSequences packed = PackedSequences.ofBatchSizes(graph, call.tensor("batch_sizes"));
        List<Value> outputs = stack(call, kind, Optional.of(packed.lengths()))
                .run(packed.pad(call.tensor("data"), 0), states(call, kind));
        List<Argument> results = new ArrayList<>();
        results.add(Argument.OfTensor.of(packed.pack(outputs.getFirst())));
        outputs.subList(1, outputs.size()).forEach(state -> results.add(Argument.OfTensor.of(state)));
        return results;
    }

    /** One step: input [batch, in] or [in], states likewise. */
    private static List<Argument> cell(AtenCall call, RecurrentCell kind) {
        AtenGraph graph = call.graph();
        Value input = call.tensor("input");
        boolean alone = graph.rank(input) == 1;
        List<Value> parameters = new ArrayList<>(List.of(call.tensor("w_ih"), call.tensor("w_hh")));
        call.optionalTensor("b_ih").ifPresent(parameters::add);
        call.optionalTensor("b_hh").ifPresent(parameters::add);
        List<Value> states = states(call, kind).stream()
                .map(state ->
                        alone ? CommonNodes.unsqueeze(graph, state, 0, 1) : CommonNodes.unsqueeze(graph, state, 0))
                .toList();
        Value x = alone ? CommonNodes.unsqueeze(graph, input, 0, 1) : CommonNodes.unsqueeze(graph, input, 0);
        List<Value> outputs = new RecurrentStack(graph, kind, parameters, call.has("b_ih"), 1, false, Optional.empty())
                .run(x, states);
        List<Argument> results = new ArrayList<>();
        for (Value state : outputs.subList(1, outputs.size())) {
            results.add(Argument.OfTensor.of(
                    alone ? CommonNodes.squeeze(graph, state, 0, 1) : CommonNodes.squeeze(graph, state, 0)));
        }
        return results;
    }

    private static List<Argument> pack(AtenCall call) {
        AtenGraph graph = call.graph();
        Value input = call.tensor("input");
        Value x = call.flag("batch_first") ? CommonNodes.swapAxes(graph, input, 0, 1) : input;
        PackedSequences packed = PackedSequences.ofLengths(graph, call.tensor("lengths"), graph.size(x, 0));
        return List.of(Argument.OfTensor.of(packed.pack(x)), Argument.OfTensor.of(packed.batchSizes()));
    }

    private static List<Argument> pad(AtenCall call) {
        AtenGraph graph = call.graph();
        Value sizes = call.tensor("batch_sizes");
        PackedSequences packed = PackedSequences.ofBatchSizes(graph, sizes);
        double padding = call.real("padding_value");
        Value x = packed.pad(call.tensor("data"), padding);
        long total = call.integer("total_length");
        if (total > 0) {
            Value missing = graph.node("Sub", graph.integers(total), graph.integer(graph.size(sizes, 0)));
            Value behind = CommonNodes.concat(
                    graph,
                    0,
                    List.of(
                            graph.integers(new long[graph.rank(x)]),
                            missing,
                            graph.integers(new long[graph.rank(x) - 1])));
            x = graph.node("Pad", x, behind, graph.scalar(padding, graph.dataType(x)));
        }
        return List.of(
                Argument.OfTensor.of(call.flag("batch_first") ? CommonNodes.swapAxes(graph, x, 0, 1) : x),
                Argument.OfTensor.of(packed.lengths()));
    }
}
