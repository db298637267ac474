package dev.nereid.models.operators.nn;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.pooling.PoolingKernels;
import dev.nereid.kernels.pooling.PoolingKernels.Reduction;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.WindowAttributes;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;

/**
 * ONNX AveragePool and LpPool and their global forms: the mean or the p-norm of the cells under each window.
 *
 * <p>x: [batch, channels, spatial...]; y: [batch, channels, pooled...].
 */
public final class ReducingPool implements Operator {
    /** What the numbers of a window become: their mean, or their norm. */
    public enum Kind {
        MEAN,
        NORM
    }

    private final Kind kind;
    private final boolean global;

    ReducingPool(Kind kind, boolean global) {
        this.kind = kind;
        this.global = global;
    }

    /** What a window's numbers become. */
    public Kind kind() {
        return kind;
    }

    /** Whether one window is the whole of an input. */
    public boolean global() {
        return global;
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        DataType type = inference.type(0).dataType();
        norm(inference.attributes(), inference.opset());
        return List.of(
                inference.type(0).hasRank()
                        ? TensorType.of(type, PooledWindow.outputDims(inference, global))
                        : TensorType.ofUnknownRank(type));
    }

    @Override
    public void lower(Lowering lowering) {
        PoolingKernels kernels = lowering.kernels().pooling();
        Attributes attributes = lowering.attributes();
        int norm = norm(attributes, lowering.opset());
        lowering.step(run -> {
            Tensor x = run.input(0);
            WindowAttributes moves = PooledWindow.attributes(attributes, x.shape(), global);
            Window window = PooledWindow.window(moves, x.shape());
            Reduction reduction = switch (kind) {
                case MEAN -> moves.mean(window, attributes.integer("count_include_pad", 0) != 0);
                case NORM -> new Reduction.Norm(norm);
            };
            kernels.reduce(
                    x.dataType(),
                    PooledWindow.channels(x.shape()),
                    window,
                    reduction,
                    x.segment(),
                    run.output(0).segment(),
                    run.scratch(kernels.scratchBytes(window)));
        });
    }

    /** The p of the p-norm, which was a real number in opset 1. */
    private static int norm(Attributes attributes, int opset) {
        float p = opset < 2 ? attributes.real("p", 2f) : attributes.integer("p", 2);
        if (p < 1 || p != Math.rint(p)) {
            throw new ModelFormatException("attribute 'p': expected a whole number of at least 1, got " + p);
        }
        return (int) p;
    }
}
