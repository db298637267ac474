package dev.nereid.models;

import java.util.Objects;

/**
 * How a model is loaded.
 *
 * @param optimize whether the graph is rewritten; without, every node is lowered as the file has it
 * @param winograd whether convolutions of 3 x 3 taps may use Winograd's algorithm, which is faster and rounds differently;
 *     of no effect where the graph is not rewritten
 * @param precision of products with constant weights; of no effect on devices beside the CPU
 * @param packed whether texts of different lengths are to be run one behind the other, where the graph allows it
 */
public record LoadOptions(boolean optimize, boolean winograd, Precision precision, boolean packed) {
    /** What a server uses. */
    public static final LoadOptions DEFAULT = new LoadOptions(true, true, Precision.FP32, false);

    /** What a server uses for texts: packed where that can be had. */
    public static final LoadOptions PACKED = new LoadOptions(true, true, Precision.FP32, true);

    /** As the file has it: the oracle of the optimiser. */
    public static final LoadOptions UNOPTIMIZED = new LoadOptions(false, false, Precision.FP32, false);

    public LoadOptions {
        Objects.requireNonNull(precision, "precision");
    }

    public LoadOptions withPrecision(Precision other) {
        return new LoadOptions(optimize, winograd, other, packed);
    }
}
