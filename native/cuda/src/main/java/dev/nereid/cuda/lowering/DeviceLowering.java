package dev.nereid.cuda.lowering;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.Operator;
import java.util.Optional;

/**
 * Makes the step of an operator's nodes on a device. Where it gives none, the node runs on the CPU inside the same plan.
 *
 * @param <T> class of the operator
 */
@FunctionalInterface
public interface DeviceLowering<T extends Operator> {
    /**
     * The node's step on a device; empty where its attributes, types or functions are none that kernels there know. Asked
     * only of nodes whose shapes follow from the shapes of the run's inputs.
     */
    Optional<DeviceStep> step(T operator, Inference node, DeviceCapabilities capabilities);
}
