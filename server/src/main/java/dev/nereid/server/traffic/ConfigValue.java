package dev.nereid.server.traffic;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonValue;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A value of a traffic document with its place in it, which every error names. What is asked for must be there in the right
 * type, and nothing else may be there.
 *
 * @param path such as {@code split[1].weight}; empty for the document
 */
record ConfigValue(JsonValue json, String path) {
    private static final int EXCERPT = 60;
    private static final int MOST_ELEMENTS = 1000;

    /** The members, in their order; none but the named ones may be there, and each once. */
    Map<String, ConfigValue> members(Set<String> known) {
        Map<String, ConfigValue> members = members();
        for (Map.Entry<String, ConfigValue> member : members.entrySet()) {
            if (!known.contains(member.getKey())) {
                throw InferException.invalid(member.getValue().path() + ": unknown key; expected one of "
                        + String.join(", ", new TreeSet<>(known)));
            }
        }
        return members;
    }

    /** The members, in their order, each once. */
    Map<String, ConfigValue> members() {
        if (!json.isObject()) {
            throw expected("an object");
        }
        Map<String, ConfigValue> members = new LinkedHashMap<>();
        Set<String> names = new HashSet<>();
        json.forEachMember((name, value) -> {
            ConfigValue member = new ConfigValue(value, path.isEmpty() ? name : path + "." + name);
            if (!names.add(name)) {
                throw InferException.invalid(member.path() + ": the key is there twice");
            }
            if (names.size() > MOST_ELEMENTS) {
                throw expected("at most " + MOST_ELEMENTS + " keys");
            }
            members.put(name, member);
        });
        return members;
    }

    /** The elements of an array. */
    List<ConfigValue> elements() {
        if (!json.isArray()) {
            throw expected("an array");
        }
        List<ConfigValue> elements = new ArrayList<>();
        JsonValue.Elements each = json.elements();
        while (each.next()) {
            if (elements.size() == MOST_ELEMENTS) {
                throw expected("at most " + MOST_ELEMENTS + " elements");
            }
            elements.add(new ConfigValue(each.value(), path + "[" + elements.size() + "]"));
        }
        return elements;
    }

    /** The member of that name, which must be there. */
    ConfigValue required(Map<String, ConfigValue> members, String name) {
        return Optional.ofNullable(members.get(name))
                .orElseThrow(() -> InferException.invalid(
                        (path.isEmpty() ? "" : path + ": ") + "the key '" + name + "' is missing"));
    }

    String text() {
        if (!json.isString()) {
            throw expected("a string");
        }
        return json.asString();
    }

    boolean bool() {
        if (!json.isBool()) {
            throw expected("true or false");
        }
        return json.asBool();
    }

    /** A number within bounds, both included. */
    double number(double least, double most) {
        String wanted = "a number from " + trimmed(least) + " to " + trimmed(most);
        if (!json.isNumber()) {
            throw expected(wanted);
        }
        double value = json.asDouble();
        if (!(value >= least && value <= most)) {
            throw expected(wanted);
        }
        return value;
    }

    /** A whole number within bounds, both included. */
    long integer(long least, long most) {
        String wanted = "a whole number from " + least + " to " + most;
        if (!json.isLong()) {
            throw expected(wanted);
        }
        long value = json.asLong();
        if (value < least || value > most) {
            throw expected(wanted);
        }
        return value;
    }

    /** The number of a version. */
    long version() {
        return integer(1, Long.MAX_VALUE);
    }

    /** A label, or the number of a version. */
    Target target() {
        if (json.isLong()) {
            return new Target(Long.toString(version()));
        }
        if (!json.isString() || !Labels.isLabel(json.asString())) {
            throw expected("a label or the number of a version");
        }
        return new Target(json.asString());
    }

    /** The error of a value that is not what it should be. */
    InferException expected(String what) {
        return InferException.invalid(
                (path.isEmpty() ? "the document" : path) + ": expected " + what + ", got " + json.excerpt(EXCERPT));
    }

    private static String trimmed(double number) {
        return number == Math.rint(number) && Math.abs(number) < 1e15
                ? Long.toString((long) number)
                : Double.toString(number);
    }
}
