package dev.nereid.kernels.convolution;

import java.util.Objects;

/**
 * The sizes of a convolution. x: [batch, channels, input...]; w: [filters, channels / groups, kernel...]; bias:
 * [filters]; y: [batch, filters, output...].
 */
public record ConvShape(int batch, int channels, int filters, int groups, Window window) {
    public ConvShape {
        Objects.requireNonNull(window, "window");
        if (batch < 0 || groups < 1 || channels % groups != 0 || filters % groups != 0) {
            throw new IllegalArgumentException("a convolution of batch " + batch + " from " + channels + " channels to "
                    + filters + " filters in " + groups + " groups");
        }
    }

    public int groupChannels() {
        return channels / groups;
    }

    public int groupFilters() {
        return filters / groups;
    }
}
