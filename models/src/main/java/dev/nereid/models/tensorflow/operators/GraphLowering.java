package dev.nereid.models.tensorflow.operators;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.tensorflow.graph.ConstantReader;
import dev.nereid.models.tensorflow.graph.NodeOutput;
import dev.nereid.models.tensorflow.graph.TensorflowGraph;
import dev.nereid.models.tensorflow.graph.TensorflowInput;
import dev.nereid.models.tensorflow.graph.TensorflowOutput;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Turns a TensorFlow graph into the engine's. */
public final class GraphLowering {
    private GraphLowering() {}

    /**
     * The engine's graph: inputs and outputs are those of {@code source}, in its order.
     *
     * @param operators what the engine has
     * @param memory where constants are put; outlives the graph
     * @throws ModelFormatException if an operator is not known, or something is wrong with the graph; names the node
     */
    public static Graph lower(String name, TensorflowGraph source, OperatorSet operators, ImportMemory memory) {
        GraphBuilder graph = new GraphBuilder(operators, memory);
        Map<NodeOutput, Value> given = new HashMap<>();
        for (TensorflowInput input : source.inputs()) {
            if (given.put(input.feeds(), graph.input(input.name(), input.type())) != null) {
                throw new ModelFormatException("two inputs feed '" + input.feeds() + "'");
            }
        }
        GraphScope scope = new GraphScope(
                graph,
                new GraphScope.ModelParts(
                        new ConstantReader(memory), source.variables(), source.functions(), new ChannelsFirst()),
                source.nodes(),
                given,
                0);
        if (source.outputs().isEmpty()) {
            throw new ModelFormatException("the graph has no outputs");
        }
        List<Value> outputs = new ArrayList<>();
        for (TensorflowOutput output : source.outputs()) {
            outputs.add(graph.output(output.name(), scope.value(output.value())));
        }
        return graph.graph(name, outputs);
    }
}
