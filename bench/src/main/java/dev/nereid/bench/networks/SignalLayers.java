package dev.nereid.bench.networks;

import dev.nereid.bench.models.Attributes;
import java.util.Arrays;

/** Writes layers over signals {@code [batch, channels, time]}. */
final class SignalLayers {
    private final Layers text;

    SignalLayers(Layers text) {
        this.text = text;
    }

    /** A convolution with as much padding on either side. */
    String conv(String x, int channels, int filters, int kernel, int stride, int pad) {
        return conv(x, channels, filters, kernel, stride, 1, 1, pad, pad);
    }

    String conv(
            String x,
            int channels,
            int filters,
            int kernel,
            int stride,
            int groups,
            int dilation,
            int before,
            int behind) {
        long sums = (long) channels / groups * kernel;
        return text.graph()
                .node(
                        "Conv",
                        Attributes.NONE
                                .with("dilations", new long[] {dilation})
                                .with("group", groups)
                                .with("kernel_shape", new long[] {kernel})
                                .with("pads", before, behind)
                                .with("strides", new long[] {stride}),
                        x,
                        text.weights(Math.max(1, sums / 2), filters, channels / groups, kernel),
                        text.floats(filters));
    }

    /** As exporters write it: each group one row, whose scale and shift do nothing, then those of the channels. */
    String groupNorm(String x, int groups, int channels, long... dims) {
        String rows = text.node("Reshape", x, text.list(0, groups, -1));
        String normal = text.graph()
                .node(
                        "InstanceNormalization",
                        Attributes.NONE.withFloat("epsilon", 1e-5f),
                        rows,
                        constant(1, groups),
                        constant(0, groups));
        String back = text.node("Reshape", normal, text.list(dims));
        long[] channel = new long[dims.length - 1];
        Arrays.fill(channel, 1);
        channel[0] = channels;
        return text.add(text.node("Mul", back, text.floats(channel)), text.floats(channel));
    }

    private String constant(float value, int count) {
        float[] values = new float[count];
        Arrays.fill(values, value);
        return text.constants(values);
    }

    /** A recurrent layer over {@code [time, batch, width]}; in both directions the halves lie side by side. */
    String recurrent(String operator, int gates, String x, int steps, int batch, int width, int hidden, boolean both) {
        int directions = both ? 2 : 1;
        long rows = (long) gates * hidden;
        Attributes attributes =
                Attributes.NONE.with("hidden_size", hidden).with("direction", both ? "bidirectional" : "forward");
        if (operator.equals("GRU")) {
            attributes = attributes.with("linear_before_reset", 1);
        }
        String start = text.constants(new float[directions * batch * hidden], directions, batch, hidden);
        String[] inputs = {
            x,
            text.weights(width, directions, rows, width),
            text.weights(hidden, directions, rows, hidden),
            text.floats(directions, 2 * rows),
            "",
            start,
            start
        };
        String y = text.graph()
                .nodeOf(
                        operator.equals("LSTM") ? 3 : 2,
                        operator,
                        attributes,
                        operator.equals("LSTM") ? inputs : Arrays.copyOf(inputs, 6));
        return both ? text.reshape(text.transpose(y, 0, 2, 1, 3), steps, batch, 2L * hidden) : text.squeeze(y, 1);
    }
}
