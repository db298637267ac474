package dev.nereid.models;

import dev.nereid.kernels.KernelSet;
import java.util.Objects;

/**
 * How a model is loaded.
 *
 * @param optimize whether the graph is rewritten; without, every node is lowered as the file has it
 * @param winograd whether convolutions of 3 x 3 taps may use Winograd's algorithm, which is faster and rounds differently;
 *     of no effect where the graph is not rewritten
 * @param precision of products with constant weights; of no effect on devices beside the CPU
 * @param int8WeightsBeyond bytes of a product's constant weights beyond which they are held in int8, a scale a column; of no
 *     effect on devices beside the CPU
 * @param packed whether texts of different lengths are to be run one behind the other, where the graph allows it
 */
public record LoadOptions(
        boolean optimize, boolean winograd, Precision precision, long int8WeightsBeyond, boolean packed) {
    /** Beyond so many bytes none are. */
    public static final long NO_INT8 = Long.MAX_VALUE;

    /** What a server uses. */
    public static final LoadOptions DEFAULT = new LoadOptions(true, true, Precision.FP32, NO_INT8, false);

    /** What a server uses for texts: packed where that can be had. */
    public static final LoadOptions PACKED = new LoadOptions(true, true, Precision.FP32, NO_INT8, true);

    /** As the file has it: the oracle of the optimiser. */
    public static final LoadOptions UNOPTIMIZED = new LoadOptions(false, false, Precision.FP32, NO_INT8, false);

    public LoadOptions {
        Objects.requireNonNull(precision, "precision");
    }

    public LoadOptions withPrecision(Precision other) {
        return new LoadOptions(optimize, winograd, other, int8WeightsBeyond, packed);
    }

    public LoadOptions withInt8WeightsBeyond(long bytes) {
        return new LoadOptions(optimize, winograd, precision, bytes, packed);
    }

    /** Kernels that compute with such weights. */
    KernelSet of(KernelSet kernels) {
        KernelSet set = precision.of(kernels);
        return int8WeightsBeyond == NO_INT8 ? set : set.withMatMul(set.matMul().withInt8Weights(int8WeightsBeyond));
    }
}
