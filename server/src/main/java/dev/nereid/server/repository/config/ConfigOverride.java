package dev.nereid.server.repository.config;

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
import com.google.protobuf.util.JsonFormat;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.folders.ModelLoadException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Reads a model config that a client sends: JSON, in the looser syntax that Triton takes, where a repeated field may also be
 * one element without a list around it. Unknown fields are errors.
 */
public final class ConfigOverride {
    /** What protobuf for C++ takes for JSON: names without quotes, single quotes and a comma behind the last of a list. */
    private static final JsonMapper LOOSE_JSON = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_UNQUOTED_FIELD_NAMES)
            .enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
            .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** How Jackson names a place in a text that it does not show. */
    private static final Pattern JACKSON_PLACE = Pattern.compile("\\[Source: [^;\\]]*; (?<place>[^\\]]*)\\]");

    private ConfigOverride() {}

    /**
     * Reads it.
     *
     * @throws ModelLoadException (INVALID_ARG) if it is no JSON, or none of a config
     */
    public static ModelConfig parse(String json) {
        ModelConfig.Builder config = ModelConfig.newBuilder();
        try {
            JsonNode root = LOOSE_JSON.readTree(json);
            tighten(root, ModelConfig.getDescriptor());
            JsonFormat.parser().merge(root.toString(), config);
        } catch (JsonProcessingException e) {
            throw refused(e.getOriginalMessage(), e);
        } catch (InvalidProtocolBufferException e) {
            throw refused(String.valueOf(e.getMessage()), e);
        }
        return config.build();
    }

    private static ModelLoadException refused(String reason, Exception cause) {
        String text = JACKSON_PLACE.matcher(reason).replaceAll("${place}");
        return new ModelLoadException(InferException.Code.INVALID_ARG, "Invalid config override: " + text, cause);
    }

    /**
     * Changes what protobuf for Java does not take: single elements become lists, and the names of enums' values are written in
     * capitals, as they are declared.
     */
    private static void tighten(JsonNode node, Descriptor type) {
        if (!(node instanceof ObjectNode object)) {
            return;
        }
        for (FieldDescriptor field : type.getFields()) {
            for (String name : new String[] {field.getName(), field.getJsonName()}) {
                if (object.has(name)) {
                    object.set(name, tightened(listed(object.get(name), field), field));
                }
            }
        }
    }

    private static JsonNode listed(JsonNode value, FieldDescriptor field) {
        boolean single = field.isRepeated() && !field.isMapField() && !value.isArray() && !value.isNull();
        return single ? LOOSE_JSON.createArrayNode().add(value) : value;
    }

    private static JsonNode tightened(JsonNode value, FieldDescriptor field) {
        if (value instanceof ArrayNode list) {
            for (int i = 0; i < list.size(); i++) {
                list.set(i, tightened(list.get(i), field));
            }
        } else if (field.getJavaType() == FieldDescriptor.JavaType.ENUM && value.isTextual()) {
            return TextNode.valueOf(value.asText().toUpperCase(Locale.ROOT));
        } else if (field.isMapField()) {
            FieldDescriptor element = field.getMessageType().findFieldByName("value");
            value.forEach(each -> tightened(each, element));
        } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
            tighten(value, field.getMessageType());
        }
        return value;
    }
}
