package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import java.util.List;

/** Networks that give something for every pixel, or a set of boxes: depth, segments, detections by queries. */
final class DenseNetworks {
    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "dense",
            Networks.GOAL,
            new OperatorModel("dpt-head", DenseNetworks::depth),
            new OperatorModel("deeplab-128", DenseNetworks::dilated),
            new OperatorModel("hrnet-128", DenseNetworks::parallel),
            new OperatorModel("detr-decoder", DenseNetworks::queries),
            new OperatorModel("mobilevit-128", DenseNetworks::unfolded)));

    private DenseNetworks() {}

    /** Tokens of a ViT as images of four sizes, fused from the smallest on; linear resizing between corners. */
    private static ModelProto depth() {
        int width = 384;
        int side = 14;
        int inner = 64;
        ImageLayers net = new ImageLayers();
        String[] images = new String[4];
        for (int level = 0; level < 4; level++) {
            String tokens = net.graph().input("tokens" + level, 1, (long) side * side, width);
            String x = net.reshape(net.transpose(tokens, 0, 2, 1), 1, width, side, side);
            x = net.conv(x, width, inner, 1, 1);
            x = switch (level) {
                case 0 -> stretched(net, x, inner, 4);
                case 1 -> stretched(net, x, inner, 2);
                case 2 -> x;
                default -> net.conv(x, inner, inner, 3, 2);
            };
            images[level] = net.conv(x, inner, inner, 3, 1);
        }
        String x = unit(net, images[3], inner);
        for (int level = 2; level >= 0; level--) {
            x = net.conv(resized(net, x, side << (2 - level), "align_corners"), inner, inner, 1, 1);
            x = unit(net, net.add(x, unit(net, images[level], inner)), inner);
        }
        x = net.conv(resized(net, net.conv(x, inner, 32, 3, 1), 16 * side, "align_corners"), 32, 32, 3, 1);
        return net.graph().model(net.relu(net.conv(net.relu(x), 32, 1, 1, 1)));
    }

    private static String stretched(ImageLayers net, String x, int channels, int rate) {
        return net.graph()
                .node(
                        "ConvTranspose",
                        ImageLayers.window(rate, rate, 0, 1),
                        x,
                        net.weights(channels, channels, channels, rate, rate),
                        net.floats(channels));
    }

    private static String unit(ImageLayers net, String x, int channels) {
        String y = net.conv(net.relu(x), channels, channels, 3, 1);
        return net.add(net.conv(net.relu(y), channels, channels, 3, 1), x);
    }

    /** Linear, to a size that is computed as exporters do it. */
    private static String resized(ImageLayers net, String x, int side, String coordinates) {
        String shape = net.node("Slice", net.node("Shape", x), net.list(0), net.list(2), net.list(0));
        return net.graph()
                .node(
                        "Resize",
                        Attributes.NONE
                                .with("coordinate_transformation_mode", coordinates)
                                .with("mode", "linear"),
                        x,
                        "",
                        "",
                        net.concat(0, shape, net.list(side, side)));
    }

    /** A ResNet's last stage with dilation, convolutions of several rates side by side, and classes resized. */
    private static ModelProto dilated() {
        int channels = 256;
        ImageLayers net = new ImageLayers();
        String x = net.relu(net.conv(net.image(1, 128), 3, 64, 7, 2));
        x = net.relu(net.conv(net.maxPool(x, 3, 2, 1), 64, channels, 3, 2));
        for (int block = 0; block < 2; block++) {
            String y = net.relu(net.conv(x, channels, 64, 1, 1));
            y = net.relu(spread(net, y, 64, 64, 2));
            x = net.relu(net.add(net.conv(y, 64, channels, 1, 1), x));
        }
        String mean = net.relu(net.conv(net.node("GlobalAveragePool", x), channels, 64, 1, 1));
        String all = net.join(
                net.relu(net.conv(x, channels, 64, 1, 1)),
                net.relu(spread(net, x, channels, 64, 6)),
                net.relu(spread(net, x, channels, 64, 12)),
                resized(net, mean, 16, "pytorch_half_pixel"));
        x = net.relu(net.conv(net.relu(net.conv(all, 256, 64, 1, 1)), 64, 64, 3, 1));
        return net.graph().model(resized(net, net.conv(x, 64, 21, 1, 1), 128, "pytorch_half_pixel"));
    }

    private static String spread(ImageLayers net, String x, int channels, int filters, int rate) {
        return net.graph()
                .node(
                        "Conv",
                        Attributes.NONE
                                .with("dilations", rate, rate)
                                .with("kernel_shape", 3, 3)
                                .with("pads", rate, rate, rate, rate),
                        x,
                        net.weights(channels * 4L, filters, channels, 3, 3),
                        net.floats(filters));
    }

    /** Branches of two sizes that exchange what they have. */
    private static ModelProto parallel() {
        ImageLayers net = new ImageLayers();
        String x = net.relu(net.conv(net.image(1, 128), 3, 64, 3, 2));
        String large = net.relu(net.conv(net.relu(net.conv(x, 64, 64, 3, 2)), 64, 32, 3, 1));
        String small = net.relu(net.conv(large, 32, 64, 3, 2));
        for (int stage = 0; stage < 2; stage++) {
            large = basic(net, basic(net, large, 32), 32);
            small = basic(net, basic(net, small, 64), 64);
            String up = net.upsample(net.conv(small, 64, 32, 1, 1));
            String down = net.conv(large, 32, 64, 3, 2);
            large = net.relu(net.add(large, up));
            small = net.relu(net.add(down, small));
        }
        return net.graph().model(net.conv(large, 32, 17, 1, 1));
    }

    private static String basic(ImageLayers net, String x, int channels) {
        String y = net.relu(net.conv(x, channels, channels, 3, 1));
        return net.relu(net.add(net.conv(y, channels, channels, 3, 1), x));
    }

    /** A hundred learned queries that see each other and then an image; heads of classes and boxes. */
    private static ModelProto queries() {
        int width = 256;
        int cells = 400;
        ImageLayers net = new ImageLayers();
        String memory = net.graph().input("memory", 1, cells, width);
        String places = net.floats(1, cells, width);
        String ask = net.floats(1, 100, width);
        String x = net.mul(net.floats(1, 100, width), 1);
        for (int layer = 0; layer < 2; layer++) {
            String q = net.add(x, ask);
            x = net.layerNorm(net.add(x, attention(net, q, q, x, 100, 100)), width);
            String seen = attention(net, net.add(x, ask), net.add(memory, places), memory, 100, cells);
            x = net.layerNorm(net.add(x, seen), width);
            String y = net.linear(net.relu(net.linear(x, width, 1024)), 1024, width);
            x = net.layerNorm(net.add(x, y), width);
        }
        String box = net.linear(net.relu(net.linear(net.relu(net.linear(x, width, width)), width, width)), width, 4);
        return net.graph().model(net.concat(-1, net.softmax(net.linear(x, width, 92)), net.node("Sigmoid", box)));
    }

    private static String attention(ImageLayers net, String q, String k, String v, int asked, int seen) {
        int width = 256;
        int heads = 8;
        int size = width / heads;
        String one = net.heads(net.linear(q, width, width), 1, asked, heads, size);
        String two = net.transpose(net.reshape(net.linear(k, width, width), 1, seen, heads, size), 0, 2, 3, 1);
        String three = net.heads(net.linear(v, width, width), 1, seen, heads, size);
        String weights = net.softmax(net.mul(net.node("MatMul", one, two), 1 / Math.sqrt(size)));
        String y = net.transpose(net.node("MatMul", weights, three), 0, 2, 1, 3);
        return net.linear(net.reshape(y, 1, asked, width), width, width);
    }

    /** Attention over the same place of all patches: an image is unfolded, and folded again. */
    private static ModelProto unfolded() {
        int width = 96;
        int side = 32;
        ImageLayers net = new ImageLayers();
        String x = net.silu(net.conv(net.image(1, 128), 3, 32, 3, 2));
        x = net.silu(net.conv(x, 32, 64, 3, 2));
        String local = net.conv(net.silu(net.conv(x, 64, 64, 3, 1)), 64, width, 1, 1);
        String y = net.reshape(
                net.transpose(net.reshape(local, width * side / 2, 2, side / 2, 2), 0, 2, 1, 3),
                width,
                side * side / 4,
                4);
        y = net.transpose(y, 2, 1, 0);
        for (int layer = 0; layer < 2; layer++) {
            String normal = net.layerNorm(y, width);
            String joined = net.reshape(net.linear(normal, width, 3 * width), 4, side * side / 4, 3, 4, width / 4);
            String all = net.transpose(joined, 2, 0, 3, 1, 4);
            String q = net.pick(all, 0, 0);
            String k = net.transpose(net.pick(all, 0, 1), 0, 1, 3, 2);
            String scores = net.node("MatMul", net.mul(q, Math.sqrt(4.0 / width)), k);
            String seen = net.transpose(net.node("MatMul", net.softmax(scores), net.pick(all, 0, 2)), 0, 2, 1, 3);
            y = net.add(y, net.linear(net.reshape(seen, 4, side * side / 4, width), width, width));
            y = net.add(
                    y, net.linear(net.silu(net.linear(net.layerNorm(y, width), width, 2 * width)), 2 * width, width));
        }
        y = net.reshape(net.transpose(y, 2, 1, 0), width * side / 2, side / 2, 2, 2);
        y = net.reshape(net.transpose(y, 0, 2, 1, 3), 1, width, side, side);
        y = net.silu(net.conv(y, width, 64, 1, 1));
        x = net.silu(net.conv(net.join(x, y), 128, 64, 3, 1));
        return net.graph().model(net.classify(x, 64, 100));
    }
}
