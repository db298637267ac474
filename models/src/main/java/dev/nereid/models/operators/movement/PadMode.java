package dev.nereid.models.operators.movement;

import dev.nereid.models.ModelFormatException;

/** Where an element beyond the input of a Pad comes from. */
public enum PadMode {
    CONSTANT,
    EDGE,
    REFLECT,
    WRAP;

    /** The position in [0, extent) that {@code position} repeats; for {@code CONSTANT}, what lies inside alone is one. */
    long source(long position, long extent) {
        if (position >= 0 && position < extent) {
            return position;
        }
        return switch (this) {
            case CONSTANT -> position;
            case EDGE -> Math.clamp(position, 0, extent - 1);
            case WRAP -> Math.floorMod(position, extent);
            case REFLECT -> {
                long period = Math.max(2 * extent - 2, 1);
                long folded = Math.floorMod(position, period);
                yield folded < extent ? folded : period - folded;
            }
        };
    }

    public static PadMode of(String name) {
        for (PadMode mode : values()) {
            if (mode.name().equalsIgnoreCase(name)) {
                return mode;
            }
        }
        throw new ModelFormatException("pad mode '" + name + "' is not known");
    }
}
