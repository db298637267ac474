package dev.nereid.server.cli;

import java.util.Objects;

/**
 * One flag of a command.
 *
 * @param name without the dashes
 * @param help one or two sentences for the usage
 * @param note for {@link Effect#DEPRECATED} how the warning goes on, with {@link #VALUE} for what was
 *     given; for {@link Effect#NONE} the value under which the flag changes nothing in Triton either, and needs no warning
 */
public record Flag(String name, FlagKind kind, Effect effect, String help, String note) {
    /** In the note of a deprecated flag: its value. */
    public static final String VALUE = "%value%";

    /** What a flag does here. */
    public enum Effect {
        /** What the help says. */
        ACTIVE,
        /** What the help says, with a warning that names the flag to use instead. */
        DEPRECATED,
        /** Nothing: accepted so that a command line written for Triton starts, with a warning. */
        NONE
    }

    public Flag {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(effect, "effect");
        Objects.requireNonNull(help, "help");
        Objects.requireNonNull(note, "note");
    }

    public static Flag active(String name, FlagKind kind, String help) {
        return new Flag(name, kind, Effect.ACTIVE, help, "");
    }

    public static Flag deprecated(String name, FlagKind kind, String help, String warning) {
        return new Flag(name, kind, Effect.DEPRECATED, help, warning);
    }

    public static Flag inert(String name, FlagKind kind, String help) {
        return inert(name, kind, help, "");
    }

    public static Flag inert(String name, FlagKind kind, String help, String harmlessValue) {
        return new Flag(name, kind, Effect.NONE, help, harmlessValue);
    }
}
