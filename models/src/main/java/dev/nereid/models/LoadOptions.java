package dev.nereid.models;

/**
 * How a model is loaded.
 *
 * @param optimize whether the graph is rewritten; without, every node is lowered as the file has it
 */
public record LoadOptions(boolean optimize) {
    /** What a server uses. */
    public static final LoadOptions DEFAULT = new LoadOptions(true);

    /** As the file has it: the oracle of the optimiser. */
    public static final LoadOptions UNOPTIMIZED = new LoadOptions(false);
}
