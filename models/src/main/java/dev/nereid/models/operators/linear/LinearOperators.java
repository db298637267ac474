package dev.nereid.models.operators.linear;

import dev.nereid.models.operators.OperatorSet.Entry;
import java.util.List;

/** The list of the linear operators. */
public final class LinearOperators {
    /** The domain of operators that only passes emit. */
    private static final String FUSED = "dev.nereid";

    private LinearOperators() {}

    /** Every linear operator with its versions. */
    public static List<Entry> all() {
        return List.of(
                Entry.of("MatMul", 1, new MatMul()),
                Entry.of("Gemm", 1, new Gemm()),
                Entry.of("Conv", 1, new Conv()),
                Entry.of("ConvTranspose", 1, new ConvTranspose()),
                Entry.of("Einsum", 12, new Einsum()),
                Entry.of("Det", 11, new Det()),
                Entry.of(FUSED, "FusedMatMul", 1, new FusedMatMul()),
                Entry.of(FUSED, "FusedConv", 1, new Conv()),
                Entry.of(FUSED, "FusedAttention", 1, new FusedAttention()),
                Entry.of(FUSED, "FusedSelfAttention", 1, new FusedSelfAttention()));
    }
}
