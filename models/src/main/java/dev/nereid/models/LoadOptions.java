package dev.nereid.models;

/**
 * How a model is loaded.
 *
 * @param optimize whether the graph is rewritten; without, every node is lowered as the file has it
 * @param winograd whether convolutions of 3 x 3 taps may use Winograd's algorithm, which is faster and rounds differently;
 *     of no effect where the graph is not rewritten
 * @param packed whether texts of different lengths are to be run one behind the other, where the graph allows it
 * @param memory what a model may take beside its weights
 */
public record LoadOptions(boolean optimize, boolean winograd, boolean packed, MemoryUse memory) {
    /** What a server uses. */
    public static final LoadOptions DEFAULT = new LoadOptions(true, true, false, MemoryUse.USUAL);

    /** What a server uses for texts: packed where that can be had. */
    public static final LoadOptions PACKED = new LoadOptions(true, true, true, MemoryUse.USUAL);

    /** As the file has it: the oracle of the optimiser. */
    public static final LoadOptions UNOPTIMIZED = new LoadOptions(false, false, false, MemoryUse.USUAL);

    /** What a server uses for models that shall take little memory. */
    public static final LoadOptions LOW_MEMORY = new LoadOptions(true, false, false, MemoryUse.LOW);

    public LoadOptions {
        if (memory == MemoryUse.LOW && winograd) {
            throw new IllegalArgumentException(
                    "filters for Winograd's algorithm are four times as large: not with LOW");
        }
    }
}
