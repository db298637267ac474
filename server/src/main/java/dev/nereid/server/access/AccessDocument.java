package dev.nereid.server.access;

import dev.nereid.server.watch.FileContents;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/**
 * A list of entries in a YAML file, of which JSON is a part: {@code <name>: [{key: value, ...}, ...]}. What it does not know is an
 * error: a misspelt key would leave something open.
 */
final class AccessDocument {
    /** Collections that stand for one that was written before. */
    private static final int MOST_ALIASES = 50;

    /** One entry of the list. */
    static final class Entry {
        private final Map<?, ?> members;
        private final String place;

        private Entry(Map<?, ?> members, String place) {
            this.members = members;
            this.place = place;
        }

        /** A text; empty where there is none. */
        Optional<String> text(String key) {
            return Optional.ofNullable(members.get(key)).map(value -> {
                if (value instanceof String text && !text.isEmpty()) {
                    return text;
                }
                throw wrong(key, "a text", value);
            });
        }

        /** Texts, or numbers, which stand for their digits; empty where there are none. */
        Optional<List<String>> texts(String key) {
            return Optional.ofNullable(members.get(key)).map(value -> {
                if (!(value instanceof List<?> list)) {
                    throw wrong(key, "a list of texts", value);
                }
                List<String> texts = new ArrayList<>();
                for (Object each : list) {
                    if (!(each instanceof String || each instanceof Integer || each instanceof Long)) {
                        throw wrong(key, "a list of texts", value);
                    }
                    texts.add(each.toString());
                }
                return texts;
            });
        }

        /** A moment as {@code 2026-12-31T00:00:00Z}. */
        Optional<Instant> moment(String key) {
            return text(key).map(text -> {
                try {
                    return Instant.parse(text);
                } catch (DateTimeParseException e) {
                    throw wrong(key, "a moment as 2026-12-31T00:00:00Z", text);
                }
            });
        }

        boolean flag(String key) {
            Object value = members.get(key);
            if (value == null || value instanceof Boolean) {
                return Boolean.TRUE.equals(value);
            }
            throw wrong(key, "true or false", value);
        }

        IllegalArgumentException wrong(String key, String expected, Object got) {
            return new IllegalArgumentException(place + ": " + key + ": expected " + expected + ", got '" + got + "'");
        }

        IllegalArgumentException missing(String key) {
            return new IllegalArgumentException(place + ": expected '" + key + "', got none");
        }
    }

    private AccessDocument() {}

    /**
     * Reads what a file holds.
     *
     * @param name of the list
     * @param keys that entries may have
     * @throws IllegalArgumentException with a sentence that names the file and the place
     */
    static <T> List<T> read(
            FileContents contents, Path file, String name, Set<String> keys, Function<Entry, T> reader) {
        Object root;
        try {
            root = new Load(LoadSettings.builder()
                            .setSchema(new CoreSchema())
                            .setMaxAliasesForCollections(MOST_ALIASES)
                            .build())
                    .loadFromString(new String(contents.of(file), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "expected a file with '" + name + "', got '" + file + "': " + e.getMessage(), e);
        } catch (YamlEngineException e) {
            // Its text quotes the file, which may hold secrets that do not belong there.
            throw new IllegalArgumentException("'" + file + "' is no YAML", e);
        } catch (StackOverflowError e) {
            throw new IllegalArgumentException("'" + file + "': its values are nested too deeply", e);
        }
        if (!(root instanceof Map<?, ?> members)
                || members.size() != 1
                || !(members.get(name) instanceof List<?> list)) {
            throw new IllegalArgumentException("'" + file + "': expected '" + name + ":' with a list and nothing else");
        }
        List<T> read = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            String place = "'" + file + "': " + name + "[" + i + "]";
            if (!(list.get(i) instanceof Map<?, ?> entry)) {
                throw new IllegalArgumentException(place + ": expected keys with values");
            }
            for (Object key : entry.keySet()) {
                if (!(key instanceof String text) || !keys.contains(text)) {
                    throw new IllegalArgumentException(place + ": expected some of "
                            + String.join(", ", keys.stream().sorted().toList()) + ", got '" + key + "'");
                }
            }
            read.add(reader.apply(new Entry(entry, place)));
        }
        return read;
    }
}
