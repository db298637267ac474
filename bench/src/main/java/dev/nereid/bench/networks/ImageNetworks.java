package dev.nereid.bench.networks;

import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import java.util.List;

/** Classifiers, detectors and networks from image to image. */
final class ImageNetworks {
    private static final int CLASSES = 1000;

    static final List<OperatorFamily> FAMILIES = List.of(
            family(
                    "resnet",
                    new OperatorModel("18", () -> ResidualNetworks.basic(1, 2, 2, 2, 2)),
                    new OperatorModel("50", () -> ResidualNetworks.bottlenecks(1, 1, 64, 3, 4, 6, 3)),
                    new OperatorModel("50-b8", () -> ResidualNetworks.bottlenecks(8, 1, 64, 3, 4, 6, 3)),
                    new OperatorModel("resnext50", () -> ResidualNetworks.bottlenecks(1, 32, 128, 3, 4, 6, 3))),
            family(
                    "mobile",
                    new OperatorModel("v2", () -> InvertedNetworks.mobileNet2(1)),
                    new OperatorModel("v3-large", () -> InvertedNetworks.mobileNet3(1)),
                    new OperatorModel("efficientnet-b0", () -> InvertedNetworks.efficientNet(1)),
                    new OperatorModel("shufflenet-v2", () -> InvertedNetworks.shuffleNet(1))),
            family(
                    "classic",
                    new OperatorModel("vgg11", ImageNetworks::vgg),
                    new OperatorModel("squeezenet", ImageNetworks::squeezeNet),
                    new OperatorModel("densenet121", ImageNetworks::denseNet),
                    new OperatorModel("convnext-atto", ImageNetworks::convNext)),
            family(
                    "pixels",
                    new OperatorModel("yolov8n-320", Detector::yolo),
                    new OperatorModel("unet-128", ImageNetworks::unet),
                    new OperatorModel("dcgan-64", ImageNetworks::generator)));

    private ImageNetworks() {}

    private static OperatorFamily family(String name, OperatorModel... models) {
        return OperatorFamily.of(name, Networks.GOAL, models);
    }

    private static ModelProto vgg() {
        ImageLayers layers = new ImageLayers();
        String x = layers.image(1, 224);
        int channels = 3;
        for (int[] stage : new int[][] {{64}, {128}, {256, 256}, {512, 512}, {512, 512}}) {
            for (int filters : stage) {
                x = layers.relu(layers.conv(x, channels, filters, 3, 1));
                channels = filters;
            }
            x = layers.maxPool(x, 2, 2, 0);
        }
        return layers.graph().model(layers.classify(x, channels, CLASSES));
    }

    private static ModelProto squeezeNet() {
        ImageLayers layers = new ImageLayers();
        String x = layers.relu(layers.conv(layers.image(1, 224), 3, 64, 3, 2));
        x = layers.maxPool(x, 3, 2, 0);
        int channels = 64;
        int[] squeezed = {16, 16, 32, 32, 48, 48, 64, 64};
        for (int place = 0; place < squeezed.length; place++) {
            if (place == 2 || place == 4) {
                x = layers.maxPool(x, 3, 2, 0);
            }
            int few = squeezed[place];
            String small = layers.relu(layers.conv(x, channels, few, 1, 1));
            x = layers.join(
                    layers.relu(layers.conv(small, few, 4 * few, 1, 1)),
                    layers.relu(layers.conv(small, few, 4 * few, 3, 1)));
            channels = 8 * few;
        }
        x = layers.relu(layers.conv(x, channels, CLASSES, 1, 1));
        return layers.graph().model(layers.graph().node("GlobalAveragePool", x));
    }

