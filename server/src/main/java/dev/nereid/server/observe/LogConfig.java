package dev.nereid.server.observe;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/**
 * What is logged, how and where to.
 *
 * @param verbose 0 for no verbose messages; 1 for our own, 2 for more of them, 3 for the libraries' too
 * @param file empty for the console: messages to standard output, warnings and errors to standard error
 */
public record LogConfig(int verbose, boolean info, boolean warning, boolean error, Format format, String file) {
    /** How a line is written. */
    public enum Format {
        /** {@code I1125 09:30:00.123456 4242}: severity, month and day, time, process. */
        DEFAULT("default"),
        /** {@code 2026-11-25T09:30:00Z I 4242}. */
        ISO8601("ISO8601"),
        /** A JSON object; not one of Triton's. */
        JSON("json");

        private final String protocolName;

        Format(String protocolName) {
            this.protocolName = protocolName;
        }

        /** What flags and clients call it. */
        public String protocolName() {
            return protocolName;
        }

        /** The format that flags and clients call that. */
        public static Optional<Format> find(String protocolName) {
            return Arrays.stream(values())
                    .filter(format -> format.protocolName.equals(protocolName))
                    .findFirst();
        }
    }

    public static final LogConfig DEFAULT = new LogConfig(0, true, true, true, Format.DEFAULT, "");

    public LogConfig {
        Objects.requireNonNull(format, "format");
        Objects.requireNonNull(file, "file");
    }

    public LogConfig withVerbose(int newVerbose) {
        return new LogConfig(newVerbose, info, warning, error, format, file);
    }

    public LogConfig withInfo(boolean newInfo) {
        return new LogConfig(verbose, newInfo, warning, error, format, file);
    }

    public LogConfig withWarning(boolean newWarning) {
        return new LogConfig(verbose, info, newWarning, error, format, file);
    }

    public LogConfig withError(boolean newError) {
        return new LogConfig(verbose, info, warning, newError, format, file);
    }

    public LogConfig withFormat(Format newFormat) {
        return new LogConfig(verbose, info, warning, error, newFormat, file);
    }
}
