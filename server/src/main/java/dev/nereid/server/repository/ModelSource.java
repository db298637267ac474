package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.SortedSet;

/**
 * A model as it lies in its folder, ready to be loaded.
 *
 * @param folder the model's folder, or a temporary one with a client's files
 * @param config as written, with the model's name; not completed
 * @param versions those that the version policy chooses; may be none
 * @param override whether its files are a client's and not the repository's
 * @param replacedFiles the files of the folder, if a client's config takes the place of the one there; else empty
 */
record ModelSource(
        ModelId id,
        Path folder,
        ModelConfig config,
        SortedSet<Long> versions,
        boolean override,
        List<String> replacedFiles) {
    ModelSource {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(folder, "folder");
        Objects.requireNonNull(config, "config");
        Objects.requireNonNull(versions, "versions");
        replacedFiles = List.copyOf(replacedFiles);
    }

    /**
     * Reads the folder of a model that is called as it is.
     *
     * @param parameters may hold a config that takes the place of config.pbtxt
     * @throws ModelLoadException if the config cannot be read, contradicts itself or belongs to another model
     */
    static ModelSource read(ModelId id, Path folder, LoadParameters parameters, ModelConfigReader reader) {
        return read(id, folder, parameters, reader, false);
    }

    /**
     * Reads a model's folder.
     *
     * @param parameters may hold a config that takes the place of config.pbtxt
     * @param renamed whether the model is called so whatever its config says
     * @throws ModelLoadException if the config cannot be read, contradicts itself or belongs to another model
     */
    static ModelSource read(
            ModelId id, Path folder, LoadParameters parameters, ModelConfigReader reader, boolean renamed) {
        String name = id.name();
        String configJson = parameters.configJson();
        // Before anything is read, so that what changes meanwhile counts as a change.
        List<String> replacedFiles = parameters.isConfigAlone() ? Fingerprint.filesOf(folder) : List.of();
        ModelConfig config = configJson.isEmpty() ? reader.read(folder) : ConfigOverride.parse(configJson);
        if (renamed || config.getName().isEmpty()) {
            config = config.toBuilder().setName(name).build();
        } else if (!config.getName().equals(name)) {
            throw ModelLoadException.invalid("unexpected directory name '" + name + "' for model '" + config.getName()
                    + "', directory name must equal model name");
        }
        SortedSet<Long> available = VersionFolders.available(folder);
        Path any = folder.resolve(available.isEmpty() ? "" : Long.toString(available.first()));
        ModelConfigChecks.checkWritten(BackendNames.complete(config, any));
        SortedSet<Long> versions = VersionFolders.select(config.getVersionPolicy(), available, id);
        return new ModelSource(id, folder, config, versions, !parameters.files().isEmpty(), replacedFiles);
    }

    /** The same model with a config that differs from the written one. */
    ModelSource withConfig(ModelConfig other) {
        return new ModelSource(id, folder, other, versions, override, replacedFiles);
    }

    Fingerprint fingerprint(long version) {
        return Fingerprint.of(config, folder, version);
    }

    Path versionFolder(long version) {
        return folder.resolve(Long.toString(version));
    }
}
