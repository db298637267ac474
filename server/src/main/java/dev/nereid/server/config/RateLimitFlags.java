package dev.nereid.server.config;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.schedule.limit.RateLimitConfig;
import java.util.OptionalInt;

/** From the flags of the rate limiter to its configuration. */
final class RateLimitFlags {
    private static final String RESOURCE = "rate-limit-resource";

    private RateLimitFlags() {}

    static RateLimitConfig read(ParsedFlags flags) {
        return new RateLimitConfig(
                flags.text("rate-limit").orElse("off").equalsIgnoreCase("execution_count"),
                flags.texts(RESOURCE).stream().map(RateLimitFlags::resource).toList());
    }

    /** Reads {@code <name>:<count>[:<device>]}. */
    private static RateLimitConfig.Available resource(String text) {
        String[] parts = text.split(":", -1);
        if (parts.length < 2 || parts.length > 3 || parts[0].isEmpty()) {
            throw CommandLineException.badOption(
                    RESOURCE,
                    "--rate-limit-resource option format is '<resource_name>:<count>:<device>' or "
                            + "'<resource_name>:<count>'. Got " + text);
        }
        return new RateLimitConfig.Available(
                parts[0],
                number(parts[1], "count"),
                parts.length == 3 ? OptionalInt.of(number(parts[2], "device")) : OptionalInt.empty());
    }

    private static int number(String text, String what) {
        try {
            int number = Integer.parseInt(text);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw CommandLineException.badOption(RESOURCE, "Invalid option value. Got " + text);
        }
        throw CommandLineException.badOption(RESOURCE, "The " + what + " is a number of at least 0. Got " + text);
    }
}
