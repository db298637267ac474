package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;
import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/** Scaled dot-product attention, spelled out as the optimiser knows it. */
final class AtenAttention {
    private AtenAttention() {}

    static List<AtenOperator> all() {
        String tensors = "(Tensor query, Tensor key, Tensor value, ";
        String bias =
                tensors + "Tensor? attn_bias, bool compute_log_sumexp, float dropout_p=0., bool is_causal=False, ";
        String debug = "bool return_debug_mask=False, *, float? scale=None) -> ";
        String four = "(Tensor, Tensor, Tensor, Tensor)";
        String nine = "(Tensor, Tensor, Tensor, Tensor, SymInt, SymInt, Tensor, Tensor, Tensor)";
        return List.of(
                row(
                        "scaled_dot_product_attention" + tensors
                                + "Tensor? attn_mask=None, float dropout_p=0., bool is_causal=False, *, "
                                + "float? scale=None, bool enable_gqa=False) -> Tensor",
                        call -> result(call, "attn_mask", call.flag("enable_gqa"))),
                results(
                        "_scaled_dot_product_attention_math" + tensors
                                + "Tensor? attn_mask=None, float dropout_p=0., bool is_causal=False, "
                                + "Tensor? dropout_mask=None, *, float? scale=None, bool enable_gqa=False) -> "
                                + "(Tensor, Tensor)",
                        AtenAttention::withWeights),
                results(
                        "_scaled_dot_product_flash_attention_for_cpu" + tensors
                                + "float dropout_p=0., bool is_causal=False, *, Tensor? attn_mask=None, "
                                + "float? scale=None) -> (Tensor, Tensor)",
                        call -> fused(call, "attn_mask", 1)),
                results(
                        "_scaled_dot_product_efficient_attention" + bias + "*, float? scale=None) -> " + four,
                        call -> fused(call, "attn_bias", 3)),
                results(
                        "_scaled_dot_product_cudnn_attention" + bias + debug + nine,
                        call -> fused(call, "attn_bias", 8)),
                results(
                        "_scaled_dot_product_flash_attention" + tensors + "float dropout_p=0., bool is_causal=False, "
                                + debug + nine,
                        call -> fused(call, "", 8)),
                results(
                        "_scaled_dot_product_fused_attention_overrideable" + tensors
                                + "Tensor? attn_bias=None, float dropout_p=0., bool is_causal=False, " + debug + nine,
                        call -> fused(call, "attn_bias", 8)));
    }

    private static Value result(AtenCall call, String mask, boolean groups) {
        return call.graph().node("MatMul", weights(call, mask, groups), heads(call, "value", groups));
    }

    /** The result, and in place of what only training reads empty tensors. */
    private static List<Argument> fused(AtenCall call, String mask, int others) {
        List<Argument> all = new ArrayList<>(List.of(Argument.OfTensor.of(result(call, mask, false))));
        Value empty = SizedNodes.filled(call.graph(), 0, DataType.FP32, List.of(Argument.of(0)));
        all.addAll(Collections.nCopies(others, Argument.OfTensor.of(empty)));
        return all;
    }

    private static List<Argument> withWeights(AtenCall call) {
        boolean groups = call.flag("enable_gqa");
        Value weights = weights(call, "attn_mask", groups);
        return List.of(Argument.OfTensor.of(result(call, "attn_mask", groups)), Argument.OfTensor.of(weights));
    }

    /** query: [..., heads, queries, size] and key: [..., heads, keys, size] to [..., heads, queries, keys]. */
    private static Value weights(AtenCall call, String maskName, boolean groups) {
        AtenGraph graph = call.graph();
        Value query = call.tensor("query");
        Value key = heads(call, "key", groups);
        Value products = graph.node("MatMul", query, CommonNodes.swapAxes(graph, key, -2, -1));
        Value scores = graph.node("Mul", products, scale(call, query));
        Optional<Value> mask = maskName.isEmpty() ? Optional.empty() : call.optionalTensor(maskName);
        if (mask.isPresent()) {
            scores = masked(graph, scores, mask.get());
        }
        if (call.flag("is_causal")) {
            scores = hidden(graph, scores, seen(graph, query, key));
        }
        return softmax(graph, scores);
    }

    static Value softmax(AtenGraph graph, Value scores) {
        return graph.node("Softmax", OnnxAttributes.integer("axis", -1), scores);
    }

    private static Value scale(AtenCall call, Value query) {
        AtenGraph graph = call.graph();
        DataType type = graph.dataType(query);
        if (call.has("scale")) {
            return graph.scalar(call.real("scale"), type);
        }
        return scale(graph, graph.size(query, -1), type);
    }

    /** One divided by the root of a size. */
    static Value scale(AtenGraph graph, Argument size, DataType type) {
        return size instanceof Argument.OfInteger(long known)
                ? graph.scalar(1 / Math.sqrt((double) known), type)
                : graph.node("Reciprocal", graph.node("Sqrt", graph.cast(SizedNodes.scalarOf(graph, size), type)));
    }

    /** Scores with a mask: numbers that are added, or truth values of what is seen. */
    private static Value masked(AtenGraph graph, Value scores, Value mask) {
        return graph.dataType(mask) == DataType.BOOL
                ? hidden(graph, scores, mask)
                : graph.node("Add", scores, graph.cast(mask, graph.dataType(scores)));
    }

    private static Value hidden(AtenGraph graph, Value scores, Value seen) {
        return graph.node("Where", seen, scores, graph.scalar(Double.NEGATIVE_INFINITY, graph.dataType(scores)));
    }

    /** Which keys each query sees in a causal attention: BOOL [queries, keys], query i those up to key i. */
    private static Value seen(AtenGraph graph, Value query, Value key) {
        Value queries = CommonNodes.unsqueeze(graph, SizedNodes.range(graph, graph.size(query, -2)), 1);
        return graph.node("GreaterOrEqual", queries, SizedNodes.range(graph, graph.size(key, -2)));
    }

    /** Keys or values, repeated so that there are as many heads as of the queries. */
    private static Value heads(AtenCall call, String name, boolean groups) {
        AtenGraph graph = call.graph();
        Value value = call.tensor(name);
        Dim given = graph.dim(value, graph.rank(value) < 3 ? 0 : -3);
        Dim wanted = graph.dim(call.tensor("query"), graph.rank(value) < 3 ? 0 : -3);
        if (!groups || given.equals(wanted)) {
            return value;
        }
        if (!given.isKnown() || !wanted.isKnown() || given.value() < 1 || wanted.value() % given.value() != 0) {
            throw call.wrong(name, "a tensor with heads that divide the " + wanted + " of the query");
        }
        int rank = graph.rank(value);
        List<Argument> repeated = SizedNodes.sizes(graph, value);
        repeated.add(rank - 2, Argument.of(wanted.value() / given.value()));
        Value expanded = graph.node("Expand", CommonNodes.unsqueeze(graph, value, rank - 2), graph.integers(repeated));
        List<Argument> joined = SizedNodes.sizes(graph, value);
        joined.set(rank - 3, Argument.of(wanted.value()));
        return SizedNodes.reshape(graph, expanded, joined);
    }
}
