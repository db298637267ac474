package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import java.util.List;

/** Networks that restore images: channels normalised cell by cell, gates, attention among channels. */
final class RestorationNetworks {
    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "restoration",
            Networks.GOAL,
            new OperatorModel("nafnet-64", RestorationNetworks::gated),
            new OperatorModel("restormer-64", RestorationNetworks::channelAttention)));

    private RestorationNetworks() {}

    /** NAFNet's blocks: half of the channels multiply the other half. */
    private static ModelProto gated() {
        int width = 32;
        ImageLayers net = new ImageLayers();
        String image = net.image(1, 64);
        String x = net.conv(image, 3, width, 3, 1);
        for (int block = 0; block < 3; block++) {
            String y = net.conv(cellNorm(net, x, width), width, 2 * width, 1, 1);
            y = gate(net, net.conv(y, 2 * width, 2 * width, 3, 1, 2 * width), width);
            y = net.node("Mul", y, net.conv(net.node("GlobalAveragePool", y), width, width, 1, 1));
            x = net.add(x, net.node("Mul", net.conv(y, width, width, 1, 1), net.floats(1, width, 1, 1)));
            y = gate(net, net.conv(cellNorm(net, x, width), width, 2 * width, 1, 1), width);
            x = net.add(x, net.node("Mul", net.conv(y, width, width, 1, 1), net.floats(1, width, 1, 1)));
        }
        return net.graph().model(net.add(net.conv(x, width, 3, 3, 1), image));
    }

    private static String gate(ImageLayers net, String x, int width) {
        String halves = net.split(x, 1, width, width);
        return net.node("Mul", halves, halves + "_1");
    }

    /** Layer normalisation over the channels of each cell, which lie second. */
    private static String cellNorm(ImageLayers net, String x, int width) {
        String centred = net.node("Sub", x, mean(net, x));
        String variance = mean(net, net.node("Pow", centred, net.scalar(2)));
        String deviation = net.node("Sqrt", net.add(variance, net.scalar(1e-6)));
        String normal = net.node("Div", centred, deviation);
        return net.add(net.node("Mul", net.floats(1, width, 1, 1), normal), net.floats(1, width, 1, 1));
    }

    private static String mean(ImageLayers net, String x) {
        return net.graph().node("ReduceMean", Attributes.NONE.with("axes", new long[] {1}), x);
    }

    /** Restormer's blocks: each channel of a head attends to the others, by products over all cells. */
    private static ModelProto channelAttention() {
        int width = 48;
        int heads = 2;
        int cells = 64 * 64;
        ImageLayers net = new ImageLayers();
        String image = net.image(1, 64);
        String x = net.conv(image, 3, width, 3, 1);
        for (int block = 0; block < 2; block++) {
            String y = net.conv(cellNorm(net, x, width), width, 3 * width, 1, 1);
            String all = net.split(net.conv(y, 3 * width, 3 * width, 3, 1, 3 * width), 1, width, width, width);
            String q = unit(net, net.reshape(all, 1, heads, width / heads, cells));
            String k = unit(net, net.reshape(all + "_1", 1, heads, width / heads, cells));
            String v = net.reshape(all + "_2", 1, heads, width / heads, cells);
            String scores = net.node("MatMul", q, net.transpose(k, 0, 1, 3, 2));
            String weights = net.softmax(net.node("Mul", scores, net.floats(heads, 1, 1)));
            y = net.reshape(net.node("MatMul", weights, v), 1, width, 64, 64);
            x = net.add(x, net.conv(y, width, width, 1, 1));
            y = net.conv(cellNorm(net, x, width), width, 4 * width, 1, 1);
            String halves = net.split(net.conv(y, 4 * width, 4 * width, 3, 1, 4 * width), 1, 2L * width, 2L * width);
            x = net.add(x, net.conv(net.node("Mul", net.gelu(halves), halves + "_1"), 2 * width, width, 1, 1));
        }
        return net.graph().model(net.add(net.conv(x, width, 3, 3, 1), image));
    }

    /** Rows of length one. */
    private static String unit(ImageLayers net, String x) {
        String length = net.graph()
                .node("ReduceL2", Attributes.NONE.with("axes", new long[] {-1}).with("keepdims", 1), x);
        String clipped = net.node("Clip", length, net.scalar(1e-12));
        return net.node("Div", x, net.node("Expand", clipped, net.node("Shape", x)));
    }
}
