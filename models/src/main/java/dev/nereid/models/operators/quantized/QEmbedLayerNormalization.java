package dev.nereid.models.operators.quantized;

import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.Formula;
import dev.nereid.models.operators.FunctionOperator;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * com.microsoft.QEmbedLayerNormalization: the embeddings of words, positions and segments, added and normalised, with
 * everything that is constant quantised.
 *
 * <p>Inputs: input_ids: [batch, tokens]; segment_ids, optional, likewise; the tables of words, positions and, optional,
 * segments: [rows, size]; gamma and beta: [size]; a mask, optional: [batch, tokens]; a scale for each of the five
 * quantised tensors; a zero point for each of them. Outputs: y: [batch, tokens, size]; how many tokens of each item the
 * mask lets through: [batch], zeros without a mask.
 */
final class QEmbedLayerNormalization implements FunctionOperator {
    private static final int IDS = 0;
    private static final int SEGMENT_IDS = 1;
    static final int WORDS = 2;
    private static final int POSITIONS = 3;
    private static final int SEGMENTS = 4;
    private static final int GAMMA = 5;
    static final int BETA = 6;
    static final int MASK = 7;
    static final int FIRST_SCALE = 8;
    static final int FIRST_ZERO_POINT = 13;

    @Override
    public List<Node> expand(Node node) {
        Formula formula = new Formula(node);
        Value ids = formula.input(IDS);
        Value sum = formula.add("Add", rows(formula, WORDS, ids), positions(formula, ids));
        if (formula.has(SEGMENTS) && formula.has(SEGMENT_IDS)) {
            sum = formula.add("Add", sum, rows(formula, SEGMENTS, formula.input(SEGMENT_IDS)));
        }
        float epsilon = node.attributes().real("epsilon", 1e-12f);
        Value y = formula.add(
                "LayerNormalization",
                Map.of("axis", new Attribute.Int(-1), "epsilon", new Attribute.Real(epsilon)),
                sum,
                dequantized(formula, GAMMA, formula.input(GAMMA)),
                dequantized(formula, BETA, formula.input(BETA)));
        formula.give(0, y);
        if (formula.wants(1)) {
            Value one = formula.cast(formula.integer(1), DataType.INT32);
            Value counted = formula.has(MASK)
                    ? formula.cast(formula.add("Equal", formula.input(MASK), one), DataType.INT32)
                    : formula.add("Sub", ids, ids);
            Map<String, Attribute> flat = Map.of("keepdims", new Attribute.Int(0));
            formula.give(1, formula.add("ReduceSum", flat, counted, formula.integers(1)));
        }
        return formula.nodes();
    }

    /** Dequantises the rows that are read, not the table. */
    private static Value rows(Formula formula, int table, Value ids) {
        return dequantized(formula, table, formula.add("Gather", formula.input(table), ids));
    }

    /** The first rows, one for each token. */
    private static Value positions(Formula formula, Value ids) {
        Value tokens = formula.add("Shape", Map.of("start", new Attribute.Int(1), "end", new Attribute.Int(2)), ids);
        Value zero = formula.integers(0);
        Value first = formula.add("Slice", formula.input(POSITIONS), zero, tokens, zero);
        return dequantized(formula, POSITIONS, first);
    }

    private static Value dequantized(Formula formula, int table, Value quantized) {
        Value scale = formula.input(FIRST_SCALE + table - WORDS);
        Value zeroPoint = formula.input(FIRST_ZERO_POINT + table - WORDS);
        return formula.microsoft(
                        "DequantizeLinear",
                        Map.of(),
                        List.of(Optional.of(quantized), Optional.of(scale), Optional.of(zeroPoint)),
                        1)
                .getFirst();
    }
}
