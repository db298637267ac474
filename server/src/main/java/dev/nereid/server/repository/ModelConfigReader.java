package dev.nereid.server.repository;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.TextFormat;
import com.google.protobuf.util.JsonFormat;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InferException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;

/** Reads model configs: config.pbtxt as protobuf text, and JSON as clients send it. Unknown fields are errors. */
final class ModelConfigReader {
    private static final String FILE_NAME = "config.pbtxt";

    /** What protobuf for C++ takes for JSON: names without quotes, single quotes and a comma behind the last of a list. */
    private static final JsonMapper LOOSE_JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES)
            .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
            .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** What is set twice is a slip, and so are two of which one can be: protobuf for C++ refuses both. */
    private static final TextFormat.Parser TEXT = TextFormat.Parser.newBuilder()
            .setSingularOverwritePolicy(TextFormat.Parser.SingularOverwritePolicy.FORBID_SINGULAR_OVERWRITES)
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
            // Other bytes than UTF-8's may stand in comments.
            text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw ModelLoadException.invalid("cannot read " + file + ": " + e);
        }
        try {
            ModelConfig.Builder config = ModelConfig.newBuilder();
            TEXT.merge(text, config);
            return config.build();
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
        try {
            LOOSE_JSON.readTree(json); // the other reader overlooks members that come twice, and what follows
        } catch (JsonProcessingException e) {
            throw new ModelLoadException(
                    InferException.Code.INVALID_ARG, "Invalid config override: " + e.getOriginalMessage(), e);
        }
        return config.build();
    }

    /** @param strict what is wrong with it by the letter: what a client is told if it is no loose JSON either */
    private static ModelConfig parseLooseJson(String json, InvalidProtocolBufferException strict) {
        ModelConfig.Builder config = ModelConfig.newBuilder();
        try {
            JsonNode root = LOOSE_JSON.readTree(json);
            raiseEnums(root, ModelConfig.getDescriptor());
            JsonFormat.parser().merge(root.toString(), config);
        } catch (JsonProcessingException | InvalidProtocolBufferException _) {
            throw new ModelLoadException(
                    InferException.Code.INVALID_ARG, "Invalid config override: " + strict.getMessage(), strict);
        }
        return config.build();
    }

    /** Writes the names of enums' values in capitals, in which they are declared: Triton takes them in any. */
    private static void raiseEnums(JsonNode node, Descriptor type) {
        if (!(node instanceof ObjectNode object)) {
            return;
        }
        for (FieldDescriptor field : type.getFields()) {
            for (String name : new String[] {field.getName(), field.getJsonName()}) {
                if (object.has(name)) {
                    object.set(name, raised(object.get(name), field));
                }
            }
        }
    }

    private static JsonNode raised(JsonNode value, FieldDescriptor field) {
        if (value instanceof ArrayNode list) {
            for (int i = 0; i < list.size(); i++) {
                list.set(i, raised(list.get(i), field));
            }
        } else if (field.getJavaType() == FieldDescriptor.JavaType.ENUM && value.isTextual()) {
            return TextNode.valueOf(value.asText().toUpperCase(Locale.ROOT));
        } else if (field.isMapField()) {
            FieldDescriptor element = field.getMessageType().findFieldByName("value");
            value.forEach(each -> raised(each, element));
        } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
            raiseEnums(value, field.getMessageType());
        }
        return value;
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
