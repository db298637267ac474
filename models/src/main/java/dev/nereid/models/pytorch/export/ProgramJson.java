package dev.nereid.models.pytorch.export;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.models.ModelFormatException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Reads members of JSON objects, and says what is missing or of another kind. */
final class ProgramJson {
    private static final int DEEPEST = 200;
    private static final int LONGEST_STRING = 16 << 20;
    private static final int LONGEST_NAME = 1 << 16;
    private static final int LONGEST_NUMBER = 64;

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            // PyTorch writes infinite numbers as Python does.
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEEPEST)
                    .maxStringLength(LONGEST_STRING)
                    .maxNameLength(LONGEST_NAME)
                    .maxNumberLength(LONGEST_NUMBER)
                    .build())
            .build());

    private ProgramJson() {}

    /** The object that a text is. */
    static JsonNode parse(String text, String what) {
        return parsed(() -> JSON.readTree(text), what);
    }

    /** The object that UTF-8 bytes are. */
    static JsonNode parse(byte[] text, String what) {
        return parsed(() -> JSON.readTree(text), what);
    }

    private interface Reading {
        JsonNode read() throws IOException;
    }

    private static JsonNode parsed(Reading reading, String what) {
        try {
            JsonNode node = reading.read();
            if (!node.isObject()) {
                throw new ModelFormatException(what + " is no JSON object");
            }
            return node;
        } catch (JsonProcessingException e) {
            throw new ModelFormatException(what + " is not valid JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelFormatException(what + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** A member that must be there. */
    static JsonNode member(JsonNode object, String name) {
        return find(object, name)
                .orElseThrow(
                        () -> new ModelFormatException("the member '" + name + "' is missing in " + shown(object)));
    }

    /** A member that may be left out or null. */
    static Optional<JsonNode> find(JsonNode object, String name) {
        return Optional.ofNullable(object.get(name)).filter(node -> !node.isNull());
    }

    static String text(JsonNode object, String name) {
        JsonNode node = member(object, name);
        if (!node.isTextual()) {
            throw expected("'" + name + "' to be a text", node);
        }
        return node.textValue();
    }

    static long integer(JsonNode node) {
        if (!node.isIntegralNumber() || !node.canConvertToLong()) {
            throw expected("an integer", node);
        }
        return node.longValue();
    }

    static boolean truth(JsonNode node) {
        if (!node.isBoolean()) {
            throw expected("true or false", node);
        }
        return node.booleanValue();
    }

    /** A number; those that JSON has no way to write are texts. */
    static double real(JsonNode node) {
        if (node.isNumber()) {
            return node.doubleValue();
        }
        return switch (node.asText()) {
            case "Infinity", "inf" -> Double.POSITIVE_INFINITY;
            case "-Infinity", "-inf" -> Double.NEGATIVE_INFINITY;
            case "NaN", "nan" -> Double.NaN;
            default -> throw expected("a number", node);
        };
    }

    /** The elements of an array, each read. */
    static <T> List<T> list(JsonNode node, Function<JsonNode, T> read) {
        if (!node.isArray()) {
            throw expected("a list", node);
        }
        List<T> items = new ArrayList<>(node.size());
        node.forEach(item -> items.add(read.apply(item)));
        return items;
    }

    /** The one member of an object that stands for one of several kinds. */
    static Map.Entry<String, JsonNode> union(JsonNode node) {
        if (!node.isObject() || node.size() != 1) {
            throw expected("an object with one member", node);
        }
        return node.properties().iterator().next();
    }

    static ModelFormatException expected(String what, JsonNode got) {
        return new ModelFormatException("expected " + what + ", got " + shown(got));
    }

    /** The beginning of a value, for messages. */
    private static String shown(JsonNode node) {
        if (node.isContainerNode() && node.size() > 8) {
            return node.isArray() ? "a list of " + node.size() : "an object of " + node.size() + " members";
        }
        String text = node.isContainerNode() && node.size() > 0 && deep(node) ? "an object" : node.toString();
        return text.length() > 100 ? text.substring(0, 100) + "..." : text;
    }

    private static boolean deep(JsonNode node) {
        for (JsonNode child : node) {
            if (child.isContainerNode()) {
                return true;
            }
        }
        return false;
    }
}
