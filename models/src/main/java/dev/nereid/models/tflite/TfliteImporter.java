package dev.nereid.models.tflite;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.models.imported.GraphBuilder;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.models.imported.ImportedModel;
import dev.nereid.models.operators.OperatorSet;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the model files of TensorFlow Lite. */
public final class TfliteImporter {
    /** How much of a file tells whether it is one of these. */
    public static final int BEGINNING = 8;

    private static final int IDENTIFIER_AT = 4;
    private static final byte[] IDENTIFIER = "TFL3".getBytes(StandardCharsets.US_ASCII);
    private static final String SERVING = "serving_default";

    private TfliteImporter() {}

    /**
     * Whether a file is one of these.
     *
     * @param beginning its first bytes, {@link #BEGINNING} if it has so many
     */
    public static boolean reads(byte[] beginning) {
        return beginning.length >= BEGINNING
                && Arrays.equals(beginning, IDENTIFIER_AT, BEGINNING, IDENTIFIER, 0, IDENTIFIER.length);
    }

    /**
     * Imports the model in a file. The caller closes it.
     *
     * @param operators what the engine has
     * @param declared names of inputs and outputs: those of the tensors, or those of the signature
     * @throws ModelFormatException if the file cannot be read or is no model that can be served
     */
    public static ImportedModel load(Path file, OperatorSet operators, DeclaredPorts declared) {
        String name = String.valueOf(file.getFileName());
        return ImportedModel.read(
                "TFLite file", file, memory -> load(name, memory.map(file), operators, declared, memory));
    }

    /** As {@link #load(Path, OperatorSet, DeclaredPorts)}, of the bytes of a file. They are copied. */
    public static ImportedModel load(byte[] file, OperatorSet operators, DeclaredPorts declared) {
        return ImportedModel.read(memory -> load("model", memory.copy(file), operators, declared, memory));
    }

    private static ImportedModel load(
            String name, MemorySegment file, OperatorSet operators, DeclaredPorts declared, ImportMemory memory) {
        TfliteFile model = TfliteFile.read(file);
        Optional<TfliteFile.Signature> signature = signature(model);
        int index = signature.map(TfliteFile.Signature::subgraph).orElse(0);
        if (index < 0 || index >= model.subgraphs().size()) {
            throw new ModelFormatException("there is no subgraph " + index + "; the file has "
                    + model.subgraphs().size());
        }
        TfliteFile.Subgraph subgraph = model.subgraphs().get(index);
        List<TfliteFile.Port> inputs =
                ports(subgraph, subgraph.inputs(), signature.map(TfliteFile.Signature::inputs), declared.inputNames());
        List<TfliteFile.Port> outputs =
                ports(subgraph, subgraph.outputs(), signature.map(TfliteFile.Signature::outputs), declared.outputs());
        return new ImportedModel(
                new TfliteGraph(new GraphBuilder(operators, memory), subgraph).write(name, inputs, outputs),
                List.of(),
                Map.of("", GraphBuilder.OPSET, TfliteIntegers.DOMAIN, 1),
                memory);
    }

    /** The signature that is served: the one for serving, else the first. */
    private static Optional<TfliteFile.Signature> signature(TfliteFile model) {
        return model.signatures().stream()
                .filter(each -> each.key().equals(SERVING))
                .findFirst()
                .or(() -> model.signatures().stream().findFirst());
    }

    /** The signature's names, or the tensors' where the config uses those or there is no signature. */
    private static List<TfliteFile.Port> ports(
            TfliteFile.Subgraph subgraph,
            int[] tensors,
            Optional<List<TfliteFile.Port>> signature,
            List<String> configured) {
        List<TfliteFile.Port> own = new ArrayList<>();
        for (int tensor : tensors) {
            own.add(new TfliteFile.Port(subgraph.tensors().get(tensor).name(), tensor));
        }
        boolean tensorNames = !configured.isEmpty()
                && own.stream().map(TfliteFile.Port::name).toList().containsAll(configured);
        List<TfliteFile.Port> named = own;
        if (!tensorNames && signature.isPresent()) {
            named = new ArrayList<>();
            for (TfliteFile.Port port : own) {
                named.add(signature.get().stream()
                        .filter(each -> each.tensor() == port.tensor())
                        .findFirst()
                        .orElse(port));
            }
        }
        Set<String> names = new HashSet<>();
        for (TfliteFile.Port port : named) {
            if (port.name().isEmpty() || !names.add(port.name())) {
                throw new ModelFormatException("two inputs or outputs are called '" + port.name() + "'");
            }
        }
        return named;
    }
}
