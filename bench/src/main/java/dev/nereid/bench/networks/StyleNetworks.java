package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import java.util.List;

/** Image networks with layers that the others lack: reflections, normalised instances, PRelu, LRN, mixed patches. */
final class StyleNetworks {
    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "style",
            Networks.GOAL,
            new OperatorModel("transfer-128", StyleNetworks::transfer),
            new OperatorModel("arcface-112", StyleNetworks::faces),
            new OperatorModel("esrgan-48", StyleNetworks::enlarged),
            new OperatorModel("alexnet", StyleNetworks::alexnet),
            new OperatorModel("mixer-small", StyleNetworks::mixer),
            new OperatorModel("segformer-128", StyleNetworks::segments)));

    private StyleNetworks() {}

    private static ModelProto transfer() {
        ImageLayers net = new ImageLayers();
        String x = net.image(1, 128);
        x = styled(net, x, 3, 32, 9, 1);
        x = styled(net, x, 32, 64, 3, 2);
        x = styled(net, x, 64, 128, 3, 2);
        for (int block = 0; block < 2; block++) {
            String y = styled(net, x, 128, 128, 3, 1);
            x = net.add(instances(net, reflected(net, y, 128, 128, 3, 1), 128), x);
        }
        x = styled(net, net.upsample(x), 128, 64, 3, 1);
        x = styled(net, net.upsample(x), 64, 32, 3, 1);
        return net.graph().model(reflected(net, x, 32, 3, 9, 1));
    }

    private static String styled(ImageLayers net, String x, int channels, int filters, int kernel, int stride) {
        return net.relu(instances(net, reflected(net, x, channels, filters, kernel, stride), filters));
    }

    private static String reflected(ImageLayers net, String x, int channels, int filters, int kernel, int stride) {
        int pad = kernel / 2;
        String padded = net.graph()
                .node("Pad", Attributes.NONE.with("mode", "reflect"), x, net.list(0, 0, pad, pad, 0, 0, pad, pad));
        return net.graph()
                .node(
                        "Conv",
                        ImageLayers.window(kernel, stride, 0, 1),
                        padded,
                        net.weights((long) channels * kernel * kernel / 2, filters, channels, kernel, kernel),
                        net.floats(filters));
    }

    private static String instances(ImageLayers net, String x, int channels) {
        return net.graph()
                .node(
                        "InstanceNormalization",
                        Attributes.NONE.withFloat("epsilon", 1e-5f),
                        x,
                        net.floats(channels),
                        net.floats(channels));
    }

    /** Blocks that begin with normalisation, and have a PRelu between their convolutions. */
    private static ModelProto faces() {
        ImageLayers net = new ImageLayers();
        String x = prelu(net, net.conv(net.image(1, 112), 3, 64, 3, 1), 64);
        int channels = 64;
        for (int width : new int[] {64, 128, 256}) {
            String y = net.conv(net.batchNormalization(x, channels), channels, width, 3, 1);
            y = net.conv(prelu(net, y, width), width, width, 3, 2);
            x = net.add(y, net.conv(x, channels, width, 1, 2));
            y = net.conv(net.batchNormalization(x, width), width, width, 3, 1);
            x = net.add(net.conv(prelu(net, y, width), width, width, 3, 1), x);
            channels = width;
        }
        x = net.graph().node("Flatten", net.batchNormalization(x, channels));
        return net.graph().model(net.gemm(x, 256 * 14 * 14, 512));
    }

    private static String prelu(ImageLayers net, String x, int channels) {
        return net.node("PRelu", x, net.floats(channels, 1, 1));
    }

    /** Blocks in which every layer reads all before it. */
    private static ModelProto enlarged() {
        ImageLayers net = new ImageLayers();
        String x = net.conv(net.image(1, 48), 3, 64, 3, 1);
        for (int block = 0; block < 2; block++) {
            String all = x;
            int channels = 64;
            for (int layer = 0; layer < 4; layer++) {
                String y = net.leakyRelu(net.conv(all, channels, 32, 3, 1), 0.2);
                all = net.join(all, y);
                channels += 32;
            }
            x = net.add(net.mul(net.conv(all, channels, 64, 3, 1), 0.2), x);
        }
        x = net.leakyRelu(net.conv(net.upsample(x), 64, 64, 3, 1), 0.2);
        return net.graph().model(net.conv(net.leakyRelu(net.conv(x, 64, 64, 3, 1), 0.2), 64, 3, 3, 1));
    }

    /** The first of them, with groups, responses normalised across channels, and large layers behind. */
    private static ModelProto alexnet() {
        ImageLayers net = new ImageLayers();
        String x = net.graph()
                .node(
                        "Conv",
                        ImageLayers.window(11, 4, 0, 1),
                        net.image(1, 227),
                        net.weights(180, 96, 3, 11, 11),
                        net.floats(96));
        x = net.maxPool(responses(net, net.relu(x)), 3, 2, 0);
        x = net.maxPool(responses(net, net.relu(net.conv(x, 96, 256, 5, 1, 2))), 3, 2, 0);
        x = net.relu(net.conv(x, 256, 384, 3, 1));
        x = net.relu(net.conv(x, 384, 384, 3, 1, 2));
        x = net.maxPool(net.relu(net.conv(x, 384, 256, 3, 1, 2)), 3, 2, 0);
        x = net.relu(net.gemm(net.graph().node("Flatten", x), 256 * 6 * 6, 1024));
        return net.graph().model(net.softmax(net.gemm(x, 1024, 1000)));
    }

    private static String responses(ImageLayers net, String x) {
        return net.graph()
                .node(
                        "LRN",
                        Attributes.NONE
                                .with("size", 5)
                                .withFloat("alpha", 1e-4f)
                                .withFloat("beta", 0.75f)
                                .withFloat("bias", 1),
                        x);
    }

    /** Layers across patches, then across channels. */
    private static ModelProto mixer() {
        int width = 512;
        int patches = 196;
        ImageLayers net = new ImageLayers();
        String x = net.patches(net.image(1, 224), 3, width, 16);
        x = net.transpose(net.reshape(x, 1, width, patches), 0, 2, 1);
        for (int layer = 0; layer < 2; layer++) {
            String y = net.transpose(net.layerNorm(x, width), 0, 2, 1);
            y = net.linear(net.gelu(net.linear(y, patches, 256)), 256, patches);
            x = net.add(x, net.transpose(y, 0, 2, 1));
            y = net.linear(net.gelu(net.linear(net.layerNorm(x, width), width, 4 * width)), 4 * width, width);
            x = net.add(x, y);
        }
        return net.graph().model(net.node("ReduceMean", net.layerNorm(x, width)));
    }

    /** Attention whose keys are fewer than its queries, layers with a depthwise convolution inside, linear resizing. */
    private static ModelProto segments() {
        int width = 64;
        int side = 32;
        ImageLayers net = new ImageLayers();
        String image = net.graph()
                .node(
                        "Conv",
                        ImageLayers.window(7, 4, 3, 1),
                        net.image(1, 128),
                        net.weights(74, width, 3, 7, 7),
                        net.floats(width));
        String x = net.layerNorm(tokens(net, image, width, side), width);
        for (int layer = 0; layer < 2; layer++) {
            String y = net.layerNorm(x, width);
            String fewer = net.patches(image(net, y, width, side), width, width, 4);
            fewer = net.layerNorm(tokens(net, fewer, width, side / 4), width);
            String q = net.heads(net.linear(y, width, width), 1, side * side, 2, width / 2);
            String k = net.heads(net.linear(fewer, width, width), 1, side * side / 16, 2, width / 2);
            String v = net.heads(net.linear(fewer, width, width), 1, side * side / 16, 2, width / 2);
            String scores = net.div(net.node("MatMul", q, net.transpose(k, 0, 1, 3, 2)), Math.sqrt(width / 2.0));
            String context = net.transpose(net.node("MatMul", net.softmax(scores), v), 0, 2, 1, 3);
            x = net.add(x, net.linear(net.reshape(context, 1, (long) side * side, width), width, width));
            y = net.linear(net.layerNorm(x, width), width, 4 * width);
            y = net.conv(image(net, y, 4 * width, side), 4 * width, 4 * width, 3, 1, 4 * width);
            y = net.gelu(tokens(net, y, 4 * width, side));
            x = net.add(x, net.linear(y, 4 * width, width));
        }
        String classes = net.conv(image(net, x, width, side), width, 19, 1, 1);
        return net.graph()
                .model(net.graph()
                        .node(
                                "Resize",
                                Attributes.NONE.with("mode", "linear"),
                                classes,
                                "",
                                net.graph().list(net.name("scales"), 1f, 1f, 4f, 4f)));
    }

    private static String tokens(Layers net, String image, int width, int side) {
        return net.transpose(net.reshape(image, 1, width, (long) side * side), 0, 2, 1);
    }

    private static String image(Layers net, String tokens, int width, int side) {
        return net.reshape(net.transpose(tokens, 0, 2, 1), 1, width, side, side);
    }
}
