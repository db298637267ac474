package dev.nereid.server.repository.folders;

import dev.nereid.server.storage.RemoteFolder;
import dev.nereid.server.storage.RemoteFolders;
import dev.nereid.server.storage.StorageException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** A folder of a store, whose models are copied when they are read. */
record RemoteRoot(String text, RemoteFolder folder) implements OpenRoot {
    static RemoteRoot open(RepositoryRoot.Remote root) {
        return read(
                root.text(), () -> new RemoteRoot(root.text(), RemoteFolders.open(root.text(), root.environment())));
    }

    @Override
    public List<Path> models() {
        return read(text, () -> folder.names().stream().map(folder::copy).toList());
    }

    @Override
    public List<Path> models(String name) {
        return read(text, () -> folder.holds(name) ? List.of(folder.copy(name)) : List.of());
    }

    @Override
    public boolean owns(Path place) {
        return place.equals(folder.copy(String.valueOf(place.getFileName())));
    }

    @Override
    public void fetch(String name) {
        try {
            folder.fetch(name);
        } catch (StorageException e) {
            throw ModelLoadException.invalid("model repository '" + text + "': " + e.text());
        }
    }

    @Override
    public void retain(Predicate<String> needed) {
        folder.retain(needed);
    }

    @Override
    public String emptyText() {
        return "expected <model>/<version>/model.onnx"
                + (read(text, () -> folder.holdsFile("config.pbtxt"))
                        ? "; it is a model itself, and its parent is the repository"
                        : "");
    }

    @Override
    public boolean isLocal() {
        return false;
    }

    @Override
    public void close() {
        folder.close();
    }

    private static <T> T read(String text, Supplier<T> call) {
        try {
            return call.get();
        } catch (StorageException e) {
            throw new IllegalArgumentException("model repository '" + text + "' cannot be read: " + e.text(), e);
        }
    }
}
