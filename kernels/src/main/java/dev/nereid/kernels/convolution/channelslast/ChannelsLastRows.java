package dev.nereid.kernels.convolution.channelslast;

import dev.nereid.kernels.matmul.Clamp;

/**
 * Operands of one call of a channels-last kernel, which computes some rows of output pixels. Memory is given by the address
 * of its first element, strides in elements.
 *
 * @param rows of y
 * @param cells of a row of y
 * @param x the first cell that the first output reads, its padding written out
 * @param bias [filters], 0 for zeros
 * @param clamp what the sums are clamped to
 * @param y the first output; overlaps none of the others
 */
public record ChannelsLastRows(
        int rows, int cells, long x, long xRow, long xCell, long bias, Clamp clamp, long y, long yRow, long yCell) {
    /** The cells [from, to) of an item, which are whole rows. */
    static ChannelsLastRows of(LayerOperands layer, int item, Halo.Cells cells, int from, int to) {
        int width = layer.window().output()[1];
        return new ChannelsLastRows(
                (to - from) / width,
                width,
                cells.at(from / width * layer.window().stride()[0], 0),
                (long) cells.columns() * cells.channels(),
                cells.channels(),
                layer.bias(0),
                layer.clamp(),
                layer.y(item, from, 0),
                layer.rowBytes() / Float.BYTES,
                layer.shape().filters());
    }
}
