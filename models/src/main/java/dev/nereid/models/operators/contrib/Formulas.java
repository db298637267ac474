package dev.nereid.models.operators.contrib;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.Formula;
import dev.nereid.models.operators.OnnxTypes;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The formulas of operators that are ONNX's with their inputs given in another way. */
final class Formulas {
    private static final Map<String, Attribute> FIRST_AXIS = Map.of("axis", new Attribute.Int(0));

    private Formulas() {}

    /** com.microsoft.SampleOp: the input. */
    static void same(Formula formula, Node node) {
        formula.give(0, formula.input(0));
    }

    /** com.microsoft.Range: start, limit and, 1 if absent, delta: numbers, or vectors of one. */
    static void range(Formula formula, Node node) {
        Value start = scalar(formula, formula.input(0));
        Value delta = formula.has(2)
                ? scalar(formula, formula.input(2))
                : formula.add("CastLike", formula.integer(1), formula.input(0));
        formula.give(0, formula.add("Range", start, scalar(formula, formula.input(1)), delta));
    }

    private static Value scalar(Formula formula, Value value) {
        return formula.add("Reshape", value, formula.integers());
    }

    /** com.microsoft.Pad: x, pads: [2 * rank] or [1, 2 * rank], and a value, optional. */
    static void pad(Formula formula, Node node) {
        Value pads = formula.add("Reshape", formula.input(1), formula.integers(-1));
        Optional<Value> value = node.input(2).map(given -> scalar(formula, given));
        formula.give(
                0,
                formula.add("Pad", node.attributes().map(), List.of(node.input(0), Optional.of(pads), value), 1)
                        .getFirst());
    }

    /** com.microsoft.Unique: the elements of a vector in the order they come in; the place of each element; counts. */
    static void unique(Formula formula, Node node) {
        List<Value> made = formula.add("Unique", Map.of("sorted", new Attribute.Int(0)), 4, formula.input(0));
        formula.give(0, made.get(0));
        formula.give(1, made.get(2));
        formula.give(2, made.get(3));
    }

    /** com.microsoft.ExpandDims: x with an axis of one element where the second input says. */
    static void expandDims(Formula formula, Node node) {
        Value axis = formula.cast(formula.input(1), DataType.INT64);
        Value axes = formula.add("Reshape", axis, formula.integers(1));
        formula.give(0, formula.add("Unsqueeze", formula.input(0), axes));
    }

    /** com.microsoft.TorchEmbedding: rows of a table. The other inputs say how it was trained. */
    static void embedding(Formula formula, Node node) {
        formula.give(0, formula.add("Gather", FIRST_AXIS, formula.input(0), formula.input(1)));
    }

    /** com.microsoft.ReduceSumInteger: sums of bytes as INT32, along the axes in an attribute. */
    static void reduceSumInteger(Formula formula, Node node) {
        long[] axes = node.attributes()
                .integers("axes")
                .orElseThrow(() -> new ModelFormatException(node.describe() + ": attribute 'axes' is missing"));
        Map<String, Attribute> keep =
                Map.of("keepdims", new Attribute.Int(node.attributes().integer("keepdims", 1)));
        Value wide = formula.cast(formula.input(0), DataType.INT32);
        formula.give(0, formula.add("ReduceSum", keep, wide, formula.integers(axes)));
    }

    /** com.microsoft.MulInteger: products of bytes less their zero points, as INT32. */
    static void mulInteger(Formula formula, Node node) {
        formula.give(0, formula.add("Mul", difference(formula, 0), difference(formula, 2)));
    }

    private static Value difference(Formula formula, int input) {
        Value wide = formula.cast(formula.input(input), DataType.INT32);
        return formula.has(input + 1)
                ? formula.add("Sub", wide, formula.cast(formula.input(input + 1), DataType.INT32))
                : wide;
    }

    /** DynamicSlice, which ONNX's Slice has replaced. */
    static void dynamicSlice(Formula formula, Node node) {
        formula.give(0, formula.add("Slice", Map.of(), node.inputs(), 1).getFirst());
    }

    /** ConstantFill: a tensor of one value; its shape is an attribute, or that of an input, or an input's content. */
    static void constantFill(Formula formula, Node node) {
        DataType type = OnnxTypes.dataType(node.attributes().integer("dtype", 1));
        Value value = formula.cast(formula.real(node.attributes().real("value", 0)), type);
        formula.give(0, formula.add("Expand", value, shape(formula, node)));
    }

    /** GivenTensorFill: numbers in an attribute; the shape as ConstantFill has it. */
    static void givenTensorFill(Formula formula, Node node) {
        List<Float> values = node.attributes().reals("values").orElse(List.of());
        Value numbers = formula.add("Constant", Map.of("value_floats", new Attribute.Reals(values)));
        formula.give(0, formula.add("Reshape", numbers, shape(formula, node)));
    }

    private static Value shape(Formula formula, Node node) {
        Value shape;
        if (!formula.has(0)) {
            shape = formula.integers(node.attributes().integers("shape").orElse(new long[0]));
        } else if (node.attributes().integer("input_as_shape", 0) != 0) {
            shape = formula.cast(formula.input(0), DataType.INT64);
        } else {
            shape = formula.add("Shape", formula.input(0));
        }
        Optional<long[]> more = node.attributes().integers("extra_shape").filter(dims -> dims.length > 0);
        return more.isPresent() ? formula.add("Concat", FIRST_AXIS, shape, formula.integers(more.get())) : shape;
    }

    /** The first MeanVarianceNormalization: of images, with a mean for each item or each of its channels. */
    static void meanVarianceNormalization(Formula formula, Node node) {
        boolean across = node.attributes().integer("across_channels", 0) != 0;
        long[] axes = across ? new long[] {1, 2, 3} : new long[] {2, 3};
        Map<String, Attribute> attributes = Map.of("axes", Formula.list(axes));
        if (node.attributes().integer("normalize_variance", 1) != 0) {
            formula.give(0, formula.add("MeanVarianceNormalization", attributes, formula.input(0)));
        } else {
            Value mean = formula.add("ReduceMean", formula.input(0), formula.integers(axes));
            formula.give(0, formula.add("Sub", formula.input(0), mean));
        }
    }
}
