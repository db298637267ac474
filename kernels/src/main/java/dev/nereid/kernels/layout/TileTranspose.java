package dev.nereid.kernels.layout;

/** Transposes by {@link WordTiles} and {@link ByteTiles}. */
public final class TileTranspose implements TransposeKernel {
    @Override
    public void words(long rows, long columns, long x, long xStride, long y, long yStride) {
        WordTiles.transpose(rows, columns, x, xStride, y, yStride);
    }

    @Override
    public void bytes(long rows, long columns, long x, long xStride, long y, long yStride) {
        ByteTiles.transpose(rows, columns, x, xStride, y, yStride);
    }
}
