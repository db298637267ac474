package dev.nereid.models.tflite;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Writes a subgraph as the engine's graph. Used once, by one thread. */
final class TfliteGraph {
    private final GraphBuilder graph;
    private final TfliteFile.Subgraph subgraph;
    private final Map<Integer, Value> values = new HashMap<>();

    TfliteGraph(GraphBuilder graph, TfliteFile.Subgraph subgraph) {
        this.graph = graph;
        this.subgraph = subgraph;
    }

    /**
     * The graph.
     *
     * @param inputs names, one a tensor of the subgraph's inputs
     * @param outputs likewise
     */
    Graph write(String name, List<TfliteFile.Port> inputs, List<TfliteFile.Port> outputs) {
        for (TfliteFile.Port input : inputs) {
            TfliteTensor tensor = subgraph.tensors().get(input.tensor());
            values.put(input.tensor(), graph.input(input.name(), type(tensor)));
        }
        for (int i = 0; i < subgraph.operators().size(); i++) {
            write(i, subgraph.operators().get(i));
        }
        List<Value> results = new ArrayList<>();
        for (TfliteFile.Port output : outputs) {
            results.add(graph.output(output.name(), value(output.tensor())));
        }
        return graph.graph(name, results);
    }

    private void write(int place, TfliteFile.Invocation operator) {
        TfliteCall call = new TfliteCall(graph, operator, subgraph.tensors(), this::value);
        graph.scope(
                operator.outputs().length == 0
                        ? "operator " + place
                        : subgraph.tensors().get(operator.outputs()[0]).name());
        List<Value> results;
        try {
            results = TfliteTable.call(call);
        } catch (ModelFormatException e) {
            throw new ModelFormatException("operator " + place + ": " + e.getMessage(), e);
        } catch (ArithmeticException e) {
            throw new ModelFormatException("operator " + place + ", " + call.name() + ": a number is too large", e);
        }
        if (results.size() < operator.outputs().length) {
            throw new ModelFormatException("operator " + place + ", " + call.name() + ": it has "
                    + operator.outputs().length + " outputs, expected " + results.size());
        }
        for (int i = 0; i < operator.outputs().length; i++) {
            if (values.put(operator.outputs()[i], results.get(i)) != null) {
                throw new ModelFormatException("operator " + place + ", " + call.name() + ": tensor '"
                        + subgraph.tensors().get(operator.outputs()[i]).name() + "' is written twice");
            }
        }
    }

    private Value value(int tensor) {
        Value known = values.get(tensor);
        if (known != null) {
            return known;
        }
        TfliteTensor declared = subgraph.tensors().get(tensor);
        if (declared.isVariable()) {
            throw new ModelFormatException(
                    "tensor '" + declared.name() + "' is a state from run to run, which is not supported");
        }
        Value constant = graph.constant(
                declared.name() + "#" + tensor,
                declared.constant()
                        .orElseThrow(() -> new ModelFormatException(
                                "tensor '" + declared.name() + "' is read before it is written")));
        values.put(tensor, constant);
        return constant;
    }

    /** An input's type; a batch that is left open is the same for all inputs. */
    private static TensorType type(TfliteTensor tensor) {
        int[] signature = tensor.signature().length == tensor.shape().length ? tensor.signature() : tensor.shape();
        List<Dim> dims = new ArrayList<>();
        long elements = 1;
        for (int axis = 0; axis < signature.length; axis++) {
            if (signature[axis] < -1) {
                throw new ModelFormatException("input '" + tensor.name() + "' has an extent of " + signature[axis]);
            }
            elements *= Math.max(1, signature[axis]);
            if (elements > Integer.MAX_VALUE) {
                throw new ModelFormatException(
                        "input '" + tensor.name() + "' has more than " + Integer.MAX_VALUE + " elements");
            }
            String symbol = axis == 0 ? "batch" : tensor.name() + "." + axis;
            dims.add(signature[axis] < 0 ? Dim.symbol(symbol) : Dim.of(signature[axis]));
        }
        return new TensorType(tensor.type(), Optional.of(dims));
    }
}
