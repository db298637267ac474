package dev.nereid.models.operators.contrib;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.Formula;
import java.util.Map;

/** The formulas of group norms with the channels last, as exporters of Stable Diffusion write them. */
final class GroupNormFormulas {
    private static final Map<String, Attribute> FIRST_AXIS = Map.of("axis", new Attribute.Int(0));

    /** Between [batch, cells, channels] and [batch, channels, cells]. */
    private static final Map<String, Attribute> SWAPPED = Map.of("perm", Formula.list(0, 2, 1));

    private GroupNormFormulas() {}

    /** com.microsoft.GroupNorm: x: [batch, spatial..., channels], or with the channels behind the batch; gamma; beta. */
    static void groupNorm(Formula formula, Node node) {
        normalize(formula, node, formula.input(0), formula.input(0));
    }

    /**
     * com.microsoft.SkipGroupNorm: the group norm of {@code x + skip + bias}, which is output 1. The skip is of x's shape, or has one
     * number a channel: [batch, channels], with axes of 1 between them or not.
     */
    static void skipGroupNorm(Formula formula, Node node) {
        Value x = formula.input(0);
        if (node.attributes().integer("channels_last", 1) == 0) {
            throw new ModelFormatException(
                    node.describe() + ": attribute 'channels_last': expected 1, got 0, which is not supported");
        }
        Value sum = formula.add("Add", cells(formula, x, x), cells(formula, formula.input(3), x));
        if (formula.has(4)) {
            sum = formula.add("Add", sum, formula.input(4));
        }
        formula.give(1, formula.add("Reshape", sum, formula.add("Shape", x)));
        normalize(formula, node, sum, x);
    }

    /** A tensor as [batch, cells, channels], where batch and channels are those of x. */
    private static Value cells(Formula formula, Value tensor, Value x) {
        Value shape = formula.add("Shape", x);
        Value batch = formula.add("Gather", FIRST_AXIS, shape, formula.integers(0));
        Value channels = formula.add("Gather", FIRST_AXIS, shape, formula.integers(-1));
        return formula.add("Reshape", tensor, formula.add("Concat", FIRST_AXIS, batch, formula.integers(-1), channels));
    }

    /** Gives the group norm of {@code sum}, which is of x's elements, under x's shape. */
    private static void normalize(Formula formula, Node node, Value sum, Value x) {
        boolean last = node.attributes().integer("channels_last", 1) != 0;
        Map<String, Attribute> attributes = Map.of(
                "num_groups", new Attribute.Int(node.attributes().integer("groups", 0)),
                "epsilon", new Attribute.Real(node.attributes().real("epsilon", 1e-5f)));
        Value channelsFirst = last ? formula.add("Transpose", SWAPPED, cells(formula, sum, x)) : sum;
        Value gamma = formula.add("CastLike", formula.input(1), x);
        Value beta = formula.add("CastLike", formula.input(2), x);
        Value y = formula.add("GroupNormalization", attributes, channelsFirst, gamma, beta);
        if (node.attributes().integer("activation", 0) != 0) {
            y = formula.add("Mul", y, formula.add("Sigmoid", y));
        }
        formula.give(
                0, last ? formula.add("Reshape", formula.add("Transpose", SWAPPED, y), formula.add("Shape", x)) : y);
    }
}
