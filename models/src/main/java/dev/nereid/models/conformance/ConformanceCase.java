package dev.nereid.models.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * One test: a folder with {@code model.onnx} and a folder {@code test_data_set_N} for each run of it.
 *
 * @param name {@code <group>/<test>}
 * @param folder may lie in a zip file
 */
record ConformanceCase(String name, Path folder) {
    private static final String MODEL = "model.onnx";

    /** Every test below {@code root} whose name {@code chosen} accepts, by name. */
    static List<ConformanceCase> find(Path root, Predicate<String> chosen) throws IOException {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.endsWith(MODEL))
                    .map(file -> file.resolveSibling("").normalize())
                    .map(folder -> new ConformanceCase(name(root, folder), folder))
                    .filter(test -> chosen.test(test.name()))
                    .sorted(Comparator.comparing(ConformanceCase::name))
                    .toList();
        }
    }

    Path model() {
        return folder.resolve(MODEL);
    }

    /** The folders with inputs and outputs, in order. */
    List<Path> dataSets() throws IOException {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(entry -> entry.getFileName().toString().startsWith("test_data_set_"))
                    .sorted()
                    .toList();
        }
    }

    /** The messages {@code kind_0.pb}, {@code kind_1.pb}, ... of a data set. */
    static List<byte[]> messages(Path dataSet, String kind) throws IOException {
        List<byte[]> messages = new java.util.ArrayList<>();
        for (int i = 0; ; i++) {
            Path file = dataSet.resolve(kind + "_" + i + ".pb");
            if (!Files.exists(file)) {
                return messages;
            }
            messages.add(Files.readAllBytes(file));
        }
    }

    private static String name(Path root, Path folder) {
        Path relative = root.relativize(folder);
        String name = relative.toString().replace(relative.getFileSystem().getSeparator(), "/");
        return name.endsWith("/") ? name.substring(0, name.length() - 1) : name;
    }
}
