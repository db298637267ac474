package dev.nereid.models.operators.generation;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.control.CapturedInputs;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a node's graph that is a decoder like GPT-2 looks like. Its inputs, of {@code INT32} but the last: tokens and positions:
 * [rows, tokens]; mask: [rows, all tokens]; for each layer keys and values so far: [2, rows, heads, tokens before, size]. Its outputs:
 * scores: [rows, tokens, vocabulary]; for each layer keys and values: [2, rows, heads, all tokens, size].
 *
 * @param first the graph for the first run, where it is another one
 */
record GptDecoder(Graph graph, Optional<Graph> first, int layers, DataType type, int heads, int size) {
    static final String DECODER = "decoder";
    static final String FIRST = "init_decoder";

    /** Tokens, positions and mask come before the layers. */
    private static final int BEFORE_LAYERS = 3;

    private static final int RANK = 5;

    static GptDecoder of(Inference in) {
        Graph graph = in.attributes()
                .graph(DECODER)
                .orElseThrow(() -> new ModelFormatException("attribute '" + DECODER + "' is missing"));
        int layers = layers(in, graph);
        Optional<Graph> first = in.attributes().graph(FIRST);
        if (first.isPresent() && layers(in, first.get()) != layers) {
            throw new ModelFormatException("attribute '" + FIRST + "': expected a graph of " + layers + " layers, as '"
                    + DECODER + "' is, got one of " + layers(in, first.get()));
        }
        TensorType past = declared(graph);
        return new GptDecoder(graph, first, layers, past.dataType(), known(past, 2), known(past, RANK - 1));
    }

    private static int layers(Inference in, Graph graph) {
        int inputs = graph.inputs().size() - in.attributes().captured();
        int layers = inputs - BEFORE_LAYERS;
        if (layers < 1 || graph.outputs().size() != layers + 1) {
            throw new ModelFormatException("attribute '" + DECODER
                    + "': expected a graph of tokens, positions, a mask and layers that gives scores and layers, got one of "
                    + inputs + " inputs and " + graph.outputs().size() + " outputs");
        }
        return layers;
    }

    private static TensorType declared(Graph graph) {
        ValueType type = graph.types().get(graph.inputs().get(BEFORE_LAYERS));
        if (type instanceof TensorType tensor
                && tensor.hasRank()
                && tensor.rank() == RANK
                && (tensor.dataType() == DataType.FP32 || tensor.dataType() == DataType.FP16)) {
            return tensor;
        }
        throw new ModelFormatException("attribute '" + DECODER
                + "': expected layers declared as [2, rows, heads, tokens, size] of FP32 or FP16, got " + type);
    }

    private static int known(TensorType past, int axis) {
        if (!past.dim(axis).isKnown() || past.dim(axis).value() < 1) {
            throw new ModelFormatException("attribute '" + DECODER
                    + "': expected layers whose heads and their size are declared, got " + past);
        }
        return Math.toIntExact(past.dim(axis).value());
    }

    /** The types of the inputs of its graphs, what they capture among them, in any run. */
    List<ValueType> inputs(Inference in) {
        Dim rows = in.unknownDim();
        Dim tokens = in.unknownDim();
        Dim all = in.unknownDim();
        Dim before = in.unknownDim();
        List<ValueType> types = new ArrayList<>();
        types.add(TensorType.of(DataType.INT32, List.of(rows, tokens)));
        types.add(TensorType.of(DataType.INT32, List.of(rows, tokens)));
        types.add(TensorType.of(DataType.INT32, List.of(rows, all)));
        for (int layer = 0; layer < layers; layer++) {
            types.add(TensorType.of(type, List.of(Dim.of(2), rows, Dim.of(heads), before, Dim.of(size))));
        }
        types.addAll(CapturedInputs.of(in).types(in));
        return types;
    }

    /** As {@link dev.nereid.models.operators.SubgraphOperator#bodyInputs}. */
    Map<String, List<ValueType>> bodyInputs(Inference in) {
        Map<String, List<ValueType>> inputs = new LinkedHashMap<>();
        inputs.put(DECODER, inputs(in));
        first.ifPresent(_ -> inputs.put(FIRST, inputs(in)));
        return inputs;
    }

    /** @throws ModelFormatException if its graphs do not give what they shall, as far as that is known */
    void check(Inference in) {
        check(in.bodyTypes(graph, inputs(in)));
        first.ifPresent(other -> check(in.bodyTypes(other, inputs(in))));
    }

    private void check(List<ValueType> outputs) {
        for (int i = 0; i < outputs.size(); i++) {
            TensorType output = outputs.get(i).asTensor("output " + i + " of the decoder");
            int rank = i == 0 ? 3 : RANK;
            boolean fits = i == 0
                    ? output.dataType() == DataType.FP32 || output.dataType() == DataType.FP16
                    : output.dataType() == type;
            if (!fits || (output.hasRank() && output.rank() != rank)) {
                throw new ModelFormatException("output " + i + " of the decoder: expected a tensor of "
                        + (i == 0 ? "FP32 or FP16" : type) + " and of rank " + rank + ", got " + output);
            }
        }
    }
}
