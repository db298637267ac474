package dev.nereid.engine;

import dev.nereid.models.LoadOptions;
import dev.nereid.models.Precision;
import java.util.Objects;

/**
 * How a model is loaded.
 *
 * @param version of a model's folder; {@link #LATEST} for the highest
 * @param precision of products with constant weights
 */
public record ModelOptions(long version, Precision precision) {
    /** The highest version that the folder has. */
    public static final long LATEST = -1;

    /** The highest version, in the file's own precision. */
    public static final ModelOptions DEFAULT = new ModelOptions(LATEST, Precision.FP32);

    public ModelOptions {
        Objects.requireNonNull(precision, "precision");
        if (version < LATEST) {
            throw EngineException.invalid("version: expected a number from 0, or " + LATEST + ", got " + version);
        }
    }

    public ModelOptions withVersion(long other) {
        return new ModelOptions(other, precision);
    }

    public ModelOptions withPrecision(Precision other) {
        return new ModelOptions(version, other);
    }

    LoadOptions load() {
        return LoadOptions.DEFAULT.withPrecision(precision);
    }
}
