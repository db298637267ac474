package dev.nereid.bench.networks;

import dev.nereid.proto.onnx.ModelProto;

/** Residual networks of 224x224 pixels. */
final class ResidualNetworks {
    private static final int CLASSES = 1000;
    private static final int WIDTH = 64;

    private ResidualNetworks() {}

    /** With two convolutions a block. */
    static ModelProto basic(int batch, int... blocks) {
        ImageLayers layers = new ImageLayers();
        String x = stem(layers, batch);
        int channels = WIDTH;
        for (int stage = 0; stage < blocks.length; stage++) {
            int width = WIDTH << stage;
            for (int block = 0; block < blocks[stage]; block++) {
                int stride = stage > 0 && block == 0 ? 2 : 1;
                String y = layers.relu(layers.conv(x, channels, width, 3, stride));
                y = layers.conv(y, width, width, 3, 1);
                String kept = stride == 1 ? x : layers.conv(x, channels, width, 1, stride);
                x = layers.relu(layers.add(y, kept));
                channels = width;
            }
        }
        return layers.graph().model(layers.classify(x, channels, CLASSES));
    }

    /**
     * With three convolutions a block.
     *
     * @param width filters of the middle convolution in the first stage
     */
    static ModelProto bottlenecks(int batch, int groups, int width, int... blocks) {
        ImageLayers layers = new ImageLayers();
        String x = stem(layers, batch);
        int channels = WIDTH;
        for (int stage = 0; stage < blocks.length; stage++) {
            int few = width << stage;
            int many = (4 * WIDTH) << stage;
            for (int block = 0; block < blocks[stage]; block++) {
                int stride = stage > 0 && block == 0 ? 2 : 1;
                String y = layers.relu(layers.conv(x, channels, few, 1, 1));
                y = layers.relu(layers.conv(y, few, few, 3, stride, groups));
                y = layers.conv(y, few, many, 1, 1);
                String kept = block > 0 ? x : layers.conv(x, channels, many, 1, stride);
                x = layers.relu(layers.add(y, kept));
                channels = many;
            }
        }
        return layers.graph().model(layers.classify(x, channels, CLASSES));
    }

    private static String stem(ImageLayers layers, int batch) {
        return layers.maxPool(layers.relu(layers.conv(layers.image(batch, 224), 3, WIDTH, 7, 2)), 3, 2, 1);
    }
}
