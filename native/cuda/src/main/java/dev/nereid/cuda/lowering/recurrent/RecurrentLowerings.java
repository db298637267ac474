package dev.nereid.cuda.lowering.recurrent;

import dev.nereid.cuda.lowering.LoweringEntry;
import dev.nereid.models.operators.recurrent.Recurrent;
import java.util.List;

/** The list of the operators of this family that devices have kernels for. */
public final class RecurrentLowerings {
    private RecurrentLowerings() {}

    public static List<LoweringEntry<?>> all() {
        return List.of(LoweringEntry.widening(
                Recurrent.class, (operator, node, _) -> DeviceRecurrent.of(operator.kind(), node)));
    }
}
