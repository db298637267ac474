package dev.nereid.cuda.device;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.tensor.DataType;
import java.util.Objects;

/** The kernels of integers of 8 bits, beside {@link DeviceKernels} and by its rules. Sums of products are exact. */
public interface DeviceQuantized {
    /**
     * Which elements share a scale: element i has that at {@code i / inner % channels}.
     *
     * @param scales {@code FP32} [channels]
     * @param zeroPoints of the integers' type: [channels]; 0 for none
     */
    record Scales(long scales, long zeroPoints, int channels, int inner) {}

    /**
     * The operands of a product of matrices a: [m, k] and b: [k, n], of {@code INT8} or {@code UINT8}. Addresses of 0 are
     * none.
     *
     * @param aZeros of a's type: one, or one a row
     * @param bZeros of b's type: one, or one a column
     */
    record Product(
            int m,
            int n,
            int k,
            long a,
            boolean aSigned,
            long aZeros,
            boolean zeroEachRow,
            long b,
            boolean bSigned,
            long bZeros,
            boolean zeroEachColumn) {}

    /**
     * How sums become numbers: each is multiplied with {@code aScale * bScale}.
     *
     * @param bScales one, or one a column
     */
    record Scaling(long aScale, long bScales, boolean scaleEachColumn) {}

    /**
     * The operands of a convolution over one or two axes, of {@code INT8} or {@code UINT8}. Addresses of 0 are none.
     *
     * @param channelsLast whether images, x and the result, are [batch, spatial..., channels]
     * @param xZero of x's type: one
     * @param wZeros of w's type: one, or one a filter
     */
    record Convolution(
            ConvShape shape,
            boolean channelsLast,
            long x,
            boolean xSigned,
            long xZero,
            long w,
            boolean wSigned,
            long wZeros,
            boolean zeroEachFilter) {
        public Convolution {
            Objects.requireNonNull(shape, "shape");
        }
    }

    /** Bytes of scratch memory that {@link #range} needs. */
    long rangeBytes(int length);

    /** The scale and the zero point ({@code UINT8}) of ONNX's DynamicQuantizeLinear for all elements. */
    void range(long x, int length, long scale, long zeroPoint, long scratch);

    /** {@code y = saturate(round(x / scale) + zero point)} of {@code FP32} to {@code INT8} or {@code UINT8}. */
    void quantize(DataType to, long x, long y, int length, Scales scales);

    /** {@code y = (x - zero point) * scale} of {@code INT8}, {@code UINT8} or {@code INT32} to {@code FP32}. */
    void dequantize(DataType from, long x, long y, int length, Scales scales);

    /** {@code c = (a - zero) * (b - zero)} as {@code INT32}. */
    void multiply(Product product, long c);

    /** Bytes of scratch memory that {@link #multiplyScaled} needs for matrices of these sizes. */
    long scaledBytes(int m, int n, int k);

    /** The product as {@code FP32}, with a bias a column; 0 for none. */
    void multiplyScaled(Product product, Scaling scaling, long bias, long c, long scratch);

    /** The product quantised again; the scale is {@code FP32}, the zero point of c's type. */
    void multiplyQuantized(Product product, Scaling scaling, long cScale, long cZero, boolean cSigned, long c);

    /** The sums of {@code (x - zero) * (w - zero)} under each window, as {@code INT32}; nothing lies beyond the edges. */
    void convolve(Convolution convolution, long y);

    /**
     * The convolution quantised again, with a bias ({@code INT32}) that is added to a filter's sums; 0 for none.
     *
     * @param scaling of x and w, which has one scale or one a filter
     * @param yScale {@code FP32}
     * @param yZero of y's type
     */
    void convolveQuantized(
            Convolution convolution, Scaling scaling, long bias, long yScale, long yZero, boolean ySigned, long y);
}
