package dev.nereid.models;

/**
 * How a model is loaded.
 *
 * @param optimize whether the graph is rewritten; without, every node is lowered as the file has it
 * @param winograd whether convolutions of 3 x 3 taps may use Winograd's algorithm, which is faster and rounds differently;
 *     of no effect where the graph is not rewritten
 */
public record LoadOptions(boolean optimize, boolean winograd) {
    /** What a server uses. */
    public static final LoadOptions DEFAULT = new LoadOptions(true, true);

    /** As the file has it: the oracle of the optimiser. */
    public static final LoadOptions UNOPTIMIZED = new LoadOptions(false, false);
}
