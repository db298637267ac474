package dev.nereid.server;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.ParsedFlags;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/** From the flags of the response cache to its size. There is one kind of cache here, Triton's local one. */
final class CacheFlags {
    private static final String CONFIG = "cache-config";
    private static final String OLD = "response-cache-byte-size";
    private static final String LOCAL = "local";
    private static final String SIZE = "size";

    private CacheFlags() {}

    /**
     * What the cache may take; empty where the flags ask for none.
     *
     * @throws CommandLineException if they contradict themselves, or ask for a cache that there is not
     */
    static OptionalLong bytes(ParsedFlags flags) {
        List<String> settings = flags.texts(CONFIG);
        if (!flags.has(OLD)) {
            return settings.isEmpty() ? OptionalLong.empty() : OptionalLong.of(size(settings));
        }
        if (!settings.isEmpty()) {
            throw new CommandLineException("Error: Incompatible flags --response-cache-byte-size and --cache-config "
                    + "both provided. Please provide one or the other.");
        }
        long bytes = flags.longInteger(OLD, 0);
        if (bytes < 0) {
            throw CommandLineException.badOption(OLD, "Expected at least 0. Got " + bytes);
        }
        return bytes == 0 ? OptionalLong.empty() : OptionalLong.of(bytes);
    }

    /** Reads {@code <cache>,<setting>=<value>}. */
    private static long size(List<String> texts) {
        Map<String, String> settings = new HashMap<>();
        for (String text : texts) {
            int comma = text.indexOf(',');
            int equals = text.indexOf('=');
            if (comma < 1) {
                throw CommandLineException.badOption(
                        CONFIG,
                        "No cache specified. --cache-config option format is <cache name>,<setting>=<value>. Got "
                                + text);
            }
            if (equals < comma + 2) {
                throw CommandLineException.badOption(
                        CONFIG, "--cache-config option format is '<cache name>,<setting>=<value>'. Got " + text);
            }
            String cache = text.substring(0, comma);
            if (texts.stream().anyMatch(other -> !other.startsWith(cache + ","))) {
                throw new CommandLineException(
                        "Error: multiple cache configurations: all of --cache-config must name the same cache");
            }
            if (!cache.equals(LOCAL)) {
                throw CommandLineException.badOption(
                        CONFIG, "The only response cache here is '" + LOCAL + "'. Got '" + cache + "'");
            }
            String setting = text.substring(comma + 1, equals);
            if (!setting.equals(SIZE)) {
                throw CommandLineException.badOption(
                        CONFIG, "The only setting of the local cache is '" + SIZE + "'. Got '" + setting + "'");
            }
            settings.put(setting, text.substring(equals + 1));
        }
        return number(settings.getOrDefault(SIZE, ""));
    }

    private static long number(String text) {
        try {
            long bytes = Long.parseLong(text);
            if (bytes > 0) {
                return bytes;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw CommandLineException.badOption(
                CONFIG,
                "The local cache needs a size of more than 0 bytes: --cache-config=local,size=<n>. Got '" + text + "'");
    }
}
