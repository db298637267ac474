package dev.nereid.models.trees;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.models.ModelFormatException;
import java.io.IOException;

/** Reads members of XGBoost's JSON objects, in which parameters are numbers written as texts. */
final class JsonMembers {
    private static final int DEEPEST = 100;
    private static final int LONGEST_NUMBER = 64;

    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(DEEPEST)
                    .maxNumberLength(LONGEST_NUMBER)
                    .build())
            .build());

    private JsonMembers() {}

    static JsonNode parse(byte[] text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new ModelFormatException("the file is not valid JSON: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new ModelFormatException("the file is not valid JSON: " + e.getMessage(), e);
        }
    }

    static JsonNode member(JsonNode object, String name) {
        JsonNode member = object.get(name);
        if (member == null || member.isNull()) {
            throw new ModelFormatException("the member '" + name + "' is missing");
        }
        return member;
    }

    static String text(JsonNode object, String name) {
        JsonNode member = member(object, name);
        if (!member.isTextual()) {
            throw new ModelFormatException("'" + name + "': expected a text");
        }
        return member.textValue();
    }

    /** An integer that may be written as a text. */
    static long integer(JsonNode object, String name, long whenAbsent) {
        JsonNode member = object.get(name);
        if (member == null) {
            return whenAbsent;
        }
        try {
            return member.isIntegralNumber() ? member.longValue() : Long.parseLong(member.asText());
        } catch (NumberFormatException e) {
            throw new ModelFormatException("'" + name + "': expected an integer, got '" + shown(member) + "'", e);
        }
    }

    static int[] integers(JsonNode object, String name) {
        JsonNode list = list(object, name);
        int[] numbers = new int[list.size()];
        int i = 0;
        for (JsonNode item : list) {
            if (!item.isIntegralNumber() || !item.canConvertToInt()) {
                throw new ModelFormatException("'" + name + "' at " + i + ": expected an integer, got " + shown(item));
            }
            numbers[i++] = item.intValue();
        }
        return numbers;
    }

    static float[] reals(JsonNode object, String name) {
        JsonNode list = list(object, name);
        float[] numbers = new float[list.size()];
        int i = 0;
        for (JsonNode item : list) {
            if (!item.isNumber()) {
                throw new ModelFormatException("'" + name + "' at " + i + ": expected a number, got " + shown(item));
            }
            numbers[i++] = item.floatValue();
        }
        return numbers;
    }

    /** Truth values, which older files have as 0 and 1. */
    static boolean[] truths(JsonNode object, String name) {
        JsonNode list = list(object, name);
        boolean[] truths = new boolean[list.size()];
        int i = 0;
        for (JsonNode item : list) {
            truths[i++] = item.isBoolean() ? item.booleanValue() : item.asInt() != 0;
        }
        return truths;
    }

    static JsonNode list(JsonNode object, String name) {
        JsonNode list = member(object, name);
        if (!list.isArray()) {
            throw new ModelFormatException("'" + name + "': expected a list, got " + shown(list));
        }
        return list;
    }

    private static String shown(JsonNode node) {
        return node.isContainerNode() ? "a list or an object" : FileExcerpt.of(node.asText());
    }
}
