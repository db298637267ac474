package dev.nereid.cuda.lowering.linear;

import dev.nereid.cuda.lowering.LoweringEntry;
import dev.nereid.models.operators.linear.Conv;
import dev.nereid.models.operators.linear.ConvTranspose;
import dev.nereid.models.operators.linear.FusedAttention;
import dev.nereid.models.operators.linear.FusedMatMul;
import dev.nereid.models.operators.linear.Gemm;
import dev.nereid.models.operators.linear.MatMul;
import java.util.List;

/** The list of the operators of this family that devices have kernels for. */
public final class LinearLowerings {
    private LinearLowerings() {}

    public static List<LoweringEntry<?>> all() {
        return List.of(
                LoweringEntry.widening(Conv.class, new ConvLowering()),
                LoweringEntry.widening(ConvTranspose.class, new ConvTransposeLowering()),
                LoweringEntry.of(FusedAttention.class, new FusedAttentionLowering()),
                LoweringEntry.widening(FusedMatMul.class, new FusedMatMulLowering()),
                LoweringEntry.of(Gemm.class, new GemmLowering()),
                LoweringEntry.of(MatMul.class, new MatMulLowering()));
    }
}
