package dev.nereid.models.operators.nn;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.pooling.PoolingKernels;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;

/**
 * ONNX MaxPool and GlobalMaxPool: the highest cell under each window, and on demand its number in x.
 *
 * <p>x: [batch, channels, spatial...]; y and indices: [batch, channels, pooled...].
 */
public final class MaxPool implements Operator {
    private final boolean global;

    MaxPool(boolean global) {
        this.global = global;
    }

    /** Whether one window is the whole of an input. */
    public boolean global() {
        return global;
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
}
