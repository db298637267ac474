package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.proto.onnx.ModelProto;
import java.util.List;

/** Networks that make voices of spectra, and recognise speech. */
final class VoiceNetworks {
    static final List<OperatorFamily> FAMILIES = List.of(OperatorFamily.of(
            "voice",
            Networks.GOAL,
            new OperatorModel("hifigan-32", VoiceNetworks::vocoder),
            new OperatorModel("conformer-100", () -> conformer(100)),
            new OperatorModel("vad-lstm", VoiceNetworks::activity)));

    private VoiceNetworks() {}

    /** HiFi-GAN's first stages: each stretches time, then sums blocks of dilated convolutions. */
    private static ModelProto vocoder() {
        Layers text = new Layers(17);
        SignalLayers signal = new SignalLayers(text);
        String x = signal.conv(text.graph().input("spectrum", 1, 80, 32), 80, 256, 7, 1, 3);
        int channels = 256;
        for (int rate : new int[] {8, 8, 2}) {
            x = stretched(text, text.leakyRelu(x, 0.1), channels, channels / 2, rate);
            channels /= 2;
            String sum = "";
            for (int kernel : new int[] {3, 7}) {
                String y = x;
                for (int dilation : new int[] {1, 3, 5}) {
                    int pad = dilation * (kernel - 1) / 2;
                    String inner =
                            signal.conv(text.leakyRelu(y, 0.1), channels, channels, kernel, 1, 1, dilation, pad, pad);
                    inner = signal.conv(text.leakyRelu(inner, 0.1), channels, channels, kernel, 1, kernel / 2);
                    y = text.add(inner, y);
                }
                sum = sum.isEmpty() ? y : text.add(sum, y);
            }
            x = text.div(sum, 2);
        }
        return text.graph().model(text.node("Tanh", signal.conv(text.leakyRelu(x, 0.1), channels, 1, 7, 1, 3)));
    }

    private static String stretched(Layers text, String x, int channels, int filters, int rate) {
        return text.graph()
                .node(
                        "ConvTranspose",
                        Attributes.NONE
                                .with("kernel_shape", new long[] {2L * rate})
                                .with("pads", rate / 2, rate / 2)
                                .with("strides", new long[] {rate}),
                        x,
                        text.weights(2L * channels, channels, filters, 2L * rate),
                        text.floats(filters));
    }

    /** Two blocks of a Conformer: half a layer, attention with places, a gated depthwise convolution, half a layer. */
    private static ModelProto conformer(int frames) {
        int width = 256;
        Layers text = new Layers(17);
        SignalLayers signal = new SignalLayers(text);
        String x = text.graph().input("frames", 1, frames, width);
        for (int block = 0; block < 2; block++) {
            x = text.add(x, text.mul(inner(text, x, width), 0.5));
            x = text.add(x, attention(text, text.layerNorm(x, width), frames, width, 4));
            String y = text.transpose(text.layerNorm(x, width), 0, 2, 1);
            String both = text.split(signal.conv(y, width, 2 * width, 1, 1, 0), 1, width, width);
            y = text.node("Mul", both, text.node("Sigmoid", both + "_1"));
            y = signal.conv(y, width, width, 31, 1, width, 1, 15, 15);
            y = signal.conv(text.silu(y), width, width, 1, 1, 0);
            x = text.add(x, text.transpose(y, 0, 2, 1));
            x = text.layerNorm(text.add(x, text.mul(inner(text, x, width), 0.5)), width);
        }
        return text.graph().model(x);
    }

    private static String inner(Layers text, String x, int width) {
        String y = text.silu(text.linear(text.layerNorm(x, width), width, 4 * width));
        return text.linear(y, 4 * width, width);
    }

    /** Scores of contents and of places, as Transformer-XL has them; places are shifted by padding and reshaping. */
    private static String attention(Layers text, String x, int frames, int width, int heads) {
        int size = width / heads;
        int places = 2 * frames - 1;
        String q = text.reshape(text.linear(x, width, width), 1, frames, heads, size);
        String k = text.reshape(text.linear(x, width, width), 1, frames, heads, size);
        String v = text.reshape(text.linear(x, width, width), 1, frames, heads, size);
        String p = text.reshape(text.matMul(text.floats(1, places, width), width, width), 1, places, heads, size);
        String byContent = text.transpose(text.add(q, text.floats(heads, size)), 0, 2, 1, 3);
        String byPlace = text.transpose(text.add(q, text.floats(heads, size)), 0, 2, 1, 3);
        String contents = text.node("MatMul", byContent, text.transpose(k, 0, 2, 3, 1));
        String shifted = text.node("MatMul", byPlace, text.transpose(p, 0, 2, 3, 1));
        shifted = text.node("Pad", shifted, text.list(0, 0, 0, 1, 0, 0, 0, 0));
        shifted = text.reshape(shifted, 1, heads, 2L * frames, frames);
        shifted = text.reshape(text.slice(shifted, 2, 1, Long.MAX_VALUE), 1, heads, frames, places);
        shifted = text.slice(shifted, 3, 0, frames);
        String weights = text.softmax(text.div(text.add(contents, shifted), Math.sqrt(size)));
        String context = text.node("MatMul", weights, text.transpose(v, 0, 2, 1, 3));
        context = text.reshape(text.transpose(context, 0, 2, 1, 3), 1, frames, width);
        return text.linear(context, width, width);
    }

    /** A detector of voices: a spectrum by convolution, two recurrent layers over few steps. */
    private static ModelProto activity() {
        Layers text = new Layers(16);
        SignalLayers signal = new SignalLayers(text);
        String x = text.unsqueeze(text.graph().input("samples", 1, 576), 1);
        x = signal.conv(x, 1, 258, 256, 64, 0);
        String parts = text.split(x, 1, 129, 129);
        String power =
                text.add(text.node("Pow", parts, text.scalar(2)), text.node("Pow", parts + "_1", text.scalar(2)));
        x = text.node("Sqrt", power);
        int channels = 129;
        for (int filters : new int[] {128, 64, 64}) {
            x = text.relu(signal.conv(x, channels, filters, 3, filters == 128 ? 1 : 2, 1));
            channels = filters;
        }
        x = text.transpose(x, 2, 0, 1);
        x = signal.recurrent("LSTM", 4, x, 2, 1, 64, 128, false);
        x = signal.recurrent("LSTM", 4, x, 2, 1, 128, 128, false);
        x = text.relu(text.transpose(x, 1, 2, 0));
        return text.graph().model(text.node("Sigmoid", text.node("ReduceMean", signal.conv(x, 128, 1, 1, 1, 0))));
    }
}
