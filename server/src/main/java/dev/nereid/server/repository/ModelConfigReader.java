package dev.nereid.server.repository;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TextFormat;
import com.google.protobuf.util.JsonFormat;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InferException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;

/** Reads model configs: config.pbtxt as protobuf text, and JSON as clients send it. Unknown fields are errors. */
final class ModelConfigReader {
    private static final String FILE_NAME = "config.pbtxt";

    /** What protobuf for C++ takes for JSON: names without quotes, single quotes and a comma behind the last of a list. */
    private static final JsonMapper LOOSE_JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES)
            .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
            .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final String configName;
    private final boolean required;

    /**
     * A reader that prefers one of several configs.
     *
     * @param configName file name, without its ending, in the model's folder {@code configs}; empty for none
     * @param required whether every model must have a config
     */
    ModelConfigReader(String configName, boolean required) {
        this.configName = configName;
        this.required = required;
    }

    /**
     * The config in a model's folder; an empty one where the folder holds none and need not.
     *
     * @throws ModelLoadException if it is missing or malformed
     */
    ModelConfig read(Path modelFolder) {
        Path file = modelFolder.resolve(FILE_NAME);
        if (!configName.isEmpty()) {
            Path preferred = modelFolder.resolve("configs").resolve(configName + ".pbtxt");
            if (Files.exists(preferred)) {
                file = preferred;
            }
        }
        if (!Files.exists(file)) {
            if (required) {
                throw ModelLoadException.invalid(
                        "failed to open text file for read " + file + ": No such file or directory");
            }
            return ModelConfig.getDefaultInstance();
        }
        String text;
        try {
            text = Files.readString(file);
        } catch (IOException e) {
            throw ModelLoadException.invalid("cannot read " + file + ": " + e);
        }
        try {
            return TextFormat.parse(text, ModelConfig.class);
        } catch (TextFormat.ParseException e) {
            throw new ModelLoadException(InferException.Code.INVALID_ARG, located(file, e), e);
        }
    }

    /** A config that a client sent; also in the looser syntax that Triton takes. */
    static ModelConfig parseJson(String json) {
        ModelConfig.Builder config = ModelConfig.newBuilder();
        try {
            JsonFormat.parser().merge(json, config);
        } catch (InvalidProtocolBufferException e) {
            return parseLooseJson(json, e);
        }
        return config.build();
    }

    /** @param strict what is wrong with it by the letter: what a client is told if it is no loose JSON either */
    private static ModelConfig parseLooseJson(String json, InvalidProtocolBufferException strict) {
        ModelConfig.Builder config = ModelConfig.newBuilder();
        try {
            JsonFormat.parser().merge(LOOSE_JSON.readTree(json).toString(), config);
        } catch (JsonProcessingException | InvalidProtocolBufferException _) {
            throw new ModelLoadException(
                    InferException.Code.INVALID_ARG, "Invalid config override: " + strict.getMessage(), strict);
        }
        return config.build();
    }

    /**
     * What is wrong and where, each as {@code file:line:column: text}. Protobuf lists unknown fields below a heading, one
     * a line behind its position.
     */
    private static String located(Path file, TextFormat.ParseException e) {
        String message = String.valueOf(e.getMessage());
        if (message.contains("unknown fields")) {
            return message.lines()
                    .skip(1)
                    .map(line -> file + ":" + line.replace(":\t", ": unknown field "))
                    .collect(Collectors.joining("; "));
        }
        return file + ":" + message;
    }
}
