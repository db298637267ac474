package dev.nereid.server.javamodel;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;

/** Compiles the sources of a model and packs them, as its author would. */
public final class ModelJar {
    private ModelJar() {}

    /**
     * Writes a jar.
     *
     * @param jar its folder is made where it is missing
     * @param sources class name to source text; all see each other
     */
    public static void write(Path jar, Map<String, String> sources) {
        try {
            Path work = Files.createTempDirectory(
                    jar.toAbsolutePath().resolve("../..").normalize(), "model-sources");
            List<String> arguments = new ArrayList<>(List.of(
                    "-cp",
                    System.getProperty("java.class.path"),
                    "-d",
                    work.resolve("classes").toString()));
            for (Map.Entry<String, String> source : sources.entrySet()) {
                Path file = work.resolve(source.getKey().replace('.', '/') + ".java");
                Files.createDirectories(file.getParent());
                Files.writeString(file, source.getValue());
                arguments.add(file.toString());
            }
            run("javac", arguments);
            pack(work.resolve("classes"), jar);
            delete(work);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Runs a tool of the JDK, which must succeed. */
    public static void run(String tool, List<String> arguments) {
        int exit = ToolProvider.findFirst(tool)
                .orElseThrow()
                .run(System.out, System.err, arguments.toArray(String[]::new));
        if (exit != 0) {
            throw new IllegalArgumentException(tool + " failed; see what it printed");
        }
    }

    private static void pack(Path classes, Path jar) throws IOException {
        Files.createDirectories(jar.toAbsolutePath().getParent());
        try (OutputStream file = Files.newOutputStream(jar);
                JarOutputStream entries = new JarOutputStream(file);
                Stream<Path> tree = Files.walk(classes)) {
            for (Path each : tree.filter(Files::isRegularFile).toList()) {
                entries.putNextEntry(new JarEntry(classes.relativize(each).toString()));
                Files.copy(each, entries);
            }
        }
    }

    /** Takes an entry out of a jar. */
    static void removeEntry(Path jar, String name) throws IOException {
        try (FileSystem entries = FileSystems.newFileSystem(jar)) {
            Files.delete(entries.getPath(name));
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            for (Path each : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(each);
            }
        }
    }
}
