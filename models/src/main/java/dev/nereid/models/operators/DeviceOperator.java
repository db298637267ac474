package dev.nereid.models.operators;

import dev.nereid.kernels.device.DeviceAbilities;
import dev.nereid.models.device.lowering.DeviceStep;
import dev.nereid.models.lowering.Inference;
import java.util.Optional;

/**
 * An operator that devices beside the CPU may have kernels for. It stays an ordinary operator too: where a node has no
 * step here it runs on the CPU inside the same plan.
 */
public interface DeviceOperator extends Operator {
    /**
     * The node's step on a device; empty where its attributes, types or functions are none that kernels there know. Asked
     * only of nodes whose shapes follow from the shapes of the run's inputs.
     */
    Optional<DeviceStep> onDevice(Inference node, DeviceAbilities abilities);
}
