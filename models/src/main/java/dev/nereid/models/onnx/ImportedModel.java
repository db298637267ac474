package dev.nereid.models.onnx;

import dev.nereid.models.graph.Graph;
import java.util.Map;

/**
 * A graph as its file has it. The tensors of its initializers and attributes are views whose memory this object owns:
 * closing it ends their life, so whoever builds a plan copies or packs them first.
 */
public final class ImportedModel implements AutoCloseable {
    private final Graph graph;
    private final Map<String, Integer> opsets;
    private final ImportMemory memory;

    ImportedModel(Graph graph, Map<String, Integer> opsets, ImportMemory memory) {
        this.graph = graph;
        this.opsets = Map.copyOf(opsets);
        this.memory = memory;
    }

    public Graph graph() {
        return graph;
    }

    /** The operator set version of each domain that the file imports; ONNX's own domain is the empty string. */
    public Map<String, Integer> opsets() {
        return opsets;
    }

    @Override
    public void close() {
        memory.close();
    }
}
