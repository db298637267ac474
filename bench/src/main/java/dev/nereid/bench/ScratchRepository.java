package dev.nereid.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A model repository of a measurement's own, which is gone when it is closed. */
public final class ScratchRepository implements AutoCloseable {
    private final Path path;

    /** An empty one, in the system's folder of temporary files. */
    public ScratchRepository() throws IOException {
        path = Files.createTempDirectory("nereid-models");
    }

    public Path path() {
        return path;
    }

    /** Adds a model whose backend needs no file. */
    public void add(String name, String config) throws IOException {
        Files.createDirectories(path.resolve(name, "1"));
        Files.writeString(path.resolve(name, "config.pbtxt"), config);
    }

    /** Adds a model whose only version is a link to {@code file}. */
    public void add(String name, String config, Path file) throws IOException {
        add(name, config);
        Files.createSymbolicLink(path.resolve(name, "1", "model.onnx"), file.toAbsolutePath());
    }

    @Override
    public void close() throws IOException {
        List<Path> files;
        try (Stream<Path> tree = Files.walk(path)) {
            files = tree.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }
}
