package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Networks over series and sets: voices of speakers, heart beats, forecasts in patches, clouds of points. */
final class SeriesNetworks {
    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "series",
            Networks.GOAL,
            new OperatorModel("ecapa-200", SeriesNetworks::speaker),
            new OperatorModel("ecg-8", SeriesNetworks::heart),
            new OperatorModel("patches-336", SeriesNetworks::patches),
            new OperatorModel("pointnet-4", SeriesNetworks::cloud)));

    private SeriesNetworks() {}

    /** ECAPA-TDNN: dilated convolutions part by part, and statistics weighed by attention. */
    private static ModelProto speaker() {
        Layers layers = new Layers(17);
        SignalLayers signal = new SignalLayers(layers);
        int width = 512;
        int last = 3 * width;
        String x = activated(layers, signal.conv(layers.graph().input("mel", 1, 80, 200), 80, width, 5, 1, 2), width);
        List<String> all = new ArrayList<>();
        for (int dilation : new int[] {2, 3, 4}) {
            String y = activated(layers, signal.conv(x, width, width, 1, 1, 0), width);
            y = activated(layers, signal.conv(parts(layers, signal, y, dilation), width, width, 1, 1, 0), width);
            String mean = layers.graph().node("ReduceMean", Attributes.NONE.with("axes", new long[] {2}), y);
            String squeezed = layers.relu(signal.conv(mean, width, 128, 1, 1, 0));
            String weights = layers.node("Sigmoid", signal.conv(squeezed, 128, width, 1, 1, 0));
            x = layers.add(layers.node("Mul", y, weights), x);
            all.add(x);
        }
        x = layers.relu(signal.conv(layers.concat(1, all.toArray(String[]::new)), last, last, 1, 1, 0));
        String scores = signal.conv(layers.node("Tanh", signal.conv(x, last, 128, 1, 1, 0)), 128, last, 1, 1, 0);
        String weights = layers.graph().node("Softmax", Attributes.NONE.with("axis", 2), scores);
        String mean = sum(layers, layers.node("Mul", x, weights));
        String square = sum(layers, layers.node("Mul", layers.node("Mul", x, x), weights));
        String variance = layers.node("Sub", square, layers.node("Mul", mean, mean));
        String deviation = layers.node("Sqrt", layers.node("Clip", variance, layers.scalar(1e-4)));
        return layers.graph().model(layers.gemm(layers.concat(1, mean, deviation), 2 * last, 192));
    }

    /** Eight parts of the channels, each convolved together with what the part before became. */
    private static String parts(Layers layers, SignalLayers signal, String x, int dilation) {
        int count = 8;
        int width = 64;
        long[] lengths = new long[count];
        Arrays.fill(lengths, width);
        String part = layers.split(x, 1, lengths);
        List<String> done = new ArrayList<>();
        done.add(part);
        String y = "";
        for (int i = 1; i < count; i++) {
            String own = part + "_" + i;
            String read = y.isEmpty() ? own : layers.add(y, own);
            y = activated(layers, signal.conv(read, width, width, 3, 1, 1, dilation, dilation, dilation), width);
            done.add(y);
        }
        return layers.concat(1, done.toArray(String[]::new));
    }

    private static String sum(Layers layers, String x) {
        return layers.graph().node("ReduceSum", Attributes.NONE.with("keepdims", 0), x, layers.list(2));
    }

    private static String activated(Layers layers, String x, int channels) {
        return normalized(layers, layers.relu(x), channels);
    }

    private static String normalized(Layers layers, String x, int channels) {
        float[] ones = new float[channels];
        Arrays.fill(ones, 1);
        return layers.graph()
                .node(
                        "BatchNormalization",
                        Attributes.NONE.withFloat("epsilon", 1e-5f),
                        x,
                        layers.floats(channels),
                        layers.floats(channels),
                        layers.floats(channels),
                        layers.constants(ones, channels));
    }

    /** Twelve leads of an electrocardiogram. */
    private static ModelProto heart() {
        Layers layers = new Layers(17);
        SignalLayers signal = new SignalLayers(layers);
        String x = layers.graph().input("leads", 8, 12, 1000);
        int channels = 12;
        for (int filters : new int[] {32, 64, 128, 256}) {
            x = layers.relu(signal.conv(x, channels, filters, 7, 1, 3));
            x = layers.relu(signal.conv(x, filters, filters, 7, 1, 3));
            x = layers.graph()
                    .node(
                            "MaxPool",
                            Attributes.NONE.with("kernel_shape", new long[] {2}).with("strides", new long[] {2}),
                            x);
            channels = filters;
        }
        return layers.graph().model(layers.gemm(layers.squeeze(layers.node("GlobalAveragePool", x), 2), channels, 5));
    }

    /** PatchTST: seven series of 336 numbers, each normalised and cut into patches that are tokens. */
    private static ModelProto patches() {
        Layers layers = new Layers(17);
        int series = 7;
        int patches = 42;
        int width = 128;
        int heads = 8;
        String x = layers.graph().input("series", 1, 336, series);
        String mean = layers.graph().node("ReduceMean", Attributes.NONE.with("axes", new long[] {1}), x);
        String centred = layers.node("Sub", x, mean);
        String square = layers.node("Mul", centred, centred);
        String variance = layers.graph().node("ReduceMean", Attributes.NONE.with("axes", new long[] {1}), square);
        String deviation = layers.node("Sqrt", layers.add(variance, layers.scalar(1e-5)));
        x = layers.transpose(layers.node("Div", centred, deviation), 0, 2, 1);
        x = layers.add(layers.linear(layers.reshape(x, series, patches, 8), 8, width), layers.floats(patches, width));
        for (int layer = 0; layer < 3; layer++) {
            String q = layers.heads(layers.linear(x, width, width), series, patches, heads, width / heads);
            String k = layers.heads(layers.linear(x, width, width), series, patches, heads, width / heads);
            String v = layers.heads(layers.linear(x, width, width), series, patches, heads, width / heads);
            String scores = layers.div(layers.node("MatMul", q, layers.transpose(k, 0, 1, 3, 2)), 4);
            String context = layers.transpose(layers.node("MatMul", layers.softmax(scores), v), 0, 2, 1, 3);
            context = layers.reshape(context, series, patches, width);
            x = layers.layerNorm(layers.add(x, layers.linear(context, width, width)), width);
            String inner = layers.gelu(layers.linear(x, width, 2 * width));
            x = layers.layerNorm(layers.add(x, layers.linear(inner, 2 * width, width)), width);
        }
        String flat = layers.reshape(layers.transpose(x, 0, 2, 1), 1, series, (long) patches * width);
        String forecast = layers.transpose(layers.linear(flat, patches * width, 96), 0, 2, 1);
        return layers.graph().model(layers.add(layers.node("Mul", forecast, deviation), mean));
    }

    /** PointNet: the same layers for every point, and the greatest of each feature. */
    private static ModelProto cloud() {
        Layers layers = new Layers(17);
        SignalLayers signal = new SignalLayers(layers);
        String x = layers.graph().input("points", 4, 3, 1024);
        int channels = 3;
        for (int filters : new int[] {64, 64, 128, 1024}) {
            x = layers.relu(normalized(layers, signal.conv(x, channels, filters, 1, 1, 0), filters));
            channels = filters;
        }
        x = layers.graph()
                .node("ReduceMax", Attributes.NONE.with("axes", new long[] {2}).with("keepdims", 0), x);
        x = layers.relu(layers.gemm(x, channels, 512));
        x = layers.relu(layers.gemm(x, 512, 256));
        return layers.graph()
                .model(layers.graph().node("LogSoftmax", Attributes.NONE.with("axis", 1), layers.gemm(x, 256, 40)));
    }
}
