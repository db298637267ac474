package dev.nereid.server.repository.folders;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A folder of this machine. */
record LocalRoot(Path path) implements OpenRoot {
    static LocalRoot open(RepositoryRoot.Local root) {
        Path path = root.path();
        if (!Files.isDirectory(path)) {
            throw new IllegalArgumentException("failed to stat file " + path + ": the model repository "
                    + (Files.exists(path) ? "is not a folder" : "does not exist")
                    + (ModelFiles.isModelFile(path) ? "; to serve the file as it lies: nereid serve " + path : ""));
        }
        LocalRoot open = new LocalRoot(path);
        open.models();
        return open;
    }

    @Override
    public String text() {
        return path.toString();
    }

    @Override
    public List<Path> models() {
        try (Stream<Path> entries = Files.list(path)) {
            return entries.filter(Files::isDirectory).sorted().toList();
        } catch (IOException e) {
            throw new IllegalArgumentException("model repository '" + path + "' cannot be read: " + e, e);
        }
    }

    @Override
    public List<Path> models(String name) {
        return Stream.of(path.resolve(name)).filter(Files::isDirectory).toList();
    }

    @Override
    public boolean owns(Path place) {
        return path.equals(place.getParent());
    }

    @Override
    public String emptyText() {
        return RepositoryLayoutHints.emptyRepository(path);
    }

    @Override
    public List<String> advice() {
        return RepositoryLayoutHints.repository(path);
    }
}
