package dev.nereid.cuda.lowering.ml;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.cuda.lowering.DeviceLowering;
import dev.nereid.cuda.lowering.DeviceStep;
import dev.nereid.kernels.tree.Forest;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.operators.ml.ClassLabels;
import dev.nereid.models.operators.ml.TreeEnsembleClassifier;
import dev.nereid.tensor.DataType;
import java.util.Optional;

/** {@link TreeEnsembleClassifier} on a device. */
final class TreeEnsembleClassifierLowering implements DeviceLowering<TreeEnsembleClassifier> {
    @Override
    public Optional<DeviceStep> step(TreeEnsembleClassifier operator, Inference node, DeviceCapabilities capabilities) {
        ClassLabels labels = TreeEnsembleClassifier.labels(node.attributes());
        if (node.type(0).dataType() != DataType.FP32 || labels.areStrings()) {
            return Optional.empty();
        }
        Forest forest = TreeEnsembleClassifier.forest(node.attributes(), labels);
        return DeviceTrees.fits(forest)
                ? Optional.of(DeviceClassifier.step(
                        forest, TreeEnsembleClassifier.classes(node.attributes(), forest), labels))
                : Optional.empty();
    }
}
