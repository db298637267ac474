package dev.nereid.models.operators.nn;

import dev.nereid.kernels.conv.PoolingKernels;
import dev.nereid.kernels.conv.Window;
import dev.nereid.kernels.device.DeviceAbilities;
import dev.nereid.models.device.lowering.DeviceStep;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.WideningOperator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * ONNX MaxPool and GlobalMaxPool: the highest cell under each window, and on demand its number in x.
 *
 * <p>x: [batch, channels, spatial...]; y and indices: [batch, channels, pooled...].
 */
final class MaxPool implements WideningOperator {
    private final boolean global;

    MaxPool(boolean global) {
        this.global = global;
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        DataType type = inference.type(0).dataType();
        if (!inference.type(0).hasRank()) {
            return List.of(TensorType.ofUnknownRank(type), TensorType.ofUnknownRank(DataType.INT64));
        }
        List<Dim> dims = PooledWindow.outputDims(inference, global);
        return List.of(TensorType.of(type, dims), TensorType.of(DataType.INT64, dims));
    }

    @Override
    public void lower(Lowering lowering) {
        PoolingKernels kernels = lowering.kernels().pooling();
        Attributes attributes = lowering.attributes();
        boolean firstAxisFastest = attributes.integer("storage_order", 0) != 0;
        lowering.step(run -> {
            Tensor x = run.input(0);
            Window window = PooledWindow.window(PooledWindow.attributes(attributes, x.shape(), global), x.shape());
            Optional<MemorySegment> indices =
                    run.wants(1) ? Optional.of(run.output(1).segment()) : Optional.empty();
            kernels.max(
                    x.dataType(),
                    PooledWindow.channels(x.shape()),
                    window,
                    x.segment(),
                    run.output(0).segment(),
                    indices,
                    firstAxisFastest,
                    run.scratch(kernels.scratchBytes(window)));
        });
    }

    @Override
    public Optional<DeviceStep> onDevice(Inference node, DeviceAbilities abilities) {
        boolean fits = node.type(0).dataType() == DataType.FP32
                && node.node().output(1).isEmpty()
                && (node.type(0).rank() == 3 || node.type(0).rank() == 4);
        if (!fits) {
            return Optional.empty();
        }
        Attributes attributes = node.attributes();
        return Optional.of(DeviceStep.computing(List.of(0), run -> {
            Shape x = run.input(0).shape();
            Window window = PooledWindow.window(PooledWindow.attributes(attributes, x, global), x);
            run.kernels()
                    .poolMax(
                            window,
                            PooledWindow.channels(x),
                            run.input(0).address(),
                            run.output(0).address());
        }));
    }
}
