package dev.nereid.server.repository.config;

import dev.nereid.server.repository.folders.ModelLoadException;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Replaces variables, as <code>${NAME}</code> and <code>${NAME:-default}</code>, in config.pbtxt by what the environment says;
 * a default also stands for an empty variable, and <code>$${</code> for <code>${</code>. In quotes a value may be any text, elsewhere only a
 * number or a word, so that no value adds a field. Comments stay as they are. Immutable.
 *
 * @param scope the models whose configs may have variables
 * @param environment names to values
 */
public record ConfigVariables(Scope scope, Map<String, String> environment) {
    /** Models whose configs may have variables. */
    public enum Scope {
        /** None. */
        OFF,
        /** Those on this machine: a store's author may be somebody who shall not read the environment. */
        LOCAL,
        /** Those of stores too. */
        ALL
    }

    public static final ConfigVariables NONE = new ConfigVariables(Scope.OFF, Map.of());

    /** In a default no quotes, which would end the text around it. */
    private static final Pattern VARIABLE = Pattern.compile(
            "\\$\\$\\{|\\$\\{(?:(?<name>[A-Za-z_][A-Za-z0-9_]*+)(?<default>:-(?<value>[^}\"'\n]*+))?+})?+");

    private static final Pattern WORD = Pattern.compile("[A-Za-z0-9_.+-]+");

    public ConfigVariables {
        environment = Map.copyOf(environment);
    }

    /** The same for models of stores. */
    public ConfigVariables forStores() {
        return scope == Scope.ALL ? this : NONE;
    }

    /**
     * A config's text with values in place of variables, on the same lines.
     *
     * @param file where the text comes from, for messages
     * @throws ModelLoadException if a variable is not set and has no default, or does not fit where it stands
     */
    String replace(Path file, String text) {
        if (scope == Scope.OFF || !text.contains("${")) {
            return text;
        }
        StringBuilder replaced = new StringBuilder(text.length());
        Matcher variable = VARIABLE.matcher(text);
        // The quote that a string began with, # in a comment, a blank elsewhere.
        char inside = ' ';
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '$' && inside != '#' && variable.region(i, text.length()).lookingAt()) {
                replaced.append(value(file, text, i, variable, inside != ' '));
                i = variable.end() - 1;
                continue;
            }
            replaced.append(c);
            if (c == '\n') {
                inside = ' ';
            } else if (inside == ' ' && (c == '"' || c == '\'' || c == '#')) {
                inside = c;
            } else if (c == inside && c != '#') {
                inside = ' ';
            } else if (c == '\\' && inside != ' ' && inside != '#' && i + 1 < text.length()) {
                i++;
                replaced.append(text.charAt(i));
            }
        }
        return replaced.toString();
    }

    private String value(Path file, String text, int offset, Matcher variable, boolean quoted) {
        if (variable.group().startsWith("$$")) {
            return "${";
        }
        String name = variable.group("name");
        if (name == null) {
            throw invalid(file, text, offset, "expected ${NAME} or ${NAME:-default}; write $${ for the characters ${");
        }
        String value = environment.getOrDefault(name, "");
        if (variable.group("default") == null) {
            if (!environment.containsKey(name)) {
                throw invalid(
                        file,
                        text,
                        offset,
                        "environment variable " + name + " is not set; set it, or give a default as ${" + name
                                + ":-value}");
            }
        } else if (value.isEmpty()) {
            // As it stands: its characters are escaped where those of the text are.
            value = variable.group("value");
            if (quoted) {
                return value;
            }
        }
        if (quoted) {
            return escaped(value);
        }
        if (!WORD.matcher(value).matches()) {
            throw invalid(
                    file,
                    text,
                    offset,
                    "expected a number or a word as the value of " + name
                            + ", got something else; put the variable in quotes if a text is meant");
        }
        return value;
    }

    /** In protobuf's text form. */
    private static String escaped(String value) {
        StringBuilder escaped = new StringBuilder(value.length());
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            switch (c) {
                case '"', '\'', '\\' -> escaped.append('\\').append(c);
                case '\n' -> escaped.append("\\n");
                case '\r' -> escaped.append("\\r");
                default -> escaped.append(c);
            }
        }
        return escaped.toString();
    }

    private static ModelLoadException invalid(Path file, String text, int offset, String message) {
        String before = text.substring(0, offset);
        long line = before.chars().filter(c -> c == '\n').count() + 1;
        int column = offset - before.lastIndexOf('\n');
        return ModelLoadException.invalid(file + ":" + line + ":" + column + ": " + message);
    }
}
