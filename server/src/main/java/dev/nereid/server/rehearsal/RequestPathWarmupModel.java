package dev.nereid.server.rehearsal;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/**
 * A built-in model of the request-path warm-up, with two inputs and two outputs of shape {@code [batch, length]}.
 *
 * @param strings which file: {@code J = I + I} and {@code G = F + F} of INT64 and FP32, or {@code M = N + N} of INT32
 *     and {@code T = S} of strings
 * @param scheduling what the config adds: each takes another scheduler
 */
record RequestPathWarmupModel(String name, boolean strings, String scheduling) {
    static final List<RequestPathWarmupModel> ALL = List.of(
            new RequestPathWarmupModel("warm_up", false, ""),
            new RequestPathWarmupModel("warm_up_batching", true, "dynamic_batching {}"));

    /** The name of its first output. */
    String output() {
        return strings ? "M" : "J";
    }

    /** Writes its folder into that of a repository. */
    void write(Path repository) throws IOException {
        Path folder = repository.resolve(name);
        Path version = Files.createDirectories(folder.resolve("1"));
        Files.writeString(folder.resolve("config.pbtxt"), config());
        try (InputStream file =
                Objects.requireNonNull(RequestPathWarmupModel.class.getResourceAsStream(file()), file())) {
            Files.copy(file, version.resolve("model.onnx"));
        }
    }

    private String file() {
        return strings ? "warmup-strings.onnx" : "warmup-numbers.onnx";
    }

    private String config() {
        return "backend: \"onnxruntime\" max_batch_size: 4 "
                + (strings
                        ? ports("input", "N", "INT32", "S", "STRING") + ports("output", "M", "INT32", "T", "STRING")
                        : ports("input", "I", "INT64", "F", "FP32") + ports("output", "J", "INT64", "G", "FP32"))
                + scheduling;
    }

    private static String ports(String kind, String first, String type, String second, String otherType) {
        String format = "%1$s [ { name: '%2$s' data_type: TYPE_%3$s dims: [ -1 ] } ] ";
        return format.formatted(kind, first, type) + format.formatted(kind, second, otherType);
    }
}
