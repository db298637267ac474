package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.blockwise.BlockwiseSource;
import dev.nereid.models.operators.attention.PackedWeights;
import java.util.Optional;

/** A quantised matrix [n, k] of two to eight bits an element. */
interface NBitMatrix extends PackedWeights.Rows {
    /** The matrix as kernels for weights in blocks read it, if they know how it is held. */
    default Optional<BlockwiseSource> source() {
        return Optional.empty();
    }
}
