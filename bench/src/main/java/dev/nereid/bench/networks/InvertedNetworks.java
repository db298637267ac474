package dev.nereid.bench.networks;

import dev.nereid.proto.onnx.ModelProto;
import java.util.function.UnaryOperator;

/** Networks for small machines: depthwise convolutions between pointwise ones. */
final class InvertedNetworks {
    private static final int CLASSES = 1000;

    private InvertedNetworks() {}

    /**
     * A block of more channels inside than outside.
     *
     * @param squeezed channels of its squeeze-and-excite; 0 for none
     */
    private record Block(int kernel, int inside, int filters, int stride, int squeezed, boolean hard) {
        String write(ImageLayers layers, String x, int channels, UnaryOperator<String> activation) {
            String y = inside == channels ? x : activation.apply(layers.conv(x, channels, inside, 1, 1));
            y = activation.apply(layers.conv(y, inside, inside, kernel, stride, inside));
            if (squeezed > 0) {
                y = layers.squeezeExcite(y, inside, squeezed, hard);
            }
            y = layers.conv(y, inside, filters, 1, 1);
            return stride == 1 && channels == filters ? layers.add(x, y) : y;
        }
    }

    static ModelProto mobileNet2(int batch) {
        ImageLayers layers = new ImageLayers();
        UnaryOperator<String> clip = x -> layers.graph()
                .node(
                        "Clip",
                        x,
                        layers.graph().scalar("low-" + x, 0f),
                        layers.graph().scalar("high-" + x, 6f));
        String x = clip.apply(layers.conv(layers.image(batch, 224), 3, 32, 3, 2));
        int channels = 32;
        int[][] stages = {
            {1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}
        };
        for (int[] stage : stages) {
            for (int block = 0; block < stage[2]; block++) {
                int stride = block == 0 ? stage[3] : 1;
                x = new Block(3, channels * stage[0], stage[1], stride, 0, false).write(layers, x, channels, clip);
                channels = stage[1];
            }
        }
        x = clip.apply(layers.conv(x, channels, 1280, 1, 1));
        return layers.graph().model(layers.classify(x, 1280, CLASSES));
    }

    static ModelProto mobileNet3(int batch) {
        ImageLayers layers = new ImageLayers();
        String x = layers.hardSwish(layers.conv(layers.image(batch, 224), 3, 16, 3, 2));
        int channels = 16;
        Block[] blocks = {
            new Block(3, 16, 16, 1, 0, true),
            new Block(3, 64, 24, 2, 0, true),
            new Block(3, 72, 24, 1, 0, true),
            new Block(5, 72, 40, 2, 24, true),
            new Block(5, 120, 40, 1, 32, true),
            new Block(5, 120, 40, 1, 32, true),
            new Block(3, 240, 80, 2, 0, true),
            new Block(3, 200, 80, 1, 0, true),
            new Block(3, 184, 80, 1, 0, true),
            new Block(3, 184, 80, 1, 0, true),
            new Block(3, 480, 112, 1, 120, true),
            new Block(3, 672, 112, 1, 168, true),
            new Block(5, 672, 160, 2, 168, true),
            new Block(5, 960, 160, 1, 240, true),
            new Block(5, 960, 160, 1, 240, true)
        };
        for (int place = 0; place < blocks.length; place++) {
            UnaryOperator<String> activation = place < 6 ? layers::relu : layers::hardSwish;
            x = blocks[place].write(layers, x, channels, activation);
            channels = blocks[place].filters();
        }
        x = layers.hardSwish(layers.conv(x, channels, 960, 1, 1));
        String means = layers.graph().node("Flatten", layers.graph().node("GlobalAveragePool", x));
        String hidden = layers.hardSwish(layers.gemm(means, 960, 1280));
        return layers.graph().model(layers.gemm(hidden, 1280, CLASSES));
    }

    static ModelProto efficientNet(int batch) {
        ImageLayers layers = new ImageLayers();
        String x = layers.silu(layers.conv(layers.image(batch, 224), 3, 32, 3, 2));
        int channels = 32;
        int[][] stages = {
            {1, 3, 16, 1, 1},
            {6, 3, 24, 2, 2},
            {6, 5, 40, 2, 2},
            {6, 3, 80, 3, 2},
            {6, 5, 112, 3, 1},
            {6, 5, 192, 4, 2},
            {6, 3, 320, 1, 1}
        };
        for (int[] stage : stages) {
            for (int block = 0; block < stage[3]; block++) {
                int stride = block == 0 ? stage[4] : 1;
                Block made = new Block(stage[1], channels * stage[0], stage[2], stride, channels / 4, false);
                x = made.write(layers, x, channels, layers::silu);
                channels = stage[2];
            }
        }
        x = layers.silu(layers.conv(x, channels, 1280, 1, 1));
        return layers.graph().model(layers.classify(x, 1280, CLASSES));
    }

    static ModelProto shuffleNet(int batch) {
        ImageLayers layers = new ImageLayers();
        String x = layers.relu(layers.conv(layers.image(batch, 224), 3, 24, 3, 2));
        x = layers.maxPool(x, 3, 2, 1);
        int channels = 24;
        int size = 56;
        int[][] stages = {{116, 4}, {232, 8}, {464, 4}};
        for (int[] stage : stages) {
            int half = stage[0] / 2;
            size /= 2;
            for (int block = 0; block < stage[1]; block++) {
                String left;
                String right;
                if (block == 0) {
                    String small = layers.conv(x, channels, channels, 3, 2, channels);
                    left = layers.relu(layers.conv(small, channels, half, 1, 1));
                    right = branch(layers, x, channels, half, 2);
                } else {
                    left = layers.split(x, 1, half, half);
                    right = branch(layers, left + "_1", half, half, 1);
                }
                x = shuffled(layers, batch, 2 * half, size, layers.join(left, right));
                channels = 2 * half;
            }
        }
        x = layers.relu(layers.conv(x, channels, 1024, 1, 1));
        return layers.graph().model(layers.classify(x, 1024, CLASSES));
    }

    private static String branch(ImageLayers layers, String x, int channels, int half, int stride) {
        String y = layers.relu(layers.conv(x, channels, half, 1, 1));
        y = layers.conv(y, half, half, 3, stride, half);
        return layers.relu(layers.conv(y, half, half, 1, 1));
    }

    private static String shuffled(ImageLayers layers, int batch, int channels, int size, String x) {
        String pairs = layers.reshape(x, batch, 2, channels / 2, size, size);
        return layers.reshape(layers.transpose(pairs, 0, 2, 1, 3, 4), batch, channels, size, size);
    }
}
