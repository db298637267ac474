package dev.nereid.server.observe;

import dev.nereid.server.protocol.InferException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The trace settings that clients may change, with Triton's names and texts. */
public enum TraceSetting {
    /** What is traced: OFF alone, or any of the others. */
    LEVEL("trace_level", "OFF") {
        private static final Set<String> LEVELS = Set.of(OFF, "TIMESTAMPS", "TENSORS");

        // Unknown levels are dropped; nothing but unknown ones changes nothing.
        @Override
        public Optional<List<String>> checked(List<String> values) {
            List<String> known = new ArrayList<>(
                    values.stream().filter(LEVELS::contains).distinct().toList());
            if (known.contains(OFF) && values.size() > 1) {
                throw InferException.invalid("Expect only one trace level 'OFF' is specified");
            }
            return known.isEmpty() ? Optional.empty() : Optional.of(List.copyOf(known));
        }
    },
    /** One request in so many. */
    RATE("trace_rate", "1000") {
        @Override
        public Optional<List<String>> checked(List<String> values) {
            return Optional.of(List.of(number(only(values), 0, UINT32, "")));
        }
    },
    /** How many requests are left to trace; -1 for no limit. */
    COUNT("trace_count", "-1") {
        @Override
        public Optional<List<String>> checked(List<String> values) {
            return Optional.of(List.of(number(only(values), -1, Integer.MAX_VALUE, ". Expecting value >= -1")));
        }
    },
    /** How many traces a file holds; 0 for one file. */
    LOG_FREQUENCY("log_frequency", "0") {
        @Override
        public Optional<List<String>> checked(List<String> values) {
            return Optional.of(List.of(number(only(values), 0, UINT32, "")));
        }
    };

    /** The level at which nothing is traced. */
    public static final String OFF = "OFF";

    private static final long UINT32 = 0xFFFF_FFFFL;

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

    String number(String text, long least, long most, String expectation) {
        BigInteger number;
        try {
            number = new BigInteger(text.strip());
        } catch (NumberFormatException e) {
            throw new InferException(
                    InferException.Code.INVALID_ARG, "Unable to parse '" + protocolName + "', got: " + text, e);
        }
        if (!expectation.isEmpty() && number.compareTo(BigInteger.valueOf(least)) < 0) {
            throw InferException.invalid("Unable to parse '" + protocolName + "'" + expectation + ", got:" + text);
        }
        if (number.compareTo(BigInteger.valueOf(least)) < 0 || number.compareTo(BigInteger.valueOf(most)) > 0) {
            throw InferException.invalid("Unable to parse '" + protocolName + "', value is out of range [ " + least
                    + ", " + most + " ], got: " + text);
        }
        return number.toString();
    }
}
