package dev.nereid.server.repository;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** A folder of this machine. */
record LocalRoot(Path path) implements OpenRoot {
    static LocalRoot open(RepositoryRoot.Local root) {
        Path path = root.path();
        if (!Files.isDirectory(path)) {
            throw new IllegalArgumentException("failed to stat file " + path + ": the model repository "
                    + (Files.exists(path) ? "is not a folder" : "does not exist"));
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
    public Optional<Path> model(String name) {
        return Optional.of(path.resolve(name)).filter(Files::isDirectory);
    }

    @Override
    public boolean owns(Path folder) {
        return path.equals(folder.getParent());
    }

    @Override
    public void fetch(String name) {
        // It lies where it is read.
    }

    @Override
    public void retain(Predicate<String> needed) {
        // Nothing here is a copy.
    }

    @Override
    public boolean isModel() {
        return Files.exists(path.resolve("config.pbtxt"));
    }

    @Override
    public void close() {
        // Nothing is open.
    }
}
