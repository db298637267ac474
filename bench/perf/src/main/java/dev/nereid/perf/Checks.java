package dev.nereid.perf;

import java.util.List;

/** Refuses values of flags in sentences that name the flag, what was expected and what came. */
final class Checks {
    private Checks() {}

    static void oneOf(String flag, String value, String... allowed) {
        refuseIf(
                !List.of(allowed).contains(value),
                flag + ": expected one of " + List.of(allowed) + ", got '" + value + "'");
    }

    static void atLeast(String flag, long value, long least) {
        refuseIf(value < least, flag + ": expected " + least + " or more, got " + value);
    }

    static void within(String flag, long value, long least, long most) {
        refuseIf(
                value < least || value > most,
                flag + ": expected a number from " + least + " to " + most + ", got " + value);
    }

    static void refuseIf(boolean wrong, String message) {
        if (wrong) {
            throw new IllegalArgumentException(message);
        }
    }
}
