package dev.nereid.server.repository;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Reads models as they lie in the repository's folders. Looks anew every time; any thread. */
final class ModelSources {
    private final ModelFolders folders;
    private final ModelConfigReader reader;

    ModelSources(ModelFolders folders, ModelConfigReader reader) {
        this.folders = folders;
        this.reader = reader;
    }

    /** The models of a name; at least one, which cannot be read where there is none. */
    Set<ModelId> named(String name) {
        return folders.find(name).keySet();
    }

    /**
     * Reads a model.
     *
     * @throws ModelLoadException if it lies nowhere or in two places, or cannot be read
     */
    ModelSource read(ModelId id) {
        return read(id, folders.find(id.name()).getOrDefault(id, List.of()), LoadParameters.NONE);
    }

    /**
     * Reads a model with what a client sent along.
     *
     * @param places its folders
     * @throws ModelLoadException if these are none or several, or cannot be read
     */
    ModelSource read(ModelId id, List<Path> places, LoadParameters parameters) {
        if (places.isEmpty()) {
            throw ModelLoadException.invalid("there is no model of this name in the repository");
        }
        if (places.size() > 1) {
            throw ModelLoadException.invalid(ModelFolders.AMBIGUOUS);
        }
        return ModelSource.read(id, places.getFirst(), parameters, reader);
    }
}
