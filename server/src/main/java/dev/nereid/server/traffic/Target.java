package dev.nereid.server.traffic;

import java.util.Objects;
import java.util.OptionalLong;

/**
 * Where a part of the traffic goes: a label, or the number of a version.
 *
 * @param text the label, or the number in digits
 */
public record Target(String text) {
    public Target {
        Objects.requireNonNull(text, "text");
    }

    /** The number of the version; empty for a label. */
    OptionalLong number() {
        return Labels.isLabel(text) ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(text));
    }

    @Override
    public String toString() {
        return text;
    }
}
