package dev.nereid.models;

/**
 * How a model is loaded.
 *
 * @param optimize whether the graph is rewritten; without, every node is lowered as the file has it
 * @param winograd whether convolutions of 3 x 3 taps may use Winograd's algorithm, which is faster and rounds differently;
 *     of no effect where the graph is not rewritten
 * @param tf32 whether products of matrices on a GPU may round their operands to TF32
 * @param packed whether texts of different lengths are to be run one behind the other, where the graph allows it
 */
public record LoadOptions(boolean optimize, boolean winograd, boolean tf32, boolean packed) {
    /** What a server uses. */
    public static final LoadOptions DEFAULT = new LoadOptions(true, true, false, false);

    /** What a server uses for texts: packed where that can be had. */
    public static final LoadOptions PACKED = new LoadOptions(true, true, false, true);

    /** As the file has it: the oracle of the optimiser. */
    public static final LoadOptions UNOPTIMIZED = new LoadOptions(false, false, false, false);
}
