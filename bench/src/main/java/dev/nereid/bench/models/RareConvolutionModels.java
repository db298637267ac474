package dev.nereid.bench.models;

import java.util.Arrays;
import java.util.List;

/**
 * Convolutions that few networks have, but those everywhere: transposed ones of groups and far taps, filters that the
 * network computes, taps that mostly meet padding, wide windows with few filters. Extents are the same along all axes.
 */
final class RareConvolutionModels {
    private static final int OPERATOR_SET = 21;

    /**
     * A layer.
     *
     * @param axes spatial axes
     * @param size of the input along each
     */
    private record Layer(
            int axes, int size, int channels, int filters, int groups, int kernel, int stride, int dilation, int pad) {

        static Layer of(int axes, int size, int channels, int filters, int groups, int kernel) {
            return new Layer(axes, size, channels, filters, groups, kernel, 1, 1, kernel / 2);
        }

        /** As many times as large as its input. */
        static Layer larger(int axes, int size, int channels, int filters, int groups, int kernel, int stride) {
            return new Layer(axes, size, channels, filters, groups, kernel, stride, 1, (kernel - stride) / 2);
        }

        Layer dilated(int times) {
            return new Layer(axes, size, channels, filters, groups, kernel, stride, times, kernel / 2 * times);
        }

        Layer unpadded() {
            return new Layer(axes, size, channels, filters, groups, kernel, stride, dilation, 0);
        }

        private Attributes attributes() {
            return Attributes.NONE
                    .with("kernel_shape", each(kernel))
                    .with("strides", each(stride))
                    .with("dilations", each(dilation))
                    .with("group", groups)
                    .with("pads", filled(2 * axes, pad));
        }

        private long[] each(long number) {
            return filled(axes, number);
        }

        private long[] filterDims() {
            return dims(filters, channels / groups, kernel);
        }

        private long[] transposedDims() {
            return dims(channels, filters / groups, kernel);
        }

        private long[] dims(long first, long second, long extent) {
            long[] dims = filled(axes + 2, extent);
            dims[0] = first;
            dims[1] = second;
            return dims;
        }

        private static long[] filled(int length, long number) {
            long[] numbers = new long[length];
            Arrays.fill(numbers, number);
            return numbers;
        }

        private String input(GraphWriter graph) {
            return graph.input("x", dims(1, channels, size));
        }

        private long sums() {
            return Math.max(1, (long) channels / groups * (long) Math.pow(kernel, axes));
        }
    }

    static final List<OperatorFamily> FAMILIES = List.of(
            OperatorFamily.of(
                    "transposed-groups",
                    1.0,
                    transposed("depthwise-64x56k4s2", Layer.larger(2, 56, 64, 64, 64, 4, 2)),
                    transposed("depthwise-256x14k4s2", Layer.larger(2, 14, 256, 256, 256, 4, 2)),
                    transposed("depthwise-21x28k16s8", Layer.larger(2, 28, 21, 21, 21, 16, 8)),
                    transposed("64x28g4k4s2", Layer.larger(2, 28, 64, 64, 4, 4, 2)),
                    transposed("64x28g4k2s2", Layer.larger(2, 28, 64, 64, 4, 2, 2)),
                    transposed("64-32x28k3d2", Layer.of(2, 28, 64, 32, 1, 3).dilated(2)),
                    transposed("volume-32x12g4k4s2", Layer.larger(3, 12, 32, 32, 4, 4, 2)),
                    transposed("volume-depthwise-32x12k4s2", Layer.larger(3, 12, 32, 32, 32, 4, 2)),
                    transposed("volume-16x16k3d2", Layer.of(3, 16, 16, 16, 1, 3).dilated(2))),
            OperatorFamily.of(
                    "transposed-computed",
                    1.0,
                    computedTransposed("64-32x28k4s2", Layer.larger(2, 28, 64, 32, 1, 4, 2)),
                    computedTransposed("volume-16x12k2s2", Layer.larger(3, 12, 16, 16, 1, 2, 2))),
            OperatorFamily.of(
                    "convolution-computed",
                    1.0,
                    computed("64x28k3", Layer.of(2, 28, 64, 64, 1, 3)),
                    computed("128x14k3", Layer.of(2, 14, 128, 128, 1, 3)),
                    computed("256x16k1", Layer.of(2, 16, 256, 256, 1, 1)),
                    computed("256x32g8k3", Layer.of(2, 32, 256, 256, 8, 3)),
                    computed(
                            "depthwise-256x29k5",
                            Layer.of(2, 29, 256, 256, 256, 5).unpadded()),
                    computed("matching-256x22k6", Layer.of(2, 22, 256, 1, 1, 6).unpadded()),
                    computed("volume-16x16k3", Layer.of(3, 16, 16, 16, 1, 3)),
                    computed("volume-depthwise-32x16k3", Layer.of(3, 16, 32, 32, 32, 3))),
            OperatorFamily.of(
                    "far-taps",
                    1.0,
                    plain("512-64x28k3d12", Layer.of(2, 28, 512, 64, 1, 3).dilated(12)),
                    plain("512-64x28k3d24", Layer.of(2, 28, 512, 64, 1, 3).dilated(24)),
                    plain("512-64x28k3d36", Layer.of(2, 28, 512, 64, 1, 3).dilated(36))),
            OperatorFamily.of(
                    "few-filters",
                    1.0,
                    plain("32-3x112k9", Layer.of(2, 112, 32, 3, 1, 9)),
                    plain("64-3x112k3", Layer.of(2, 112, 64, 3, 1, 3)),
                    plain("64-1x112k3", Layer.of(2, 112, 64, 1, 1, 3)),
                    plain("64-3x112k7", Layer.of(2, 112, 64, 3, 1, 7))));

    private RareConvolutionModels() {}

    private static OperatorModel plain(String name, Layer layer) {
        return model(name, "Conv", layer, layer.filterDims(), true);
    }

    /** With filters that are an input, as another part of a network computes them. */
    private static OperatorModel computed(String name, Layer layer) {
        return model(name, "Conv", layer, layer.filterDims(), false);
    }

    private static OperatorModel transposed(String name, Layer layer) {
        return model(name, "ConvTranspose", layer, layer.transposedDims(), true);
    }

    private static OperatorModel computedTransposed(String name, Layer layer) {
        return model(name, "ConvTranspose", layer, layer.transposedDims(), false);
    }

    private static OperatorModel model(String name, String operator, Layer layer, long[] filters, boolean constant) {
        return new OperatorModel(name, () -> {
            GraphWriter graph = new GraphWriter(OPERATOR_SET);
            String x = layer.input(graph);
            return graph.model(
                    constant
                            ? graph.node(
                                    operator,
                                    layer.attributes(),
                                    x,
                                    graph.weights("w", layer.sums(), filters),
                                    graph.floats("b", 0.1, layer.filters))
                            : graph.node(operator, layer.attributes(), x, graph.input("w", filters)));
        });
    }
}
