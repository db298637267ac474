package dev.nereid.server.cli;

import java.util.List;
import java.util.Objects;

/** Flags that the usage shows under one title. */
public record FlagGroup(String title, List<Flag> flags) {
    public FlagGroup {
        Objects.requireNonNull(title, "title");
        flags = List.copyOf(flags);
    }

    public static FlagGroup of(String title, Flag... flags) {
        return new FlagGroup(title, List.of(flags));
    }
}
