package dev.nereid.server.repository;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.backend.plan.PlanFormat;
import dev.nereid.server.repository.config.BackendNames;
import dev.nereid.server.repository.config.ConfigOverride;
import dev.nereid.server.repository.config.ModelConfigChecks;
import dev.nereid.server.repository.config.ModelConfigReader;
import dev.nereid.server.repository.folders.ModelFiles;
import dev.nereid.server.repository.folders.ModelId;
import dev.nereid.server.repository.folders.ModelLoadException;
import dev.nereid.server.repository.folders.RepositoryLayoutHints;
import dev.nereid.server.repository.folders.VersionFolders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;

/**
 * A model as it lies in its place, ready to be loaded.
 *
 * @param config as written, with the model's name; not completed
 * @param versions those that the version policy chooses; may be none
 * @param replacedFiles the files of the model, if a client's config takes the place of the one there; else empty
 */
record ModelSource(
        ModelId id,
        ModelFiles files,
        ModelConfig config,
        SortedSet<Long> versions,
        Origin origin,
        List<String> replacedFiles) {
    /** Whose the files are. */
    enum Origin {
        /** The repository's, which is on this machine. */
        HERE,
        /** Copies of those that lie in a store. */
        STORE,
        /** A client's, in a temporary folder. */
        CLIENT
    }

    ModelSource {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(files, "files");
        Objects.requireNonNull(config, "config");
        Objects.requireNonNull(versions, "versions");
        Objects.requireNonNull(origin, "origin");
        replacedFiles = List.copyOf(replacedFiles);
    }

    /**
     * Reads the files of a model of this machine that is called as it is.
     *
     * @param parameters may hold a config that takes the place of config.pbtxt
     * @throws ModelLoadException if the config cannot be read, contradicts itself or belongs to another model
     */
    static ModelSource read(ModelId id, Path place, LoadParameters parameters, ModelConfigReader reader) {
        return read(id, place, parameters, reader, false, Origin.HERE);
    }

    /**
     * Reads a model's files.
     *
     * @param place the model's folder, or the ONNX file that it consists of
     * @param parameters may hold a config that takes the place of config.pbtxt
     * @param renamed whether the model is called so whatever its config says
     * @param repository where the files come from if they are not a client's
     * @throws ModelLoadException if the config cannot be read, contradicts itself or belongs to another model
     */
    static ModelSource read(
            ModelId id,
            Path place,
            LoadParameters parameters,
            ModelConfigReader reader,
            boolean renamed,
            Origin repository) {
        String name = id.name();
        ModelFiles files = ModelFiles.at(place);
        Origin origin = parameters.files().isEmpty() ? repository : Origin.CLIENT;
        String configJson = parameters.configJson();
        // Before anything is read, so that what changes meanwhile counts as a change.
        List<String> replacedFiles = parameters.isConfigAlone() ? Fingerprint.filesOf(files) : List.of();
        ModelConfigReader ofOrigin = switch (origin) {
            case HERE -> reader;
            case STORE -> reader.forStores();
            case CLIENT -> reader.withoutVariables();
        };
        ModelConfig config = configJson.isEmpty() ? ofOrigin.read(files) : ConfigOverride.parse(configJson);
        if (renamed || config.getName().isEmpty()) {
            config = config.toBuilder().setName(name).build();
        } else if (!config.getName().equals(name)) {
            throw ModelLoadException.invalid("unexpected directory name '" + name + "' for model '" + config.getName()
                    + "', directory name must equal model name");
        }
        config = withFile(config, files);
        SortedSet<Long> available = files.versions();
        Path any = available.isEmpty() ? files.folder() : files.versionFolder(available.first());
        ModelConfigChecks.checkWritten(BackendNames.complete(
                config, any, () -> origin == Origin.HERE ? " " + unknownKindAdvice(any, available) : ""));
        SortedSet<Long> versions = VersionFolders.select(config.getVersionPolicy(), available, id);
        return new ModelSource(id, files, config, versions, origin, replacedFiles);
    }

    private static String unknownKindAdvice(Path any, SortedSet<Long> available) {
        return available.isEmpty()
                ? RepositoryLayoutHints.noVersion(any, available, true)
                : RepositoryLayoutHints.noModelFile(any, RepositoryLayoutHints.MODEL);
    }

    /** A config says which file a version is; that of a model which is one file says that it is this one. */
    private static ModelConfig withFile(ModelConfig config, ModelFiles files) {
        if (!(files instanceof ModelFiles.SingleFile file) || EnsembleLoader.isEnsemble(config)) {
            return config;
        }
        ModelConfig.Builder builder = config.toBuilder();
        if (config.getBackend().isEmpty() && config.getPlatform().isEmpty()) {
            builder.setBackend(file.kind().backend());
        }
        if (config.getDefaultModelFilename().isEmpty()) {
            builder.setDefaultModelFilename(file.fileName());
        }
        return builder.build();
    }

    /** The same model with a config that differs from the written one. */
    ModelSource withConfig(ModelConfig other) {
        return new ModelSource(id, files, other, versions, origin, replacedFiles);
    }

    Fingerprint fingerprint(long version) {
        return Fingerprint.of(config, files, version);
    }

    /** Whether the files are a client's and not the repository's. */
    boolean override() {
        return origin == Origin.CLIENT;
    }

    /** Where the files lie that belong to no version. */
    Path folder() {
        return files.folder();
    }

    Path versionFolder(long version) {
        return files.versionFolder(version);
    }

    /** Why there is no version to serve, in words for the owner of the files; empty where those are elsewhere. */
    Optional<String> noVersionAdvice() {
        if (origin != Origin.HERE) {
            return Optional.empty();
        }
        boolean onnx = List.of("", PlanFormat.ONNX.backend()).contains(config.getBackend())
                && !EnsembleLoader.isEnsemble(config);
        return Optional.of(RepositoryLayoutHints.noVersion(files.folder(), files.versions(), onnx));
    }

    /** What a version has in place of a file that is not there, for the owner of the files; empty where that is no model's file. */
    Optional<String> noFileAdvice(long version, String file) {
        Path folder = files.versionFolder(version);
        String name = file.isEmpty() ? RepositoryLayoutHints.MODEL : file;
        return origin == Origin.HERE
                        && RepositoryLayoutHints.holdsModelFile(folder)
                        && !Files.exists(folder.resolve(name))
                ? Optional.of(RepositoryLayoutHints.noModelFile(folder, name))
                : Optional.empty();
    }
}
