package dev.nereid.server.observe;

import dev.nereid.server.protocol.InferException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The trace settings that clients may change, with Triton's names and texts. */
public enum TraceSetting {
    /** What is traced: OFF alone, or any of the others. */
    LEVEL("trace_level", "OFF") {
        private static final List<String> LEVELS = List.of(OFF, "TIMESTAMPS", "TENSORS");

        // Unknown levels are dropped; nothing but unknown ones changes nothing.
        @Override
        public Optional<List<String>> checked(List<String> values) {
            List<String> known = LEVELS.stream().filter(values::contains).toList();
            if (known.contains(OFF) && values.size() > 1) {
                throw InferException.invalid("Expect only one trace level 'OFF' is specified");
            }
            return known.isEmpty() ? Optional.empty() : Optional.of(known);
        }
    },
    /** One request in so many. */
    RATE("trace_rate", "1000") {
        @Override
        public Optional<List<String>> checked(List<String> values) {
            return Optional.of(List.of(Integer.toUnsignedString(number(only(values), 0, UINT32))));
        }
    },
    /** How many requests are left to trace; -1 for no limit. */
    COUNT("trace_count", "-1") {
        @Override
        public Optional<List<String>> checked(List<String> values) {
            String text = only(values);
            int count = number(text, -1, Integer.MAX_VALUE);
            if (count < -1) {
                throw InferException.invalid("Unable to parse 'trace_count'. Expecting value >= -1, got:" + text);
            }
            return Optional.of(List.of(Integer.toString(count)));
        }
    },
    /** How many traces a file holds; 0 for one file. */
    LOG_FREQUENCY("log_frequency", "0") {
        @Override
        public Optional<List<String>> checked(List<String> values) {
            return Optional.of(List.of(Integer.toUnsignedString(number(only(values), 0, UINT32))));
        }
    };

    /** The level at which nothing is traced. */
    public static final String OFF = "OFF";

    private static final long UINT32 = 0xFFFF_FFFFL;
    private static final Pattern NUMBER = Pattern.compile("\\s*([+-]?[0-9]+)");

    private final String protocolName;
    private final String whenAbsent;

    TraceSetting(String protocolName, String whenAbsent) {
        this.protocolName = protocolName;
        this.whenAbsent = whenAbsent;
    }

    public String protocolName() {
        return protocolName;
    }

    /** What holds where nobody said anything. */
    List<String> whenAbsent() {
        return List.of(whenAbsent);
    }

    /** The setting that clients call that. */
    public static Optional<TraceSetting> find(String protocolName) {
        return Arrays.stream(values())
                .filter(setting -> setting.protocolName.equals(protocolName))
                .findFirst();
    }

    /**
     * The values in the form in which they are kept; empty if they change nothing.
     *
     * @throws InferException if they are no values of this setting
     */
    public abstract Optional<List<String>> checked(List<String> values);

    String only(List<String> values) {
        if (values.size() != 1) {
            throw InferException.invalid("expect only 1 value for '" + protocolName + "'");
        }
        return values.getFirst();
    }

    /**
     * Reads a number as C++'s {@code stoi} does, as Triton reads them all: blanks in front and anything behind the digits
     * is ignored, and there are no more than 32 bits, with a sign.
     *
     * @param least said of a number that is too large or too small
     */
    int number(String text, long least, long most) {
        Matcher matcher = NUMBER.matcher(text);
        if (!matcher.lookingAt()) {
            throw InferException.invalid("Unable to parse '" + protocolName + "', got: " + text);
        }
        try {
            return Integer.parseInt(matcher.group(1));
        } catch (NumberFormatException e) {
            throw new InferException(
                    InferException.Code.INVALID_ARG,
                    "Unable to parse '" + protocolName + "', value is out of range [ " + least + ", " + most
                            + " ], got: " + text,
                    e);
        }
    }
}
