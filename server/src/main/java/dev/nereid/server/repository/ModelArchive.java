package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.config.ModelConfigReader;
import dev.nereid.server.repository.folders.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * An unpacked archive that somebody brings as a model.
 *
 * @param root the folder to look into for models
 * @param folder the name of the model's own folder there
 */
record ModelArchive(Path root, String folder) {
    /** Says of a folder that it is a model and not full of them, as in Triton. */
    private static final String CONFIG = "config.pbtxt";

    /**
     * Finds the model of an archive: the archive itself, its only folder, or of several the ensemble that none of them is made
     * of.
     *
     * @param archive a folder, absolute
     * @throws InferException if it is no folder, or does not say which of its folders is meant
     */
    static ModelArchive of(Path archive) {
        if (!Files.isDirectory(archive)) {
            throw InferException.invalid("failed to register '" + archive + "', repository not found");
        }
        Path parent = archive.getParent();
        if (parent != null && Files.exists(archive.resolve(CONFIG))) {
            return new ModelArchive(parent, String.valueOf(archive.getFileName()));
        }
        List<Path> folders = folders(archive);
        List<Path> candidates = folders.size() == 1 ? folders : ensembles(folders);
        if (candidates.size() != 1) {
            throw InferException.invalid("expected one model in '" + archive
                    + "', or one ensemble with the models of its steps, got " + names(folders));
        }
        return new ModelArchive(archive, String.valueOf(candidates.getFirst().getFileName()));
    }

    private static List<Path> folders(Path archive) {
        try (Stream<Path> entries = Files.list(archive)) {
            return entries.filter(Files::isDirectory)
                    .filter(entry -> !String.valueOf(entry.getFileName()).startsWith("."))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw InferException.invalid("'" + archive + "' cannot be read: " + e);
        }
    }

    /** The ensembles that are no step of another one. */
    private static List<Path> ensembles(List<Path> folders) {
        ModelConfigReader reader = new ModelConfigReader("", false);
        Map<Path, ModelConfig> found = new LinkedHashMap<>();
        for (Path folder : folders) {
            try {
                ModelConfig config = reader.read(folder);
                if (EnsembleLoader.isEnsemble(config)) {
                    found.put(folder, config);
                }
            } catch (ModelLoadException _) {
                // Whoever loads the model says what is wrong with it.
            }
        }
        return found.keySet().stream()
                .filter(folder -> found.values().stream().noneMatch(config -> hasStep(config, folder)))
                .toList();
    }

    private static boolean hasStep(ModelConfig ensemble, Path folder) {
        String name = String.valueOf(folder.getFileName());
        return ensemble.getEnsembleScheduling().getStepList().stream()
                .anyMatch(step -> step.getModelName().equals(name));
    }

    private static String names(List<Path> folders) {
        return folders.isEmpty()
                ? "no folder"
                : "the folders "
                        + String.join(
                                ", ",
                                folders.stream()
                                        .map(folder -> String.valueOf(folder.getFileName()))
                                        .toList());
    }
}
