package dev.nereid.models;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.KernelSlot;
import dev.nereid.models.imported.DeclaredPorts;
import java.util.Objects;
import java.util.Set;

/**
 * How a model is loaded.
 *
 * @param optimize whether the graph is rewritten; without, every node is lowered as the file has it
 * @param winograd whether convolutions of 3 x 3 taps may use Winograd's algorithm, which is faster and, of floats, rounds
 *     differently; of no effect on floats where the graph is not rewritten
 * @param precision of products with constant weights; of no effect on devices beside the CPU
 * @param int8WeightsBeyond bytes of a product's constant weights beyond which they are held in int8, a scale a column; of no
 *     effect on devices beside the CPU
 * @param tf32 whether products of matrices on a GPU may round their operands to TF32
 * @param packed whether texts of different lengths are to be run one behind the other, where the graph allows it
 * @param memory what a model may take beside its weights
 * @param overridden names of {@linkplain ModelSignature#overridable overridable initializers} that are inputs of a run;
 *     the others are constants
 * @param inputsApart whether dims of one name may differ between the places of the inputs that have them, which costs what
 *     can be fused where they are the same
 * @param declared names and types of inputs and outputs, for files that have none of their own
 */
public record LoadOptions(
        boolean optimize,
        boolean winograd,
        Precision precision,
        long int8WeightsBeyond,
        boolean tf32,
        boolean packed,
        MemoryUse memory,
        Set<String> overridden,
        boolean inputsApart,
        DeclaredPorts declared) {
    /** Beyond so many bytes none are. */
    public static final long NO_INT8 = Long.MAX_VALUE;

    /** What a server uses. */
    public static final LoadOptions DEFAULT = new LoadOptions(
            true, true, Precision.FP32, NO_INT8, false, false, MemoryUse.USUAL, Set.of(), false, DeclaredPorts.NONE);

    /** What a server uses for texts: packed where that can be had. */
    public static final LoadOptions PACKED = DEFAULT.withPacked(true);

    /** As the file has it: the oracle of the optimiser. */
    public static final LoadOptions UNOPTIMIZED = new LoadOptions(
            false, false, Precision.FP32, NO_INT8, false, false, MemoryUse.USUAL, Set.of(), false, DeclaredPorts.NONE);

    /** What a server uses for models that shall take little memory. */
    public static final LoadOptions LOW_MEMORY = DEFAULT.withLowMemory();

    public LoadOptions {
        Objects.requireNonNull(precision, "precision");
        Objects.requireNonNull(memory, "memory");
        Objects.requireNonNull(declared, "declared");
        overridden = Set.copyOf(overridden);
        if (memory == MemoryUse.LOW && winograd) {
            throw new IllegalArgumentException(
                    "filters for Winograd's algorithm are four times as large: not with LOW");
        }
    }

    public LoadOptions withWinograd(boolean other) {
        return new LoadOptions(
                optimize, other, precision, int8WeightsBeyond, tf32, packed, memory, overridden, inputsApart, declared);
    }

    public LoadOptions withPrecision(Precision other) {
        return new LoadOptions(
                optimize, winograd, other, int8WeightsBeyond, tf32, packed, memory, overridden, inputsApart, declared);
    }

    public LoadOptions withInt8WeightsBeyond(long bytes) {
        return new LoadOptions(
                optimize, winograd, precision, bytes, tf32, packed, memory, overridden, inputsApart, declared);
    }

    public LoadOptions withTf32(boolean other) {
        return new LoadOptions(
                optimize,
                winograd,
                precision,
                int8WeightsBeyond,
                other,
                packed,
                memory,
                overridden,
                inputsApart,
                declared);
    }

    public LoadOptions withPacked(boolean other) {
        return new LoadOptions(
                optimize,
                winograd,
                precision,
                int8WeightsBeyond,
                tf32,
                other,
                memory,
                overridden,
                inputsApart,
                declared);
    }

    /** With little memory beside the weights, and so without Winograd's algorithm. */
    public LoadOptions withLowMemory() {
        return new LoadOptions(
                optimize,
                false,
                precision,
                int8WeightsBeyond,
                tf32,
                packed,
                MemoryUse.LOW,
                overridden,
                inputsApart,
                declared);
    }

    /** With these initializers as inputs, and no others. */
    public LoadOptions withOverridden(Set<String> names) {
        return new LoadOptions(
                optimize, winograd, precision, int8WeightsBeyond, tf32, packed, memory, names, inputsApart, declared);
    }

    public LoadOptions withInputsApart(boolean other) {
        return new LoadOptions(
                optimize, winograd, precision, int8WeightsBeyond, tf32, packed, memory, overridden, other, declared);
    }

    public LoadOptions withDeclared(DeclaredPorts ports) {
        return new LoadOptions(
                optimize, winograd, precision, int8WeightsBeyond, tf32, packed, memory, overridden, inputsApart, ports);
    }

    /** Whether anything is computed or held in less precision than the file has. */
    public boolean reduces() {
        return precision != Precision.FP32 || int8WeightsBeyond != NO_INT8;
    }

    /** Kernels that compute with such weights. */
    KernelSet of(KernelSet kernels) {
        KernelSet precise = precision.of(kernels);
        KernelSet set = winograd
                ? precise
                : precise.with(KernelSlot.QUANTIZED, precise.quantized().withSmallFilters());
        return int8WeightsBeyond == NO_INT8
                ? set
                : set.with(KernelSlot.MATMUL, set.matMul().withInt8Weights(int8WeightsBeyond));
    }
}
