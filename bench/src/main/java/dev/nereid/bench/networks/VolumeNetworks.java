package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/** Networks over films and scans: images with one axis more. */
final class VolumeNetworks {
    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "volume",
            Networks.GOAL,
            new OperatorModel("r3d-8x56", VolumeNetworks::film),
            new OperatorModel("r2plus1d-8x56", VolumeNetworks::apart),
            new OperatorModel("unet-32", VolumeNetworks::scan)));

    private final Layers layers = new Layers(17);

    private VolumeNetworks() {}

    /** The first half of a ResNet-18 with filters over three frames. */
    private static ModelProto film() {
        VolumeNetworks net = new VolumeNetworks();
        String x = net.layers.graph().input("frames", 1, 3, 8, 56, 56);
        x = net.layers.relu(net.conv(x, 3, 64, new long[] {3, 7, 7}, new long[] {1, 2, 2}));
        int channels = 64;
        for (int width : new int[] {64, 128}) {
            long stride = width / channels;
            String y = net.layers.relu(net.cube(x, channels, width, 3, stride));
            y = net.cube(y, width, width, 3, 1);
            String kept = stride == 1 ? x : net.cube(x, channels, width, 1, stride);
            x = net.layers.relu(net.layers.add(y, kept));
            channels = width;
        }
        return net.classified(x, channels);
    }

    /** Filters over places, then over frames. */
    private static ModelProto apart() {
        VolumeNetworks net = new VolumeNetworks();
        String x = net.layers.graph().input("frames", 1, 3, 8, 56, 56);
        x = net.layers.relu(net.conv(x, 3, 45, new long[] {1, 7, 7}, new long[] {1, 2, 2}));
        x = net.layers.relu(net.conv(x, 45, 64, new long[] {3, 1, 1}, new long[] {1, 1, 1}));
        for (int block = 0; block < 2; block++) {
            String y = x;
            for (int layer = 0; layer < 2; layer++) {
                y = net.layers.relu(net.conv(y, 64, 144, new long[] {1, 3, 3}, new long[] {1, 1, 1}));
                y = net.conv(y, 144, 64, new long[] {3, 1, 1}, new long[] {1, 1, 1});
                y = layer == 0 ? net.layers.relu(y) : y;
            }
            x = net.layers.relu(net.layers.add(y, x));
        }
        return net.classified(x, 64);
    }

    /** As segmenters of scans are: normalised a channel, joined across. */
    private static ModelProto scan() {
        VolumeNetworks net = new VolumeNetworks();
        String x = net.layers.graph().input("scan", 1, 1, 32, 32, 32);
        String first = net.normalized(net.cube(x, 1, 16, 3, 1), 16);
        String second = net.normalized(net.cube(first, 16, 32, 3, 2), 32);
        String third = net.normalized(net.cube(second, 32, 64, 3, 2), 64);
        String up = net.layers.concat(1, net.up(third, 64, 32), second);
        up = net.normalized(net.cube(up, 64, 32, 3, 1), 32);
        up = net.layers.concat(1, net.up(up, 32, 16), first);
        up = net.normalized(net.cube(up, 32, 16, 3, 1), 16);
        return net.layers.graph().model(net.cube(up, 16, 3, 1, 1));
    }

    private ModelProto classified(String x, int channels) {
        String mean = layers.graph().node("Flatten", layers.node("GlobalAveragePool", x));
        return layers.graph().model(layers.gemm(mean, channels, 400));
    }

    private String cube(String x, int channels, int filters, long kernel, long stride) {
        return conv(x, channels, filters, each(kernel), each(stride));
    }

    private String conv(String x, int channels, int filters, long[] kernel, long[] strides) {
        long taps = LongStream.of(kernel).reduce(1, Math::multiplyExact);
        long[] pads = LongStream.concat(LongStream.of(kernel), LongStream.of(kernel))
                .map(taken -> taken / 2)
                .toArray();
        return layers.graph()
                .node(
                        "Conv",
                        Attributes.NONE
                                .with("dilations", each(1))
                                .with("group", 1)
                                .with("kernel_shape", kernel)
                                .with("pads", pads)
                                .with("strides", strides),
                        x,
                        layers.weights(
                                Math.max(1, channels * taps / 2), filters, channels, kernel[0], kernel[1], kernel[2]),
                        layers.floats(filters));
    }

    /** Twice as many places along every axis. */
    private String up(String x, int channels, int filters) {
        return layers.graph()
                .node(
                        "ConvTranspose",
                        Attributes.NONE.with("kernel_shape", each(2)).with("strides", each(2)),
                        x,
                        layers.weights(channels, channels, filters, 2, 2, 2),
                        layers.floats(filters));
    }

    private String normalized(String x, int channels) {
        String normal = layers.graph()
                .node(
                        "InstanceNormalization",
                        Attributes.NONE.withFloat("epsilon", 1e-5f),
                        x,
                        layers.floats(channels),
                        layers.floats(channels));
        return layers.leakyRelu(normal, 0.01);
    }

    private static long[] each(long value) {
        long[] values = new long[3];
        Arrays.fill(values, value);
        return values;
    }
}