    private static ModelProto denseNet() {
        ImageLayers layers = new ImageLayers();
        String x = layers.relu(layers.conv(layers.image(1, 224), 3, 64, 7, 2));
        x = layers.maxPool(x, 3, 2, 1);
        int channels = 64;
        int[] blocks = {6, 12, 24, 16};
        for (int block = 0; block < blocks.length; block++) {
            for (int layer = 0; layer < blocks[block]; layer++) {
                String few = layers.conv(normalized(layers, x, channels), channels, 128, 1, 1);
                x = layers.join(x, layers.conv(layers.relu(few), 128, 32, 3, 1));
                channels += 32;
            }
            if (block < blocks.length - 1) {
                x = layers.conv(normalized(layers, x, channels), channels, channels / 2, 1, 1);
                x = layers.averagePool(x, 2, 2);
                channels /= 2;
            }
        }
        return layers.graph().model(layers.classify(normalized(layers, x, channels), channels, CLASSES));
    }

    private static String normalized(ImageLayers layers, String x, int channels) {
        return layers.relu(layers.batchNormalization(x, channels));
    }

    private static ModelProto convNext() {
        ImageLayers layers = new ImageLayers();
        int[] widths = {40, 80, 160, 320};
        int[] blocks = {2, 2, 6, 2};
        String x = layers.patches(layers.image(1, 224), 3, widths[0], 4);
        x = normalizedChannels(layers, x, widths[0]);
        for (int stage = 0; stage < widths.length; stage++) {
            int width = widths[stage];
            if (stage > 0) {
                x = layers.patches(normalizedChannels(layers, x, widths[stage - 1]), widths[stage - 1], width, 2);
            }
            for (int block = 0; block < blocks[stage]; block++) {
                String y = layers.transpose(layers.conv(x, width, width, 7, 1, width), 0, 2, 3, 1);
                y = layers.gelu(layers.linear(layers.layerNorm(y, width), width, 4 * width));
                y = layers.linear(y, 4 * width, width);
                y = layers.graph().node("Mul", layers.graph().floats("gamma" + stage + "-" + block, 1, width), y);
                x = layers.add(layers.transpose(y, 0, 3, 1, 2), x);
            }
        }
        return layers.graph().model(layers.classify(x, widths[3], CLASSES));
    }

    private static String normalizedChannels(ImageLayers layers, String x, int channels) {
        String last = layers.layerNorm(layers.transpose(x, 0, 2, 3, 1), channels);
        return layers.transpose(last, 0, 3, 1, 2);
    }

    private static ModelProto unet() {
        ImageLayers layers = new ImageLayers();
        int[] widths = {32, 64, 128, 256};
        String[] kept = new String[widths.length];
        String x = layers.image(1, 128);
        int channels = 3;
        for (int stage = 0; stage < widths.length; stage++) {
            x = twice(layers, stage == 0 ? x : layers.maxPool(x, 2, 2, 0), channels, widths[stage]);
            kept[stage] = x;
            channels = widths[stage];
        }
        for (int stage = widths.length - 2; stage >= 0; stage--) {
            String larger = layers.convTransposed(x, channels, widths[stage], 2);
            x = twice(layers, layers.join(kept[stage], larger), 2 * widths[stage], widths[stage]);
            channels = widths[stage];
        }
        return layers.graph().model(layers.conv(x, channels, 2, 1, 1));
    }

    private static String twice(ImageLayers layers, String x, int channels, int filters) {
        String first = layers.relu(layers.conv(x, channels, filters, 3, 1));
        return layers.relu(layers.conv(first, filters, filters, 3, 1));
    }

    private static ModelProto generator() {
        ImageLayers layers = new ImageLayers();
        String x = layers.relu(layers.gemm(layers.graph().input("noise", 1, 100), 100, 512 * 4 * 4));
        x = layers.reshape(x, 1, 512, 4, 4);
        int channels = 512;
        while (channels > 64) {
            x = layers.relu(layers.convTransposed(x, channels, channels / 2, 4));
            channels /= 2;
        }
        return layers.graph().model(layers.graph().node("Tanh", layers.convTransposed(x, channels, 3, 4)));
    }
}
