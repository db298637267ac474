package dev.nereid.server.repository;

import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;

/**
 * Reads models as they lie in the repository's folders, with which their repository agents agree. Looks anew every time; any
 * thread.
 */
final class ModelSources {
    private final ModelFolders folders;
    private final ModelConfigReader reader;
    private final ModelCatalog catalog;

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
        ModelSource source = unchecked(id, places, LoadParameters.NONE);
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
        ModelSource source = unchecked(id, places, parameters);
        RepositoryAgents.check(source);
        return source;
    }

    private ModelSource unchecked(ModelId id, List<Path> places, LoadParameters parameters) {
        if (places.isEmpty()) {
            throw ModelLoadException.invalid("model not found in any model repository");
        }
        if (places.size() > 1) {
            throw ModelLoadException.invalid(ModelFolders.AMBIGUOUS);
        }
        Path folder = places.getFirst();
        folders.fetch(folder);
        return ModelSource.read(id, folder, parameters, reader, folders.isRenamed(id.name()));
    }
}
