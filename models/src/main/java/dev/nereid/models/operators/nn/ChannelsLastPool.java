package dev.nereid.models.operators.nn;

import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.pooling.PoolingKernels;
import dev.nereid.kernels.pooling.PoolingKernels.Reduction;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.ChannelsLast;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.WindowAttributes;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * dev.nereid.ChannelsLastMaxPool and ChannelsLastAveragePool, which passes emit.
 *
 * <p>x: [batch, spatial..., channels] of {@code FP32}, one to three spatial axes; y: [batch, pooled..., channels].
 * Attributes: those of ONNX MaxPool and AveragePool; without kernel_shape the window spans the whole input.
 */
final class ChannelsLastPool implements Operator {
    enum Kind {
        MAX,
        MEAN
    }

    private final Kind kind;

    ChannelsLastPool(Kind kind) {
        this.kind = kind;
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(ChannelsLast.pooled(inference.type(0), inference.attributes(), true));
    }

    @Override
    public void lower(Lowering lowering) {
        PoolingKernels kernels = lowering.kernels().pooling();
        Attributes attributes = lowering.attributes();
        lowering.step(run -> pool(kernels, attributes, run));
    }

    private void pool(PoolingKernels kernels, Attributes attributes, StepRun run) {
        Shape shape = run.input(0).shape();
        int batch = Math.toIntExact(shape.dim(0));
        int channels = Math.toIntExact(shape.dim(-1));
        int[] input = ChannelsLast.spatial(shape);
        WindowAttributes moves = WindowAttributes.ofPool(attributes, input);
        Window window = moves.window(input);
        MemorySegment x = run.input(0).segment();
        MemorySegment y = run.output(0).segment();
        MemorySegment scratch = run.scratch(kernels.channelsLastScratchBytes(window, batch, channels));
        switch (kind) {
            case MAX -> kernels.maxChannelsLast(window, batch, channels, x, y, scratch, run.workers());
            case MEAN -> {
                Reduction.Mean mean = moves.mean(window, attributes.integer("count_include_pad", 0) != 0);
                kernels.meanChannelsLast(window, batch, channels, mean, x, y, scratch, run.workers());
            }
        }
    }
}
