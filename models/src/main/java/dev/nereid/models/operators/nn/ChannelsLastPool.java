package dev.nereid.models.operators.nn;

import dev.nereid.kernels.convolution.ChannelsLastKernels;
import dev.nereid.kernels.pooling.Pooling3d;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.ChannelsLast;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.WindowAttributes;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
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

    /** Spatial axes of a film or a scan. */
    private static final int VOLUME = 3;

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
        ChannelsLastKernels kernels = lowering.kernels().channelsLast();
        Attributes attributes = lowering.attributes();
        lowering.step(run -> pool(kernels, attributes, run));
    }

    private void pool(ChannelsLastKernels kernels, Attributes attributes, StepRun run) {
        Tensor x = run.input(0);
        Shape shape = x.shape();
        int batch = Math.toIntExact(shape.dim(0));
        int channels = Math.toIntExact(shape.dim(-1));
        int[] input = ChannelsLast.spatial(shape);
        WindowAttributes moves = WindowAttributes.ofPool(attributes, input);
        Window window = moves.window(input);
        boolean countsPadding = attributes.integer("count_include_pad", 0) != 0;
        MemorySegment y = run.output(0).segment();
        if (window.rank() == VOLUME) {
            int[] frames = moves.counts(window, countsPadding, 0, 1);
            int[] plane = moves.counts(window, countsPadding, 1, VOLUME);
            pool(kernels, new Pooling3d(window, batch, channels), plane, frames, run);
            return;
        }
        switch (kind) {
            case MAX -> kernels.max(window, batch, channels, x.segment(), y, run.workers());
            case MEAN -> {
                int[] counts = moves.counts(window, countsPadding);
                kernels.mean(window, batch, channels, x.segment(), counts, y, run.workers());
            }
        }
    }

    private void pool(ChannelsLastKernels kernels, Pooling3d volume, int[] plane, int[] frames, StepRun run) {
        MemorySegment x = run.input(0).segment();
        MemorySegment y = run.output(0).segment();
        MemorySegment scratch = run.scratch(volume.scratchBytes());
        switch (kind) {
            case MAX -> volume.max(kernels, x, y, scratch, run.workers());
            case MEAN -> volume.mean(kernels, x, plane, frames, y, scratch, run.workers());
        }
    }
}
