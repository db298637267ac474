package dev.nereid.models.operators.contrib;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.Formula;
import java.util.Map;

/** The formulas of what stands around attention in some models, and of products of complex numbers. */
final class AttentionFormulas {
    private static final Map<String, Attribute> LAST_AXIS = Map.of("axis", new Attribute.Int(-1));

    /** Between [batch, tokens, heads, size] and [batch, heads, tokens, size]. */
    private static final Map<String, Attribute> HEADS_FIRST = Map.of("perm", Formula.list(0, 2, 1, 3));

    private AttentionFormulas() {}

    /**
     * com.microsoft.GatedRelativePositionBias, of WavLM: positions times a gate that the queries make. Inputs: queries: [batch,
     * tokens, heads * size]; their bias; positions: [1, heads, tokens, tokens]; weights: [size, 2 * n] and bias: [2 * n] of the
     * gate; a factor for each head: [1, heads, 1, 1].
     */
    static void gatedRelativePositionBias(Formula formula, Node node) {
        long heads = node.attributes().integer("num_heads", 0);
        if (heads < 1 || formula.has(6)) {
            throw new ModelFormatException(node.describe()
                    + ": expected a positive number of heads and no input 'token_offset', which is not supported, got "
                    + heads + " heads" + (formula.has(6) ? " and one" : ""));
        }
        Value sum = formula.add("Add", formula.input(0), formula.input(1));
        Value queries =
                formula.add("Transpose", HEADS_FIRST, formula.add("Reshape", sum, formula.integers(0, 0, heads, -1)));
        Value product = formula.add("Add", formula.add("MatMul", queries, formula.input(3)), formula.input(4));
        Value halves = formula.add("Reshape", product, formula.integers(0, 0, 0, 2, -1));
        Value sums = formula.add("ReduceSum", Map.of("keepdims", new Attribute.Int(0)), halves, formula.integers(-1));
        Value gates = formula.add("Sigmoid", sums);
        Value update = formula.add("Gather", LAST_AXIS, gates, formula.integers(0));
        Value reset = formula.add("Gather", LAST_AXIS, gates, formula.integers(1));
        Value inner =
                formula.add("Sub", formula.add("Mul", reset, formula.input(5)), like(formula, 1f, formula.input(0)));
        Value gate = formula.add("Add", formula.add("Mul", update, inner), like(formula, 2f, formula.input(0)));
        formula.give(0, formula.add("Mul", gate, formula.input(2)));
    }

    private static Value like(Formula formula, float number, Value type) {
        return formula.add("CastLike", formula.real(number), type);
    }

    /** com.microsoft.ComplexMul: products of complex numbers: [..., 2]. */
    static void complexMul(Formula formula, Node node) {
        complexProduct(formula, formula.add("Neg", part(formula, 1, 1)));
    }

    /** com.microsoft.ComplexMulConj: the first times the conjugate of the second. */
    static void complexMulConj(Formula formula, Node node) {
        complexProduct(formula, part(formula, 1, 1));
    }

    /** {@code (a + bi) * (c - di)} for the given d. */
    private static void complexProduct(Formula formula, Value d) {
        Value a = part(formula, 0, 0);
        Value b = part(formula, 0, 1);
        Value c = part(formula, 1, 0);
        Value real = formula.add("Add", formula.add("Mul", a, c), formula.add("Mul", b, d));
        Value imaginary = formula.add("Sub", formula.add("Mul", b, c), formula.add("Mul", a, d));
        formula.give(0, formula.add("Concat", LAST_AXIS, real, imaginary));
    }

    private static Value part(Formula formula, int input, int part) {
        return formula.add("Gather", LAST_AXIS, formula.input(input), formula.integers(part));
    }
}
