package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.proto.onnx.ModelProto;

/** The smallest YOLOv8 for 320x320 pixels, down to boxes and classes of all cells. */
final class Detector {
    private static final int SIZE = 320;
    private static final int CLASSES = 80;
    private static final int BINS = 16;

    private final ImageLayers layers = new ImageLayers();

    private Detector() {}

    static ModelProto yolo() {
        return new Detector().write();
    }

    private ModelProto write() {
        String x = conv(layers.image(1, SIZE), 3, 16, 3, 2);
        x = block(conv(x, 16, 32, 3, 2), 32, 32, 1, true);
        String eighth = block(conv(x, 32, 64, 3, 2), 64, 64, 2, true);
        String sixteenth = block(conv(eighth, 64, 128, 3, 2), 128, 128, 2, true);
        String last = pyramid(block(conv(sixteenth, 128, 256, 3, 2), 256, 256, 1, true), 256);
        String up = block(layers.join(layers.upsample(last), sixteenth), 384, 128, 1, false);
        String small = block(layers.join(layers.upsample(up), eighth), 192, 64, 1, false);
        String middle = block(layers.join(conv(small, 64, 64, 3, 2), up), 192, 128, 1, false);
        String large = block(layers.join(conv(middle, 128, 128, 3, 2), last), 384, 256, 1, false);
        String all = layers.graph()
                .node(
                        "Concat",
                        Attributes.NONE.with("axis", 2),
                        head(small, 64, SIZE / 8),
                        head(middle, 128, SIZE / 16),
                        head(large, 256, SIZE / 32));
        return layers.graph().model(decode(all));
    }

    private String conv(String x, int channels, int filters, int kernel, int stride) {
        return layers.silu(layers.conv(x, channels, filters, kernel, stride));
    }

    private String block(String x, int channels, int filters, int times, boolean adds) {
        int half = filters / 2;
        String first = layers.split(conv(x, channels, filters, 1, 1), 1, half, half);
        String[] parts = new String[2 + times];
        parts[0] = first;
        parts[1] = first + "_1";
        for (int time = 0; time < times; time++) {
            String from = parts[time + 1];
            String y = conv(conv(from, half, half, 3, 1), half, half, 3, 1);
            parts[time + 2] = adds ? layers.add(from, y) : y;
        }
        return conv(layers.join(parts), half * parts.length, filters, 1, 1);
    }

    private String pyramid(String x, int channels) {
        String first = conv(x, channels, channels / 2, 1, 1);
        String second = layers.maxPool(first, 5, 1, 2);
        String third = layers.maxPool(second, 5, 1, 2);
        return conv(layers.join(first, second, third, layers.maxPool(third, 5, 1, 2)), 2 * channels, channels, 1, 1);
    }

    private String head(String x, int channels, int size) {
        String boxes = conv(conv(x, channels, 64, 3, 1), 64, 64, 3, 1);
        String classes = conv(conv(x, channels, CLASSES, 3, 1), CLASSES, CLASSES, 3, 1);
        String both = layers.join(layers.conv(boxes, 64, 4 * BINS, 1, 1), layers.conv(classes, CLASSES, CLASSES, 1, 1));
        return layers.reshape(both, 1, 4 * BINS + CLASSES, (long) size * size);
    }

    /** Distances as the means of distributions over bins, and classes as probabilities. */
    private String decode(String all) {
        int cells = SIZE * SIZE / 64 + SIZE * SIZE / 256 + SIZE * SIZE / 1024;
        String parts = layers.split(all, 1, 4 * BINS, CLASSES);
        String bins = layers.transpose(layers.reshape(parts, 1, 4, BINS, cells), 0, 2, 1, 3);
        String likely = layers.graph().node("Softmax", Attributes.NONE.with("axis", 1), bins);
        String distances = layers.reshape(layers.conv(likely, BINS, 1, 1, 1), 1, 4, cells);
        String sides = layers.split(distances, 1, 2, 2);
        String anchors = layers.graph().floats("anchors", 1, 1, 2, cells);
        String from = layers.graph().node("Sub", anchors, sides);
        String to = layers.add(anchors, sides + "_1");
        String middle =
                layers.graph().node("Div", layers.add(from, to), layers.graph().scalar("two", 2f));
        String boxes = layers.graph()
                .node(
                        "Mul",
                        layers.join(middle, layers.graph().node("Sub", to, from)),
                        layers.graph().floats("strides", 1, 1, cells));
        return layers.join(boxes, layers.graph().node("Sigmoid", parts + "_1"));
    }
}
