package dev.nereid.models.operators.quantized;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.Value;
import dev.nereid.models.operators.Formula;
import dev.nereid.models.operators.FunctionOperator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;

/**
 * A quantised operator computed as dequantise, float operator, quantise, each with one scale per tensor; the output has the
 * zero point's type, or else that of the first quantised input.
 *
 * @param floats the float operator
 * @param inputs where the float operator's inputs are, for so many of the node's
 * @param output where the output's scale is
 */
record DequantizedOperator(FloatOperator floats, IntFunction<List<QuantizedPort>> inputs, QuantizedPort output)
        implements FunctionOperator {
    /** Makes the float operator's output. */
    @FunctionalInterface
    interface FloatOperator {
        Value add(Formula formula, Attributes attributes, List<Value> inputs);
    }

    /** An operator of ONNX with the node's attributes. */
    static DequantizedOperator of(String name, QuantizedPort output, QuantizedPort... inputs) {
        List<QuantizedPort> ports = List.of(inputs);
        return new DequantizedOperator(plain(name), _ -> ports, output);
    }

    /** An operator of ONNX with the node's attributes. */
    static FloatOperator plain(String name) {
        return (formula, attributes, values) -> formula.add(name, attributes.map(), values.toArray(Value[]::new));
    }

    @Override
    public List<Node> expand(Node node) {
        Formula formula = new Formula(node);
        List<QuantizedPort> ports = inputs.apply(node.inputs().size());
        List<Value> values = new ArrayList<>();
        for (QuantizedPort port : ports) {
            values.add(port.isQuantized() ? dequantized(formula, node, port) : formula.input(port.tensor()));
        }
        Value y = floats.add(formula, node.attributes(), values);
        Value zeroPoint = node.input(output.zeroPoint()).orElseGet(() -> zero(formula, ports));
        List<Optional<Value>> quantization =
                List.of(Optional.of(y), Optional.of(formula.input(output.scale())), Optional.of(zeroPoint));
        formula.give(
                0,
                formula.microsoft("QuantizeLinear", Map.of(), quantization, 1).getFirst());
        return formula.nodes();
    }

    private static Value dequantized(Formula formula, Node node, QuantizedPort port) {
        List<Optional<Value>> dequantization = List.of(
                Optional.of(formula.input(port.tensor())),
                Optional.of(formula.input(port.scale())),
                node.input(port.zeroPoint()));
        return formula.microsoft("DequantizeLinear", Map.of(), dequantization, 1)
                .getFirst();
    }

    /** A zero of the type of the first quantised input. */
    private static Value zero(Formula formula, List<QuantizedPort> ports) {
        QuantizedPort first = ports.stream()
                .filter(QuantizedPort::isQuantized)
                .findFirst()
                .orElseThrow(() -> new ModelFormatException("expected at least one quantised input"));
        return formula.add("CastLike", formula.real(0), formula.input(first.tensor()));
    }

    /** AveragePool of images [batch, channels, spatial...], or with the attribute channels_last [batch, spatial..., channels]. */
    static Value averagePool(Formula formula, Attributes attributes, List<Value> inputs) {
        if (!ChannelsLastImages.isAskedFor(attributes)) {
            return plain("AveragePool").add(formula, attributes, inputs);
        }
        int rank = 2
                + attributes
                        .integers("kernel_shape")
                        .orElseThrow(() -> new ModelFormatException("attribute 'kernel_shape' is missing"))
                        .length;
        Value turned = transposed(formula, inputs.getFirst(), ChannelsLastImages.toChannelsFirst(rank));
        Value pooled = plain("AveragePool").add(formula, attributes, List.of(turned));
        return transposed(formula, pooled, ChannelsLastImages.toChannelsLast(rank));
    }

    private static Value transposed(Formula formula, Value value, int[] order) {
        long[] axes = Arrays.stream(order).asLongStream().toArray();
        return formula.add("Transpose", Map.of("perm", Formula.list(axes)), value);
    }

    /** GlobalAveragePool, with the attribute channels_last as above. */
    static Value globalAveragePool(Formula formula, Attributes attributes, List<Value> inputs) {
        if (!ChannelsLastImages.isAskedFor(attributes)) {
            return formula.add("GlobalAveragePool", inputs.getFirst());
        }
        Value one = formula.integer(1);
        Value rank = formula.add("Size", formula.add("Shape", inputs.getFirst()));
        Value axes = formula.add("Range", one, formula.add("Sub", rank, one), one);
        return formula.add("ReduceMean", inputs.getFirst(), axes);
    }

    /** Softmax as the ONNX opset in the attribute {@code opset} has it; along the last axis where none is named. */
    static Value softmax(Formula formula, Attributes attributes, List<Value> inputs) {
        Attribute axis = new Attribute.Int(attributes.integer("axis", -1));
        int opset = Math.toIntExact(attributes.integer("opset", 13));
        return formula.add(opset, "Softmax", Map.of("axis", axis), inputs.getFirst());
    }

    /** ReduceMean with its axes as an attribute, as before they became an input. */
    static Value reduceMean(Formula formula, Attributes attributes, List<Value> inputs) {
        return formula.add(13, "ReduceMean", attributes.map(), inputs.getFirst());
    }
}
