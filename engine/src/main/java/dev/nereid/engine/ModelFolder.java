package dev.nereid.engine;

import com.google.protobuf.TextFormat;
import dev.nereid.engine.EngineException.Code;
import dev.nereid.proto.inference.ModelConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Finds the model file in a model's folder of a repository. */
final class ModelFolder {
    private static final String CONFIG = "config.pbtxt";
    private static final String DEFAULT_FILE = "model.onnx";
    private static final Pattern VERSION = Pattern.compile("0|[1-9][0-9]{0,17}");

    /** What a config may say of a model that is an ONNX file. */
    private static final Set<String> ONNX = Set.of("", "onnxruntime", "onnxruntime_onnx");

    private ModelFolder() {}

    /**
     * A model that was found.
     *
     * @param version the folder that the file is in; empty where the path was the file's
     * @param maxBatchSize what a config says: rows of one run at most, and 0 for a model whose inputs have no batch dim; empty where
     *     it does not say
     */
    record Found(Path file, OptionalLong version, OptionalInt maxBatchSize) {}

    /** What a config says of the model. */
    private record Config(String fileName, OptionalInt maxBatchSize) {
        static final Config NONE = new Config(DEFAULT_FILE, OptionalInt.empty());
    }

    /**
     * Finds a model.
     *
     * @param path the file itself, or a model's folder
     * @throws EngineException if there is none
     */
    static Found find(Path path, long version) {
        if (Files.isRegularFile(path)) {
            return new Found(path, OptionalLong.empty(), OptionalInt.empty());
        }
        if (!Files.isDirectory(path)) {
            throw notFound("there is no file or folder '" + path + "'");
        }
        Config config = config(path.resolve(CONFIG));
        String name = config.fileName();
        List<Long> versions = versions(path);
        long chosen = version == ModelOptions.LATEST
                ? versions.stream()
                        .max(Long::compare)
                        .orElseThrow(() -> notFound("model folder '" + path + "': expected <version>/" + name
                                + ", found no folder whose name is a number"))
                : version;
        Path file = path.resolve(Long.toString(chosen)).resolve(name);
        if (!Files.isRegularFile(file)) {
            throw notFound("model folder '" + path + "' has no file '" + chosen + "/" + name + "'; its versions are "
                    + versions);
        }
        return new Found(file, OptionalLong.of(chosen), config.maxBatchSize());
    }

    private static List<Long> versions(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.filter(Files::isDirectory)
                    .map(entry -> String.valueOf(entry.getFileName()))
                    .filter(entry -> VERSION.matcher(entry).matches())
                    .map(Long::valueOf)
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new EngineException(Code.NOT_FOUND, "model folder '" + folder + "' cannot be read: " + e, e);
        }
    }

    private static Config config(Path config) {
        if (!Files.exists(config)) {
            return Config.NONE;
        }
        try {
            ModelConfig.Builder builder = ModelConfig.newBuilder();
            TextFormat.merge(new String(Files.readAllBytes(config), StandardCharsets.UTF_8), builder);
            if (!ONNX.contains(builder.getBackend()) || !ONNX.contains(builder.getPlatform())) {
                throw new EngineException(
                        Code.INVALID_MODEL,
                        config + ": expected backend 'onnxruntime', got backend '" + builder.getBackend()
                                + "' and platform '" + builder.getPlatform() + "'; only a server runs those");
            }
            return new Config(
                    builder.getDefaultModelFilename().isEmpty() ? DEFAULT_FILE : builder.getDefaultModelFilename(),
                    maxBatchSize(config, builder));
        } catch (IOException e) {
            throw new EngineException(Code.INVALID_MODEL, config + ": " + e.getMessage(), e);
        }
    }

    /** A config without max_batch_size describes whole shapes where it describes any. */
    private static OptionalInt maxBatchSize(Path file, ModelConfig.Builder config) {
        int rows = config.getMaxBatchSize();
        if (rows < 0) {
            throw new EngineException(Code.INVALID_MODEL, file + ": max_batch_size: expected at least 0, got " + rows);
        }
        boolean says = rows > 0 || config.getInputCount() > 0 || config.getOutputCount() > 0;
        return says ? OptionalInt.of(rows) : OptionalInt.empty();
    }

    private static EngineException notFound(String message) {
        return new EngineException(Code.NOT_FOUND, message);
    }
}
