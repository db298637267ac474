package dev.nereid.models.imported;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.Value;
import dev.nereid.models.graph.ValueType;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A graph as its file has it. The tensors of its initializers and attributes are views whose memory this object owns:
 * closing it ends their life, so whoever builds a plan copies or packs them first.
 */
public final class ImportedModel implements AutoCloseable {
    private final Graph graph;
    private final List<OverridableInitializer> overridable;
    private final Map<String, Integer> opsets;
    private final List<DimLimit> limits;
    private final ImportMemory memory;

    /** Reads a model into memory, which becomes the model's. */
    @FunctionalInterface
    public interface Reader {
        ImportedModel read(ImportMemory memory) throws IOException;
    }

    /**
     * Reads a model; where that fails, its memory is closed.
     *
     * @param kind what the file is said to be in errors, as "ONNX file"
     * @throws ModelFormatException if the file cannot be read or is not a valid model; begins with kind and name
     */
    public static ImportedModel read(String kind, Path file, Reader reader) {
        String named = kind + " '" + file.getFileName() + "'";
        try {
            return reading(reader);
        } catch (ModelFormatException e) {
            throw new ModelFormatException(named + ": " + e.getMessage(), e);
        } catch (IOException e) {
            throw new ModelFormatException(named + " cannot be read: " + e, e);
        }
    }

    /** As the other method, of bytes that lie in no file. */
    public static ImportedModel read(Reader reader) {
        try {
            return reading(reader);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ImportedModel reading(Reader reader) throws IOException {
        ImportMemory memory = new ImportMemory();
        try {
            return reader.read(memory);
        } catch (IOException | RuntimeException | Error e) {
            memory.close();
            throw e;
        }
    }

    /** As the other constructor, of a file that says nothing of bounds. */
    public ImportedModel(
            Graph graph, List<OverridableInitializer> overridable, Map<String, Integer> opsets, ImportMemory memory) {
        this(graph, overridable, opsets, List.of(), memory);
    }

    /**
     * @param overridable initializers of {@code graph}
     * @param opsets see {@link #opsets}
     * @param limits see {@link #limits}
     * @param memory becomes this model's
     */
    public ImportedModel(
            Graph graph,
            List<OverridableInitializer> overridable,
            Map<String, Integer> opsets,
            List<DimLimit> limits,
            ImportMemory memory) {
        this.limits = List.copyOf(limits);
        this.graph = graph;
        this.overridable = List.copyOf(overridable);
        this.opsets = Collections.unmodifiableMap(new HashMap<>(opsets)); // keeps look-up fast, see Attributes
        this.memory = memory;
    }

    /** The graph with every initializer a constant. */
    public Graph graph() {
        return graph;
    }

    /** Initializers in whose place a run may bring something else. */
    public List<OverridableInitializer> overridable() {
        return overridable;
    }

    /**
     * The graph with some of its {@linkplain #overridable overridable initializers} as further inputs, behind the others.
     *
     * @param names of the initializers
     * @throws ModelFormatException if one is not there, or is not what the file declares
     */
    public Graph graph(Set<String> names) {
        if (names.isEmpty()) {
            return graph;
        }
        Set<String> missing = new HashSet<>(names);
        List<Value> inputs = new ArrayList<>(graph.inputs());
        Map<Value, Tensor> constants = new HashMap<>(graph.initializers());
        Map<Value, ValueType> types = new HashMap<>(graph.types());
        for (OverridableInitializer each : overridable) {
            if (missing.remove(each.value().name())) {
                each.check();
                inputs.add(each.value());
                constants.remove(each.value());
                types.put(each.value(), each.type());
            }
        }
        if (!missing.isEmpty()) {
            throw new ModelFormatException(
                    "'" + missing.iterator().next() + "' is no initializer that the model lists among its inputs");
        }
        return new Graph(graph.name(), inputs, graph.outputs(), graph.nodes(), constants, types);
    }

    /** The operator set version of each domain that the file imports; ONNX's own domain is the empty string. */
    public Map<String, Integer> opsets() {
        return opsets;
    }

    /** Bounds of dims of inputs within which the graph holds. */
    public List<DimLimit> limits() {
        return limits;
    }

    @Override
    public void close() {
        memory.close();
    }
}
