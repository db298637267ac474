package dev.nereid.cuda.lowering.ml;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.ml.TreeEnsembleRegressor;
import java.util.Optional;

/** {@link TreeEnsembleRegressor} on a device. */
final class TreeEnsembleRegressorLowering implements DeviceLowering<TreeEnsembleRegressor> {
    @Override
    public Optional<DeviceStep> step(TreeEnsembleRegressor operator, Inference node, DeviceCapabilities capabilities) {
        return DeviceTrees.step(TreeEnsembleRegressor.regression(node.attributes()), node);
    }
}
