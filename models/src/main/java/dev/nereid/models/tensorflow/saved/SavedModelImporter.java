package dev.nereid.models.tensorflow.saved;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.models.imported.ImportedModel;
import dev.nereid.models.operators.OperatorSet;
import dev.nereid.models.tensorflow.graph.TensorflowGraph;
import dev.nereid.models.tensorflow.operators.GraphLowering;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads SavedModels: one signature of one, as the engine's graph. */
public final class SavedModelImporter {
    private SavedModelImporter() {}

    /** The folder of a SavedModel that a path means: itself, or that of its file; empty for other paths. */
    public static Optional<Path> folder(Path path) {
        Path folder = path.endsWith(SavedModelFile.NAME) ? path.toAbsolutePath().resolveSibling("") : path;
        return SavedModelFile.isFolder(folder) ? Optional.of(folder) : Optional.empty();
    }

    /**
     * Imports the signature that a config's parameters choose; without, the default one. The caller closes it.
     *
     * @param operators what the engine has
     * @throws ModelFormatException if the model cannot be read or served
     */
    public static ImportedModel load(Path folder, OperatorSet operators, DeclaredPorts declared) {
        return ImportedModel.read("SavedModel", folder, memory -> {
            TensorflowGraph graph = SignatureReader.read(folder, declared.parameters(), memory);
            Graph lowered = GraphLowering.lower(String.valueOf(folder.getFileName()), graph, operators, memory);
            return new ImportedModel(lowered, List.of(), Map.of(), memory);
        });
    }
}
