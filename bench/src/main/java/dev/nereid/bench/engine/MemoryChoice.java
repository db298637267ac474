package dev.nereid.bench.engine;

import dev.nereid.models.LoadOptions;

/** What {@code --memory} says: how our engine loads a model. */
public enum MemoryChoice {
    USUAL,
    LOW;

    /** Of the option. */
    public static final String DESCRIPTION =
            "usual, or low for models as a server loads them with the parameter 'memory' (default usual).";

    LoadOptions options() {
        return switch (this) {
            case USUAL -> LoadOptions.DEFAULT;
            case LOW -> LoadOptions.LOW_MEMORY;
        };
    }
}
