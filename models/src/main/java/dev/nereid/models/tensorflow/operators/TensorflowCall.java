package dev.nereid.models.tensorflow.operators;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.operators.IntegerTensors;
import dev.nereid.models.tensorflow.graph.NodeAttributes;
import dev.nereid.models.tensorflow.graph.TensorflowNode;
import dev.nereid.tensor.DataType;
import java.util.List;
import java.util.Optional;

/**
 * A node that is lowered: its inputs as values of the graph that is written, its attributes with the operator's defaults.
 *
 * @param scope what surrounds the node
 */
record TensorflowCall(TensorflowNode node, List<Value> inputs, NodeAttributes attributes, GraphScope scope) {
    GraphBuilder graph() {
        return scope.graph();
    }

    /** An input, which must be there. */
    Value input(int index) {
        if (index >= inputs.size()) {
            throw new ModelFormatException("it has " + inputs.size() + " inputs: expected at least " + (index + 1));
        }
        return inputs.get(index);
    }

    /** The inputs from one on; those before it must be there. */
    List<Value> rest(int from) {
        input(from - 1);
        return inputs.subList(from, inputs.size());
    }

    DataType dataType(int index) {
        return graph().dataType(input(index));
    }

    int rank(int index) {
        return graph().rank(input(index));
    }

    /** What an input holds, as formulas of the shapes of the model's inputs; empty where only a run knows. */
    Optional<List<Dim>> content(int index) {
        return graph().content(input(index));
    }

    /** The integers that an input holds, which must be a constant or follow from shapes that are known. */
    long[] integers(int index) {
        Optional<long[]> constant = graph().constant(input(index)).flatMap(IntegerTensors::read);
        if (constant.isPresent()) {
            return constant.get();
        }
        return content(index)
                .filter(dims -> dims.stream().allMatch(Dim::isKnown))
                .map(dims -> dims.stream().mapToLong(Dim::value).toArray())
                .orElseThrow(() -> new ModelFormatException("its input " + index
                        + " must be a constant: integers that only a run knows are not supported there"));
    }

    /** Whether {@link #integers} knows what an input holds. */
    boolean knowsIntegers(int index) {
        return graph().constant(input(index)).flatMap(IntegerTensors::read).isPresent()
                || content(index)
                        .filter(dims -> dims.stream().allMatch(Dim::isKnown))
                        .isPresent();
    }

    /** The one integer that an input holds. */
    long integer(int index) {
        long[] integers = integers(index);
        if (integers.length != 1) {
            throw new ModelFormatException(
                    "its input " + index + " holds " + integers.length + " integers: expected one");
        }
        return integers[0];
    }

    /** An axis that an attribute or input names, from 0 on. */
    static int axis(long axis, int rank) {
        if (axis < -rank || axis >= rank) {
            throw new ModelFormatException("axis " + axis + " is impossible: expected one of a tensor of rank " + rank);
        }
        return (int) (axis < 0 ? axis + rank : axis);
    }

    /** An input as a list of INT64, for nodes that take sizes and axes as such. */
    Value longs(int index) {
        return longs(input(index));
    }

    Value longs(Value value) {
        Value cast = graph().cast(value, DataType.INT64);
        return graph().type(value).hasRank() && graph().rank(value) == 1
                ? cast
                : graph().node("Reshape", cast, graph().integers(-1));
    }

    ChannelsFirst layouts() {
        return scope.model().layouts();
    }

    Value node(String operator, Value... values) {
        return graph().node(operator, values);
    }

    /** A scalar of the datatype of an input. */
    Value scalarLike(int index, double number) {
        return graph().scalar(number, dataType(index));
    }
}
