package dev.nereid.bench.networks;

import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import java.util.List;

/** Encoders of sound: spectra, and samples as they are. */
final class AudioNetworks {
    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "audio",
            Networks.GOAL,
            new OperatorModel("whisper-300", () -> whisper(300)),
            new OperatorModel("whisper-1500", () -> whisper(1500)),
            new OperatorModel("wav2vec", AudioNetworks::wav2vec),
            new OperatorModel("wavenet", AudioNetworks::wavenet),
            new OperatorModel("tcn", AudioNetworks::tcn)));

    private AudioNetworks() {}

    /** Whisper-tiny's encoder with half its layers; heads are an axis with the batch. */
    private static ModelProto whisper(int tokens) {
        int width = 384;
        int heads = 6;
        int size = width / heads;
        Layers text = new Layers(17);
        SignalLayers signal = new SignalLayers(text);
        String x = text.gelu(signal.conv(text.graph().input("spectrum", 1, 80, 2L * tokens), 80, width, 3, 1, 1));
        x = text.gelu(signal.conv(x, width, width, 3, 2, 1));
        x = text.add(text.transpose(x, 0, 2, 1), text.floats(tokens, width));
        for (int layer = 0; layer < 2; layer++) {
            String y = text.layerNorm(x, width);
            String q = heads(text, text.mul(text.linear(y, width, width), 1 / Math.sqrt(size)), tokens, heads, size);
            String k = heads(text, text.matMul(y, width, width), tokens, heads, size);
            String v = heads(text, text.linear(y, width, width), tokens, heads, size);
            String weights = text.softmax(text.node("MatMul", q, text.transpose(k, 0, 2, 1)));
            y = text.reshape(text.node("MatMul", weights, v), 1, heads, tokens, size);
            y = text.reshape(text.transpose(y, 0, 2, 1, 3), 1, tokens, width);
            x = text.add(x, text.linear(y, width, width));
            y = text.gelu(text.linear(text.layerNorm(x, width), width, 4 * width));
            x = text.add(x, text.linear(y, 4 * width, width));
        }
        return text.graph().model(text.layerNorm(x, width));
    }

    private static String heads(Layers text, String x, int tokens, int heads, int size) {
        String split = text.transpose(text.reshape(x, 1, tokens, heads, size), 0, 2, 1, 3);
        return text.reshape(split, heads, tokens, size);
    }

    /** The features of a second of samples, normalised behind the first convolution, and the places' convolution. */
    private static ModelProto wav2vec() {
        int width = 256;
        Layers text = new Layers(17);
        SignalLayers signal = new SignalLayers(text);
        String samples = text.unsqueeze(text.graph().input("samples", 1, 16000), 1);
        String x = signal.conv(samples, 1, width, 10, 5, 0);
        x = text.gelu(signal.groupNorm(x, width, width, 1, width, 3199));
        for (int kernel : new int[] {3, 3, 3, 3, 2, 2}) {
            x = text.gelu(signal.conv(x, width, width, kernel, 2, 0));
        }
        x = text.linear(text.layerNorm(text.transpose(x, 0, 2, 1), width), width, 512);
        String places = signal.conv(text.transpose(x, 0, 2, 1), 512, 512, 128, 1, 16, 1, 64, 64);
        places = text.gelu(text.slice(places, 2, 0, -1));
        x = text.layerNorm(text.add(x, text.transpose(places, 0, 2, 1)), 512);
        return text.graph().model(text.linear(x, 512, 32));
    }

    /** Gated dilated convolutions that see the past alone. */
    private static ModelProto wavenet() {
        int channels = 64;
        Layers text = new Layers(14);
        SignalLayers signal = new SignalLayers(text);
        String x = signal.conv(text.graph().input("samples", 1, 1, 1024), 1, channels, 1, 1, 0);
        String sum = "";
        for (int layer = 0; layer < 8; layer++) {
            int dilation = 1 << layer;
            String both = signal.conv(x, channels, 2 * channels, 2, 1, 1, dilation, dilation, 0);
            String split = text.split(both, 1, channels, channels);
            String gated = text.node("Mul", text.node("Tanh", split), text.node("Sigmoid", split + "_1"));
            String skipped = signal.conv(gated, channels, channels, 1, 1, 0);
            sum = layer == 0 ? skipped : text.add(sum, skipped);
            x = text.add(x, signal.conv(gated, channels, channels, 1, 1, 0));
        }
        String y = text.relu(signal.conv(text.relu(sum), channels, channels, 1, 1, 0));
        return text.graph().model(signal.conv(y, channels, 256, 1, 1, 0));
    }

    /** As PyTorch's reference: padding on both sides, what is too much behind cut off. */
    private static ModelProto tcn() {
        Layers text = new Layers(14);
        SignalLayers signal = new SignalLayers(text);
        String x = text.graph().input("series", 8, 16, 256);
        int channels = 16;
        for (int layer = 0; layer < 4; layer++) {
            int width = 64;
            int pad = 2 << layer;
            String y = text.relu(chopped(text, signal, x, channels, width, pad));
            y = text.relu(chopped(text, signal, y, width, width, pad));
            String kept = channels == width ? x : signal.conv(x, channels, width, 1, 1, 0);
            x = text.relu(text.add(y, kept));
            channels = width;
        }
        return text.graph().model(text.gemm(text.pick(x, 2, -1), channels, 10));
    }

    private static String chopped(Layers text, SignalLayers signal, String x, int channels, int width, int pad) {
        return text.slice(signal.conv(x, channels, width, 3, 1, 1, pad / 2, pad, pad), 2, 0, -pad);
    }
}
