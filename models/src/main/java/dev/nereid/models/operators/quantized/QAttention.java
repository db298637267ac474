package dev.nereid.models.operators.quantized;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.Formula;
import dev.nereid.models.operators.FunctionOperator;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * com.microsoft.QAttention: attention of tokens with themselves, whose projections are products of quantised tensors.
 *
 * <p>Inputs: x: [batch, tokens, width]; weights: [width, 3 * heads * size], of queries, keys and values side by side;
 * bias: a row of them; the scale of x; the scales of the weights, one or one a column; a padding mask as that of
 * com.microsoft.Attention, optional; zero points of x and of the weights, optional; past, optional: [2, batch, heads, past,
 * size], keys and then values. Outputs: y: [batch, tokens, heads * size]; present as past, with the tokens of this run.
 */
final class QAttention implements FunctionOperator {
    private static final int X = 0;
    private static final int WEIGHTS = 1;
    private static final int BIAS = 2;
    private static final int X_SCALE = 3;
    private static final int WEIGHT_SCALE = 4;
    private static final int MASK = 5;
    private static final int X_ZERO_POINT = 6;
    private static final int WEIGHT_ZERO_POINT = 7;
    private static final int PAST = 8;

    private static final Map<String, Attribute> FIRST_AXIS = Map.of("axis", new Attribute.Int(0));

    @Override
    public List<Node> expand(Node node) {
        Formula formula = new Formula(node);
        if (node.attributes().integer("do_rotary", 0) != 0) {
            overFloats(node, formula);
        } else {
            overIntegers(node, formula);
        }
        return formula.nodes();
    }

    /** The projections are floats, for they are turned before anything else happens to them. */
    private static void overFloats(Node node, Formula formula) {
        List<Optional<Value>> inputs = List.of(
                Optional.of(dequantized(formula, X, X_SCALE, X_ZERO_POINT)),
                Optional.of(dequantized(formula, WEIGHTS, WEIGHT_SCALE, WEIGHT_ZERO_POINT)),
                node.input(BIAS),
                node.input(MASK),
                node.input(PAST));
        int outputs = node.outputs().size();
        List<Value> made = formula.microsoft("Attention", node.attributes().map(), inputs, outputs);
        for (int output = 0; output < outputs; output++) {
            formula.give(output, made.get(output));
        }
    }

    private static Value dequantized(Formula formula, int input, int scale, int zeroPoint) {
        Value numbers = formula.cast(formula.input(input), DataType.FP32);
        if (formula.has(zeroPoint)) {
            numbers = formula.add("Sub", numbers, formula.cast(formula.input(zeroPoint), DataType.FP32));
        }
        return formula.add("Mul", numbers, formula.input(scale));
    }

    /** The products of integers stay such. */
    private static void overIntegers(Node node, Formula formula) {
        Value projections = formula.microsoft(
                        "MatMulIntegerToFloat",
                        Map.of(),
                        List.of(
                                node.input(X),
                                node.input(WEIGHTS),
                                node.input(X_SCALE),
                                node.input(WEIGHT_SCALE),
                                node.input(X_ZERO_POINT),
                                node.input(WEIGHT_ZERO_POINT),
                                node.input(BIAS)),
                        1)
                .getFirst();
        Map<String, Attribute> thirds = Map.of("axis", new Attribute.Int(2), "num_outputs", new Attribute.Int(3));
        List<Optional<Value>> inputs = new ArrayList<>();
        formula.add("Split", thirds, 3, projections).forEach(part -> inputs.add(Optional.of(part)));
        inputs.add(Optional.empty());
        inputs.add(node.input(MASK));
        inputs.add(Optional.empty());
        if (formula.has(PAST)) {
            inputs.add(Optional.of(half(formula, 0)));
            inputs.add(Optional.of(half(formula, 1)));
        }
        boolean present = formula.wants(1);
        List<Value> made = formula.microsoft("MultiHeadAttention", attributes(node), inputs, present ? 3 : 1);
        formula.give(0, made.getFirst());
        if (present) {
            Value axis = formula.integers(0);
            Value keys = formula.add("Unsqueeze", made.get(1), axis);
            Value values = formula.add("Unsqueeze", made.get(2), axis);
            formula.give(1, formula.add("Concat", FIRST_AXIS, keys, values));
        }
    }

    private static Value half(Formula formula, int index) {
        return formula.add("Gather", FIRST_AXIS, formula.input(PAST), formula.integer(index));
    }

    private static Map<String, Attribute> attributes(Node node) {
        Map<String, Attribute> attributes = new HashMap<>(node.attributes().map());
        attributes.keySet().retainAll(List.of("num_heads", "unidirectional", "mask_filter_value", "scale"));
        return attributes;
    }
}
