package dev.nereid.kernels.elementwise;

import dev.nereid.tensor.SmallFloat;
import java.util.Objects;

/**
 * What becomes of a number that a float format of 8 or 4 bits cannot hold; casts to other types ignore it.
 *
 * @param saturate whether the largest finite number takes its place; else infinity where the format has one, or NaN
 * @param powers how numbers between two powers of two are rounded where the format has nothing else
 */
public record CastRule(boolean saturate, SmallFloat.Powers powers) {
    /** The rule where nothing else is said. */
    public static final CastRule DEFAULT = new CastRule(true, SmallFloat.Powers.UP);

    public CastRule {
        Objects.requireNonNull(powers, "powers");
    }
}
