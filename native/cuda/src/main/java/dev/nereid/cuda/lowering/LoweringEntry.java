package dev.nereid.cuda.lowering;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.Operator;
import java.util.Objects;
import java.util.Optional;

/**
 * An operator that devices have kernels for: a row of the table of device lowerings.
 *
 * @param operator the operator's class
 * @param widens whether nodes of FP16 and BF16 that have no step of their own are computed as FP32, and their results
 *     rounded once; only for operators whose attributes say nothing of datatypes
 */
public record LoweringEntry<T extends Operator>(Class<T> operator, boolean widens, DeviceLowering<T> lowering) {
    public LoweringEntry {
        Objects.requireNonNull(operator, "operator");
        Objects.requireNonNull(lowering, "lowering");
    }

    /** An operator whose nodes have the steps that the lowering makes, and no others. */
    public static <T extends Operator> LoweringEntry<T> of(Class<T> operator, DeviceLowering<T> lowering) {
        return new LoweringEntry<>(operator, false, lowering);
    }

    /** An operator of real numbers whose nodes of FP16 and BF16 may be computed as FP32. */
    public static <T extends Operator> LoweringEntry<T> widening(Class<T> operator, DeviceLowering<T> lowering) {
        return new LoweringEntry<>(operator, true, lowering);
    }

    /**
     * The step of a node; empty where it has none.
     *
     * @param of the node's operator, of the class of this entry
     */
    public Optional<DeviceStep> step(Operator of, Inference node, DeviceCapabilities capabilities) {
        return lowering.step(operator.cast(of), node, capabilities);
    }
}
