package dev.nereid.models.operators.contrib;

import dev.nereid.kernels.blockwise.BlockwiseSource;
import dev.nereid.models.operators.attention.PackedWeights;
import java.util.Optional;

/** A matrix [n, k] of a few bits a number. */
interface FewBitMatrix extends PackedWeights.Rows {
    /** The matrix as kernels for weights in blocks read it, if they know how it is held. */
    default Optional<BlockwiseSource> source() {
        return Optional.empty();
    }
}
