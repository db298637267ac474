package dev.nereid.bench.engine;

import dev.nereid.models.LoadOptions;

/** What {@code --memory} says: how our engine loads a model. */
public enum MemoryChoice {
    USUAL(LoadOptions.DEFAULT),
    LOW(LoadOptions.LOW_MEMORY);

    /** Of the option. */
    public static final String DESCRIPTION =
            "usual, or low for models as a server loads them with the parameter 'memory' (default usual).";

    private final LoadOptions options;

    MemoryChoice(LoadOptions options) {
        this.options = options;
    }

    LoadOptions options() {
        return options;
    }
}
