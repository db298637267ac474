package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelOutput;
import dev.nereid.server.backend.ConfigFiles;
import dev.nereid.server.repository.folders.ModelLoadException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads the labels of outputs: text files in the model's folder with one label a line. */
final class ModelLabels {
    private ModelLabels() {}

    /**
     * Output name to its labels, for the outputs that have any.
     *
     * @throws ModelLoadException if a file cannot be read
     */
    static Map<String, List<String>> read(ModelConfig config, Path modelFolder) {
        Map<String, List<String>> labels = new HashMap<>();
        for (ModelOutput output : config.getOutputList()) {
            if (!output.getLabelFilename().isEmpty()) {
                labels.put(output.getName(), read(output, modelFolder));
            }
        }
        return labels;
    }

    private static List<String> read(ModelOutput output, Path modelFolder) {
        try {
            Path file = ConfigFiles.below(modelFolder, output.getLabelFilename());
            // Malformed UTF-8 is replaced, not refused: labels are for people.
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
        } catch (IOException e) {
            throw ModelLoadException.invalid("cannot read the labels of output '" + output.getName()
                    + "' from label_filename '" + output.getLabelFilename() + "': " + e);
        }
    }
}
