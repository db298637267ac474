package dev.nereid.models.onnx;

import com.google.protobuf.CodedInputStream;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.models.imported.ImportedModel;
import dev.nereid.models.imported.OverridableInitializer;
import dev.nereid.proto.onnx.ModelProto;
import dev.nereid.proto.onnx.OperatorSetIdProto;
import dev.nereid.proto.onnx.ValueInfoProto;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Reads ONNX files. The weights stay where the file is mapped; only what describes the graph goes over the heap. */
public final class OnnxImporter {
    /** Nested subgraphs take three messages a level. */
    static final int RECURSION_LIMIT = 200;

    /** The latest operator set of each of ONNX's domains whose operators are known here. */
    private static final Map<String, Integer> LATEST_OPSETS =
            Map.of("", 28, "ai.onnx.ml", 5, "ai.onnx.preview", 1, "ai.onnx.preview.training", 1, "ai.onnx.training", 1);

    /** The version of the format from which on an initializer may be an input's default (ONNX IR.md). */
    private static final long FIRST_VERSION_WITH_DEFAULTS = 4;

    private OnnxImporter() {}

    /**
     * Imports the model in {@code file}. The caller closes it.
     *
     * @throws ModelFormatException if the file cannot be read or is not a valid model
     */
    public static ImportedModel load(Path file) {
        Optional<Path> folder = Optional.ofNullable(file.toAbsolutePath().getParent());
        return ImportedModel.read("ONNX file", file, memory -> load(memory.map(file), folder, memory));
    }

    /**
     * Imports the bytes of a file, which has no external data. They are copied. The caller closes the model.
     *
     * @throws ModelFormatException if they are not a valid model
     */
    public static ImportedModel load(byte[] file) {
        return ImportedModel.read(memory -> load(memory.copy(file), Optional.empty(), memory));
    }

    /**
     * Imports a model that lies in native memory.
     *
     * @param file plain native memory that outlives the model
     * @param folder where external data is
     * @param memory becomes the model's; the caller closes it when this throws
     */
    static ImportedModel load(MemorySegment file, Optional<Path> folder, ImportMemory memory) {
        MessageWithoutWeights stripped = MessageWithoutWeights.of(MessageWithoutWeights.Kind.MODEL, file);
        ModelProto model = parse(stripped);
        if (!model.hasGraph()) {
            throw new ModelFormatException("the model has no graph; the file is empty or not an ONNX model");
        }
        Map<String, Integer> opsets = opsets(model.getOpsetImportList());
        TensorReader tensors = new TensorReader(stripped.rawData(), memory, new ExternalData(folder, memory));
        Graph graph = new GraphImporter(model, tensors, memory).main(model.getGraph(), opsets);
        return new ImportedModel(graph, overridable(model, graph), opsets, memory);
    }

    /** The name that a domain has here: ONNX's own domain, which has two names, is the empty string. */
    static String domain(String domain) {
        return domain.equals("ai.onnx") ? "" : domain;
    }

    /** A later operator set may mean something else by an operator's name. */
    private static void requireKnown(OperatorSetIdProto entry) {
        Integer latest = LATEST_OPSETS.get(domain(entry.getDomain()));
        if (latest != null && entry.getVersion() > latest) {
            throw new ModelFormatException("the model is of opset " + entry.getVersion() + " of domain '"
                    + (entry.getDomain().isEmpty() ? "ai.onnx" : entry.getDomain())
                    + "': expected at most " + latest + "; export it for that opset");
        }
    }

    static Map<String, Integer> opsets(List<OperatorSetIdProto> imports) {
        Map<String, Integer> opsets = new HashMap<>();
        for (OperatorSetIdProto entry : imports) {
            if (entry.getVersion() < 0 || entry.getVersion() > Integer.MAX_VALUE) {
                throw new ModelFormatException("the opset version " + entry.getVersion() + " of domain '"
                        + entry.getDomain() + "' is impossible");
            }
            requireKnown(entry);
            opsets.merge(domain(entry.getDomain()), (int) entry.getVersion(), Math::max);
        }
        return opsets;
    }

    /** The initializers that a model lists among its inputs, in their order. */
    private static List<OverridableInitializer> overridable(ModelProto model, Graph graph) {
        if (model.getIrVersion() < FIRST_VERSION_WITH_DEFAULTS) {
            return List.of();
        }
        Map<String, Value> values = new HashMap<>();
        graph.initializers().keySet().forEach(value -> values.put(value.name(), value));
        List<OverridableInitializer> overridable = new ArrayList<>();
        for (ValueInfoProto input : model.getGraph().getInputList()) {
            Value value = values.get(input.getName());
            if (value != null && graph.types().get(value) instanceof TensorType declared) {
                overridable.add(new OverridableInitializer(
                        value,
                        declared,
                        Objects.requireNonNull(graph.initializers().get(value))));
            }
        }
        return overridable;
    }

    private static ModelProto parse(MessageWithoutWeights stripped) {
        CodedInputStream in = CodedInputStream.newInstance(stripped.message());
        in.enableAliasing(true);
        in.setRecursionLimit(RECURSION_LIMIT);
        try {
            return ModelProto.parseFrom(in);
        } catch (IOException e) {
            throw new ModelFormatException("the file is not an ONNX model: " + e.getMessage(), e);
        }
    }
}
