package dev.nereid.cuda.placement;

import dev.nereid.cuda.lowering.LoweringEntry;
import dev.nereid.cuda.lowering.attention.AttentionLowerings;
import dev.nereid.cuda.lowering.contrib.ContribLowerings;
import dev.nereid.cuda.lowering.elementwise.ElementwiseLowerings;
import dev.nereid.cuda.lowering.linear.LinearLowerings;
import dev.nereid.cuda.lowering.ml.MlLowerings;
import dev.nereid.cuda.lowering.movement.MovementLowerings;
import dev.nereid.cuda.lowering.nn.NnLowerings;
import dev.nereid.cuda.lowering.quantized.QuantizedLowerings;
import dev.nereid.cuda.lowering.recurrent.RecurrentLowerings;
import dev.nereid.models.operators.Operator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The table of all operators that devices have kernels for, by the operator's class. Immutable. */
final class DeviceLowerings {
    static final Map<Class<? extends Operator>, LoweringEntry<?>> ENTRIES = Stream.<List<LoweringEntry<?>>>of(
                    AttentionLowerings.all(),
                    ContribLowerings.all(),
                    ElementwiseLowerings.all(),
                    LinearLowerings.all(),
                    MlLowerings.all(),
                    MovementLowerings.all(),
                    NnLowerings.all(),
                    QuantizedLowerings.all(),
                    RecurrentLowerings.all())
            .flatMap(List::stream)
            .collect(Collectors.toUnmodifiableMap(LoweringEntry::operator, Function.identity()));

    private DeviceLowerings() {}

    /** The row of an operator; empty where no device has kernels for it. */
    static Optional<LoweringEntry<?>> of(Operator operator) {
        return Optional.ofNullable(ENTRIES.get(operator.getClass()));
    }
}
