package dev.nereid.cuda.lowering.contrib;

import dev.nereid.cuda.lowering.LoweringEntry;
import dev.nereid.models.operators.contrib.MatMulNBits;
import java.util.List;
import java.util.Optional;

/** The list of the operators of this family that devices have kernels for. */
public final class ContribLowerings {
    private ContribLowerings() {}

    public static List<LoweringEntry<?>> all() {
        return List.of(LoweringEntry.widening(
                MatMulNBits.class,
                (operator, node, _) -> operator.format() == MatMulNBits.Format.BLOCKS
                        ? DeviceMatMulNBits.step(node)
                        : Optional.empty()));
    }
}
