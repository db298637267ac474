package dev.nereid.kernels.layout;

/** Transpose kernel by {@link WordTranspose} and {@link ByteTranspose}. */
public final class TileTranspose implements TransposeKernel {
    @Override
    public void words(long rows, long columns, long x, long xStride, long y, long yStride) {
        WordTranspose.transpose(rows, columns, x, xStride, y, yStride);
    }

    @Override
    public void bytes(long rows, long columns, long x, long xStride, long y, long yStride) {
        ByteTranspose.transpose(rows, columns, x, xStride, y, yStride);
    }
}
