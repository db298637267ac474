package dev.nereid.models.pytorch.aten;

import static dev.nereid.models.pytorch.aten.AtenOperator.results;
import static dev.nereid.models.pytorch.aten.AtenOperator.row;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.CommonNodes;
import dev.nereid.models.imported.OnnxAttributes;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The operators that nn.MultiheadAttention and nn.TransformerEncoderLayer become in evaluation. */
final class AtenTransformers {
    private static final int QUERIES_BY_KEYS = 0;
    private static final int PADDING = 1;

    private AtenTransformers() {}

    static List<AtenOperator> all() {
        return List.of(
                results(
                        "_native_multi_head_attention(Tensor query, Tensor key, Tensor value, int embed_dim, int num_head, "
                                + "Tensor qkv_weight, Tensor qkv_bias, Tensor proj_weight, Tensor proj_bias, "
                                + "Tensor? mask=None, bool need_weights=True, bool average_attn_weights=True, "
                                + "int? mask_type=None) -> (Tensor, Tensor)",
                        AtenTransformers::attention),
                row(
                        "_transformer_encoder_layer_fwd(Tensor src, int embed_dim, int num_heads, Tensor qkv_weight, "
                                + "Tensor qkv_bias, Tensor proj_weight, Tensor proj_bias, bool use_gelu, bool norm_first, "
                                + "float eps, Tensor norm_weight_1, Tensor norm_bias_1, Tensor norm_weight_2, "
                                + "Tensor norm_bias_2, Tensor ffn_weight_1, Tensor ffn_bias_1, Tensor ffn_weight_2, "
                                + "Tensor ffn_bias_2, Tensor? mask=None, int? mask_type=None) -> Tensor",
                        AtenTransformers::layer));
    }

    /** The result of an attention, and the weights of its heads: [batch, heads, queries, keys]. */
    private record Attended(Value result, Value weights) {}

    private static List<Argument> attention(AtenCall call) {
        AtenGraph graph = call.graph();
        long heads = call.integer("num_head");
        Attended attended = attend(call, heads, call.tensor("query"), call.tensor("key"), call.tensor("value"));
        Value weights = attended.weights();
        if (!call.flag("need_weights")) {
            weights = SizedNodes.filled(graph, 0, DataType.FP32, List.of(Argument.of(0)));
        } else if (call.flag("average_attn_weights")) {
            weights = CommonNodes.reduce(graph, "ReduceMean", weights, false, 1);
        }
        return List.of(Argument.OfTensor.of(attended.result()), Argument.OfTensor.of(weights));
    }

    /** query, key and value: [batch, tokens, embed_dim]; the weights of the three projections lie in one. */
    private static Attended attend(AtenCall call, long heads, Value query, Value key, Value value) {
        AtenGraph graph = call.graph();
        long size = call.integer("embed_dim");
        if (heads < 1 || size % heads != 0) {
            throw new ModelFormatException(
                    call.schema().fullName() + ": " + size + " elements cannot be divided among " + heads + " heads");
        }
        List<Value> inputs = List.of(query, key, value);
        Value[] parts = new Value[3];
        for (int i = 0; i < parts.length; i++) {
            Value weight = CommonNodes.slice(graph, call.tensor("qkv_weight"), 0, i * size, (i + 1) * size);
            Value bias = CommonNodes.slice(graph, call.tensor("qkv_bias"), 0, i * size, (i + 1) * size);
            Value projected = AtenProducts.linear(graph, inputs.get(i), weight, Optional.of(bias));
            parts[i] = CommonNodes.transpose(
                    graph, CommonNodes.reshape(graph, projected, 0, 0, heads, size / heads), 0, 2, 1, 3);
        }
        Value products = graph.node("MatMul", parts[0], CommonNodes.swapAxes(graph, parts[1], -2, -1));
        Value scores = graph.node(
                "Mul", products, AtenAttention.scale(graph, Argument.of(size / heads), graph.dataType(products)));
        Value weights = AtenAttention.softmax(graph, masked(call, scores));
        Value joined = CommonNodes.reshape(
                graph, CommonNodes.transpose(graph, graph.node("MatMul", weights, parts[2]), 0, 2, 1, 3), 0, 0, size);
        Value result =
                AtenProducts.linear(graph, joined, call.tensor("proj_weight"), Optional.of(call.tensor("proj_bias")));
        return new Attended(result, weights);
    }

    /** Scores with what the mask is true for hidden; numbers are added. */
    private static Value masked(AtenCall call, Value scores) {
        AtenGraph graph = call.graph();
        if (!call.has("mask")) {
            return scores;
        }
        Value mask = call.tensor("mask");
        long type = call.has("mask_type") ? call.integer("mask_type") : QUERIES_BY_KEYS;
        if (type == PADDING) {
            mask = CommonNodes.unsqueeze(graph, mask, 1, 2);
        } else if (graph.rank(mask) == 3) {
            throw new ModelFormatException(
                    call.schema().fullName() + ": a mask of 3 axes is not supported, got " + graph.type(mask));
        }
        DataType dataType = graph.dataType(scores);
        if (graph.dataType(mask) != DataType.BOOL) {
            return graph.node("Add", scores, graph.cast(mask, dataType));
        }
        return graph.node("Where", mask, graph.scalar(Double.NEGATIVE_INFINITY, dataType), scores);
    }

    private static Value layer(AtenCall call) {
        AtenGraph graph = call.graph();
        Value source = call.tensor("src");
        boolean before = call.flag("norm_first");
        Value x = before ? normalized(call, source, 1) : source;
        Value attended = graph.node(
                "Add", attend(call, call.integer("num_heads"), x, x, x).result(), source);
        if (!before) {
            attended = normalized(call, attended, 1);
        }
        Value y = before ? normalized(call, attended, 2) : attended;
        Value inner = linear(call, y, 1);
        Value active = graph.node(call.flag("use_gelu") ? "Gelu" : "Relu", inner);
        Value sum = graph.node("Add", linear(call, active, 2), attended);
        return before ? sum : normalized(call, sum, 2);
    }

    private static Value linear(AtenCall call, Value x, int number) {
        return AtenProducts.linear(
                call.graph(), x, call.tensor("ffn_weight_" + number), Optional.of(call.tensor("ffn_bias_" + number)));
    }

    private static Value normalized(AtenCall call, Value x, int number) {
        return call.graph()
                .node(
                        "LayerNormalization",
                        new Attributes(Map.of(
                                "axis",
                                OnnxAttributes.integerValue(-1),
                                "epsilon",
                                OnnxAttributes.realValue(call.real("eps")))),
                        x,
                        call.tensor("norm_weight_" + number),
                        call.tensor("norm_bias_" + number));
    }
}
