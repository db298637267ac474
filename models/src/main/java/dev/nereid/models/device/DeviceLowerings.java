package dev.nereid.models.device;

import dev.nereid.models.device.lowering.LoweringEntry;
import dev.nereid.models.device.lowering.attention.AttentionLowerings;
import dev.nereid.models.device.lowering.contrib.ContribLowerings;
import dev.nereid.models.device.lowering.elementwise.ElementwiseLowerings;
import dev.nereid.models.device.lowering.linear.LinearLowerings;
import dev.nereid.models.device.lowering.ml.MlLowerings;
import dev.nereid.models.device.lowering.movement.MovementLowerings;
import dev.nereid.models.device.lowering.nn.NnLowerings;
import dev.nereid.models.device.lowering.quantized.QuantizedLowerings;
import dev.nereid.models.device.lowering.recurrent.RecurrentLowerings;
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
