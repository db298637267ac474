package dev.nereid.server.observe;

import java.util.Objects;

/**
 * What is logged, how and where to.
 *
 * @param verbose 0 for no verbose messages; 1 for our own, 2 for more of them, 3 for the libraries' too
 * @param file empty for the console: messages to standard output, warnings and errors to standard error
 */
public record LogConfig(int verbose, boolean info, boolean warning, boolean error, Format format, String file) {
    /** How a line begins. */
    public enum Format {
        /** {@code I1125 09:30:00.123456 4242}: severity, month and day, time, process. */
        DEFAULT,
        /** {@code 2026-11-25T09:30:00Z I 4242}. */
        ISO8601
    }

    public static final LogConfig DEFAULT = new LogConfig(0, true, true, true, Format.DEFAULT, "");

    public LogConfig {
        Objects.requireNonNull(format, "format");
        Objects.requireNonNull(file, "file");
    }
}
