package dev.nereid.server.repository;

import dev.nereid.server.repository.config.ModelConfigReader;
import dev.nereid.server.repository.folders.ModelFiles;
import dev.nereid.server.repository.folders.ModelFolders;
import dev.nereid.server.repository.folders.ModelId;
import dev.nereid.server.repository.folders.ModelLoadException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reads models as they lie in the repository's folders, with which their repository agents agree. Looks anew every time. A
 * config that a client sent stays a model's config until the model is unloaded or a file in its folder changes. Any thread.
 */
final class ModelSources {
    private final ModelFolders folders;
    private final ModelConfigReader reader;
    private final ModelCatalog catalog;

    /** Models that were loaded with a client's config and files of the repository. */
    private final Map<ModelId, ModelSource> overridden = new ConcurrentHashMap<>();

    ModelSources(ModelFolders folders, ModelConfigReader reader, ModelCatalog catalog) {
        this.folders = folders;
        this.reader = reader;
        this.catalog = catalog;
    }

    /**
     * The models of a name with their folders; at least one, without a folder where there is none.
     *
     * @throws ModelLoadException if nobody can tell
     */
    SortedMap<ModelId, List<Path>> find(String name) {
        try {
            return folders.find(name);
        } catch (IllegalArgumentException e) {
            throw ModelLoadException.invalid(String.valueOf(e.getMessage()));
        }
    }

    /**
     * Reads a model.
     *
     * @param places its folders
     * @param always whether its agents are asked though nothing has changed
     * @throws ModelLoadException if these are none or several, cannot be read, or an agent objects
     */
    ModelSource read(ModelId id, List<Path> places, boolean always) {
        ModelSource source = asLastLoaded(id, places).orElseGet(() -> unchecked(id, places, LoadParameters.NONE));
        if (RepositoryAgents.isAsked(source) && (always || !catalog.entry(id).holds(source))) {
            RepositoryAgents.check(source);
        }
        return source;
    }

    /**
     * Reads a model with what a client sent along.
     *
     * @param places its folders
     * @throws ModelLoadException if these are none or several, cannot be read, or an agent objects
     */
    ModelSource read(ModelId id, List<Path> places, LoadParameters parameters) {
        ModelSource source = parameters.isOverride()
                ? unchecked(id, places, parameters)
                : asLastLoaded(id, places).orElseGet(() -> unchecked(id, places, parameters));
        RepositoryAgents.check(source);
        return source;
    }

    /** Notes that a model was loaded: further loads of unchanged files take the client's config, if it came with one. */
    void loaded(ModelSource source) {
        if (source.replacedFiles().isEmpty()) {
            overridden.remove(source.id());
        } else {
            overridden.put(source.id(), source);
        }
    }

    /** The model with the config that a client sent, while it is loaded and no file in its folder has changed. */
    private Optional<ModelSource> asLastLoaded(ModelId id, List<Path> places) {
        ModelSource source = overridden.get(id);
        if (source == null) {
            return Optional.empty();
        }
        boolean unchanged =
                catalog.existing(id).filter(entry -> !entry.ready().isEmpty()).isPresent()
                        && places.stream().map(ModelFiles::at).toList().equals(List.of(source.files()))
                        && Fingerprint.filesOf(source.files()).equals(source.replacedFiles());
        if (!unchanged) {
            overridden.remove(id, source);
            return Optional.empty();
        }
        return Optional.of(source);
    }

    private ModelSource unchecked(ModelId id, List<Path> places, LoadParameters parameters) {
        if (places.isEmpty()) {
            throw ModelLoadException.invalid("model not found in any model repository");
        }
        if (places.size() > 1) {
            throw ModelLoadException.invalid(ModelFolders.AMBIGUOUS);
        }
        Path place = places.getFirst();
        folders.fetch(place);
        return ModelSource.read(
                id,
                place,
                parameters,
                reader,
                folders.isRenamed(id.name()),
                folders.isLocal(place) ? ModelSource.Origin.HERE : ModelSource.Origin.STORE);
    }
}
