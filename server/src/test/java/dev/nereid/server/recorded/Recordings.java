package dev.nereid.server.recorded;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * A folder of requests with the answers that Triton gives to them, in the order in which they are sent: {@code http/NNN_name/}
 * with {@code request.http} and {@code response.http}, the same in {@code http_extra/} for servers with other options, {@code grpc/NNN_name/} with {@code request.txt} and {@code response.txt},
 * {@code models/} with the models that they ask for, and a trace file. The tree has a small one, written by hand; the folder that
 * {@code NEREID_TEST_DATA} names has one that was recorded from a real Triton.
 */
public record Recordings(Path folder) {
    private static final Recordings OF_THE_TREE = new Recordings(Path.of("src/test/resources/recorded"));

    private static final Path EXAMPLES = Path.of("../models/examples");

    /** Models of the example repository that the requests of the tree ask for. */
    private static final List<String> EXAMPLE_MODELS = List.of("simple", "simple_sequence", "simple_string");

    /** Its file is the one of {@code simple_identity}, without a config. */
    private static final String WITHOUT_CONFIG = "auto_complete";

    /** The small recordings, and those of a real Triton where there is test data; it is printed where there is none. */
    public static List<Recordings> all() {
        String data = System.getenv("NEREID_TEST_DATA");
        Path real = Path.of(data == null ? "" : data, "triton-golden");
        if (data == null || !Files.isDirectory(real)) {
            System.out.println(
                    "SKIPPED answers that were recorded from a real Triton: NEREID_TEST_DATA names no folder with"
                            + " triton-golden");
            return List.of(OF_THE_TREE);
        }
        return List.of(OF_THE_TREE, new Recordings(real));
    }

    /** True of the recordings that the tree has. */
    public boolean isSmall() {
        return equals(OF_THE_TREE);
    }

    /** The folders of the HTTP requests, in order. */
    public List<Path> http() {
        return folders(folder.resolve("http"));
    }

    /** The folder of the one HTTP request whose name, without its number, is {@code name}. */
    public Path http(String name) {
        return http().stream()
                .filter(request -> request.getFileName().toString().substring(4).equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no request '" + name + "' in " + folder));
    }

    /** The folders of the HTTP requests to servers with other options. */
    public List<Path> requestsWithOtherOptions() {
        return folders(folder.resolve("http_extra"));
    }

    /** The folder of the calls over gRPC. */
    public Path grpc() {
        return folder.resolve("grpc");
    }

    /** A trace file of one request, with times. */
    public Path trace() {
        return folder.resolve("trace.json.0");
    }

    /** The names of the models, in order. */
    public List<String> models() {
        Stream<String> recorded = folders(folder.resolve("models")).stream()
                .map(model -> model.getFileName().toString());
        Stream<String> examples =
                isSmall() ? Stream.concat(EXAMPLE_MODELS.stream(), Stream.of(WITHOUT_CONFIG)) : Stream.empty();
        return Stream.concat(recorded, examples).sorted().toList();
    }

    /** Copies a model into a repository, and gives it a version folder where it has none. */
    public void copyModel(String model, Path repository) throws IOException {
        if (isSmall() && model.equals(WITHOUT_CONFIG)) {
            Path version = Files.createDirectories(repository.resolve(model).resolve("1"));
            Files.copy(EXAMPLES.resolve("simple_identity/1/model.onnx"), version.resolve("model.onnx"));
            return;
        }
        boolean example = isSmall() && EXAMPLE_MODELS.contains(model);
        Path from = example ? EXAMPLES.resolve(model) : folder.resolve("models").resolve(model);
        try (Stream<Path> tree = Files.walk(from)) {
            for (Path file : tree.filter(Files::isRegularFile).toList()) {
                Path copy = repository.resolve(model).resolve(from.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
        }
        Files.createDirectories(repository.resolve(model).resolve("1"));
    }

    @Override
    public String toString() {
        return isSmall() ? "recordings of the tree" : "recordings of a real Triton";
    }

    private static List<Path> folders(Path parent) {
        try (Stream<Path> folders = Files.list(parent)) {
            List<Path> sorted = new ArrayList<>(folders.sorted().toList());
            if (sorted.isEmpty()) {
                throw new IllegalStateException(parent + " is empty");
            }
            return List.copyOf(sorted);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + parent, e);
        }
    }
}
