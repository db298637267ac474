package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import java.util.List;

/** Networks that step through a text, a line of writing or a series, and one that folds a text up instead. */
final class RecurrentNetworks {
    private static final int WORDS = 2000;

    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "sequence",
            Networks.GOAL,
            new OperatorModel("crnn", RecurrentNetworks::crnn),
            new OperatorModel("textcnn-1x64", () -> textCnn(1, 64)),
            new OperatorModel("textcnn-32x64", () -> textCnn(32, 64)),
            new OperatorModel("tagger-bilstm-1x32", () -> tagger(1, 32)),
            new OperatorModel("tagger-bilstm-16x32", () -> tagger(16, 32)),
            new OperatorModel("forecast-gru-32x48", () -> forecast(32, 48))));

    private RecurrentNetworks() {}

    /** Writing of 32x128 pixels, read from left to right. */
    private static ModelProto crnn() {
        ImageLayers layers = new ImageLayers();
        String x = layers.relu(layers.conv(layers.graph().input("line", 1, 1, 32, 128), 1, 64, 3, 1));
        x = layers.relu(layers.conv(layers.maxPool(x, 2, 2, 0), 64, 128, 3, 1));
        x = layers.relu(layers.conv(layers.maxPool(x, 2, 2, 0), 128, 256, 3, 1));
        x = layers.relu(layers.conv(x, 256, 256, 3, 1));
        x = tallPool(layers, x);
        x = layers.relu(layers.conv(x, 256, 512, 3, 1));
        x = tallPool(layers, x);
        x = tallPool(layers, x);
        String steps = layers.transpose(layers.squeeze(x, 2), 2, 0, 1);
        SignalLayers signal = new SignalLayers(layers);
        steps = signal.recurrent("LSTM", 4, steps, 32, 1, 512, 256, true);
        steps = signal.recurrent("LSTM", 4, steps, 32, 1, 512, 256, true);
        return layers.graph().model(layers.linear(steps, 512, 80));
    }

    /** Halves the rows alone. */
    private static String tallPool(ImageLayers layers, String x) {
        return layers.graph()
                .node("MaxPool", Attributes.NONE.with("kernel_shape", 2, 1).with("strides", 2, 1), x);
    }

    /** The largest of each filter over all places. */
    private static ModelProto textCnn(int batch, int tokens) {
        int width = 128;
        Layers layers = new Layers(14);
        SignalLayers signal = new SignalLayers(layers);
        String x = layers.transpose(layers.embedding(layers.ids("ids", batch, tokens), WORDS, width), 0, 2, 1);
        String[] largest = new String[3];
        for (int place = 0; place < 3; place++) {
            int kernel = place + 3;
            String found = layers.node("Relu", signal.conv(x, width, 100, kernel, 1, 0));
            long places = tokens - kernel + 1L;
            String most = layers.graph()
                    .node(
                            "MaxPool",
                            Attributes.NONE
                                    .with("kernel_shape", new long[] {places})
                                    .with("strides", new long[] {places}),
                            found);
            largest[place] = layers.squeeze(most, 2);
        }
        return layers.graph().model(layers.gemm(layers.concat(1, largest), 300, 5));
    }

    private static ModelProto tagger(int batch, int tokens) {
        Layers layers = new Layers(14);
        SignalLayers signal = new SignalLayers(layers);
        String x = layers.transpose(layers.embedding(layers.ids("ids", batch, tokens), WORDS, 100), 1, 0, 2);
        x = signal.recurrent("LSTM", 4, x, tokens, batch, 100, 128, true);
        x = signal.recurrent("LSTM", 4, x, tokens, batch, 256, 128, true);
        return layers.graph().model(layers.linear(layers.transpose(x, 1, 0, 2), 256, 17));
    }

    private static ModelProto forecast(int batch, int steps) {
        Layers layers = new Layers(14);
        SignalLayers signal = new SignalLayers(layers);
        String x = layers.transpose(layers.graph().input("series", batch, steps, 8), 1, 0, 2);
        x = signal.recurrent("GRU", 3, x, steps, batch, 8, 64, false);
        x = signal.recurrent("GRU", 3, x, steps, batch, 64, 64, false);
        return layers.graph().model(layers.gemm(layers.pick(layers.transpose(x, 1, 0, 2), 1, -1), 64, 12));
    }
}
