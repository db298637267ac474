package dev.nereid.models.operators.quantized;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.operators.elementwise.ElementwiseOperators;
import dev.nereid.models.operators.movement.MovementOperators;
import dev.nereid.models.operators.nn.NnOperators;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * A quantised operator that is a float operator between dequantisation and quantisation, each with one scale for all of a
 * tensor. With the attribute {@code channels_last} images are [batch, spatial..., channels].
 *
 * @param name of the float operator
 * @param opset the float operator's, from the node's attributes
 * @param attributes the float operator's, from the node's
 * @param inputs the float operator's, for so many of the node's
 * @param output where the output's scale is
 */
record OverFloats(
        String name,
        Function<Attributes, Integer> opset,
        Function<Attributes, Attributes> attributes,
        IntFunction<List<QuantizedPort>> inputs,
        QuantizedPort output)
        implements Operator {
    private static final class FloatOperators {
        private static final OperatorSet ALL =
                new OperatorSet(ElementwiseOperators.all(), MovementOperators.all(), NnOperators.all());
    }

    /** An operator whose attributes are the float operator's own. */
    static OverFloats of(String name, int opset, QuantizedPort output, QuantizedPort... inputs) {
        List<QuantizedPort> ports = List.of(inputs);
        return new OverFloats(name, _ -> opset, attributes -> attributes, _ -> ports, output);
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        Inference floats = new FloatInference(
                inference,
                inputs.apply(inference.inputs()),
                name,
                opset.apply(inference.attributes()),
                attributes.apply(inference.attributes()));
        TensorType type =
                operator(inference.attributes()).outputTypes(floats).getFirst().asTensor("output 0");
        DataType quantized = quantizedType(inference);
        boolean last = isChannelsLast(inference.attributes());
        return List.of((last ? channelsLast(type) : type).withDataType(quantized));
    }

    @Override
    public void lower(Lowering lowering) {
        operator(lowering.attributes())
                .lower(new FloatLowering(
                        lowering,
                        inputs.apply(lowering.inputs()),
                        output,
                        name,
                        opset.apply(lowering.attributes()),
                        attributes.apply(lowering.attributes())));
    }

    /** The zero point's type, or else that of the quantised inputs. */
    private DataType quantizedType(Inference inference) {
        if (inference.has(output.zeroPoint())) {
            IntegerProduct.isSigned(inference, output.zeroPoint());
            return inference.type(output.zeroPoint()).dataType();
        }
        return inputs.apply(inference.inputs()).stream()
                .filter(QuantizedPort::isQuantized)
                .findFirst()
                .map(port -> inference.type(port.tensor()).dataType())
                .orElseThrow(() -> new ModelFormatException("expected at least one quantised input"));
    }

    private Operator operator(Attributes given) {
        return FloatOperators.ALL
                .find("", name, opset.apply(given))
                .orElseThrow(() -> new ModelFormatException("there is no " + name + " of opset " + opset.apply(given)))
                .operator();
    }

    static boolean isChannelsLast(Attributes attributes) {
        return attributes.integer("channels_last", 0) != 0;
    }

    /** The order in which axes with the channels last become [batch, channels, spatial...]. */
    static int[] toChannelsFirst(int rank) {
        int[] order = new int[rank];
        order[1] = rank - 1;
        for (int axis = 2; axis < rank; axis++) {
            order[axis] = axis - 1;
        }
        return order;
    }

    /** The order in which [batch, channels, spatial...] become axes with the channels last. */
    static int[] toChannelsLast(int rank) {
        int[] order = new int[rank];
        for (int axis = 1; axis < rank - 1; axis++) {
            order[axis] = axis + 1;
        }
        order[rank - 1] = 1;
        return order;
    }

    static TensorType channelsFirst(TensorType type) {
        return type.hasRank() ? permuted(type, toChannelsFirst(checkedRank(type.rank()))) : type;
    }

    static TensorType channelsLast(TensorType type) {
        return type.hasRank() ? permuted(type, toChannelsLast(checkedRank(type.rank()))) : type;
    }

    static Shape channelsFirst(Shape shape) {
        return permuted(shape, toChannelsFirst(checkedRank(shape.rank())));
    }

    static Shape channelsLast(Shape shape) {
        return permuted(shape, toChannelsLast(checkedRank(shape.rank())));
    }

    private static int checkedRank(int rank) {
        if (rank < 3) {
            throw new ModelFormatException("expected an image with channels, got a tensor of rank " + rank);
        }
        return rank;
    }

    private static TensorType permuted(TensorType type, int[] order) {
        List<Dim> dims = new ArrayList<>();
        for (int axis : order) {
            dims.add(type.dim(axis));
        }
        return TensorType.of(type.dataType(), dims);
    }

    private static Shape permuted(Shape shape, int[] order) {
        long[] dims = new long[order.length];
        for (int axis = 0; axis < dims.length; axis++) {
            dims[axis] = shape.dim(order[axis]);
        }
        return Shape.of(dims);
    }
}
