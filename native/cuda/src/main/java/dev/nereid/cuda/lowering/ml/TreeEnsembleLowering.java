package dev.nereid.cuda.lowering.ml;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.ml.TreeEnsemble;
import java.util.Optional;

/** {@link TreeEnsemble} on a device. */
final class TreeEnsembleLowering implements DeviceLowering<TreeEnsemble> {
    @Override
    public Optional<DeviceStep> step(TreeEnsemble operator, Inference node, DeviceCapabilities capabilities) {
        return DeviceTrees.step(TreeEnsemble.regression(node.attributes()), node);
    }
}
