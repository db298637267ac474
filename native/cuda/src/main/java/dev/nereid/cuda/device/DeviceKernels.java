package dev.nereid.cuda.device;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.tensor.DataType;

/**
 * The kernels of a device, on one stream. Operands are addresses of device memory, dense unless a parameter says otherwise,
 * at multiples of 16 bytes, of fewer than 2^31 elements, and of {@code FP32} unless a method says otherwise; outputs do
 * not overlap inputs unless a method allows it. Lengths of 0 do nothing. The order of additions of an output element
 * depends on the length of what is added alone, in products on the number of columns too. Methods return when the work is queued.
 *
 * @see DeviceCapabilities for the functions that are there
 */
public interface DeviceKernels {
    /** The kernels that take elements one by one. */
    DeviceElementwise elementwise();

    /** A product without scratch memory: the same bits, with less of the device at work where there are few rows. */
    default void multiply(DeviceProduct product, long a, long b, long c) {
        multiply(product, a, b, c, 0);
    }

    /** Bytes of scratch memory that help {@link #multiply(DeviceProduct, long, long, long, long)}; often 0. */
    long productBytes(int batch, int m, int n, int k);

    /**
     * A batch of products. The order of additions depends on n and k.
     *
     * @param scratch as many bytes as {@link #productBytes} says, or 0 for none
     */
    void multiply(DeviceProduct product, long a, long b, long c, long scratch);

    /** Bytes of scratch memory that help {@link #multiplyBlockwise}; often 0. */
    long blockwiseBytes(int m, int n, int k);

    /**
     * A product whose right side has few bits a number. The order of additions depends on n and k.
     *
     * @param product of a batch of one, whose rows of a are dense
     * @param scratch as many bytes as {@link #blockwiseBytes} says, or 0 for none
     */
    void multiplyBlockwise(DeviceProduct product, DeviceBlockwiseMatrix weights, long a, long c, long scratch);

    /** Bytes of scratch memory that help {@link #multiplyHalf}; often 0. */
    long halfProductBytes(int batch, int m, int n, int k);

    /**
     * A batch of products of {@code FP16} or {@code BF16}, all but scratch memory, whose sums are of {@code FP32} and rounded
     * once. The order of additions depends on n and k.
     *
     * @param product with no activation and no residual
     * @param scratch as many bytes as {@link #halfProductBytes} says, or 0 for none
     */
    void multiplyHalf(DataType type, DeviceProduct product, long a, long b, long c, long scratch);

    /**
     * A convolution over one or two axes, then an activation.
     *
     * @param bias 0 for none
     * @param residual what is added behind the activation, of y's shape; 0 for none
     */
    void convolve(ConvShape shape, long x, long w, long bias, Activation activation, long residual, long y);

    /**
     * Bytes of scratch memory for {@link #convolveWinograd}: bounded, however large the shape is.
     *
     * @param least whether as few as will do, with which it is slower
     */
    long winogradBytes(ConvShape shape, boolean least);

    /**
     * A convolution over two axes as {@link #convolve} computes it, by Winograd's F(4 x 4, 3 x 3), which rounds otherwise: some
     * units in the sixth digit. An item's result is the same whatever is convolved beside it, and with any scratch memory.
     *
     * @param shape that {@link DeviceWinogradFilters#suit suits}
     * @param w as {@link DeviceWinogradFilters} makes it of filters
     * @param scratchBytes as {@link #winogradBytes} says
     */
    void convolveWinograd(
            ConvShape shape,
            long x,
            long w,
            long bias,
            Activation activation,
            long residual,
            long y,
            long scratch,
            long scratchBytes);

    /** Bytes of scratch memory that {@link #convolveHalf} needs. */
    long halfConvolutionBytes(ConvShape shape);

    /**
     * A convolution over one or two axes as above, of {@code FP16} or {@code BF16}, all but scratch memory, whose sums are of
     * {@code FP32} and rounded once, behind the residual. The order of additions depends on filters, channels and taps.
     *
     * @param shape that {@link DeviceHalfFilters#suit suits}
     * @param w as {@link DeviceHalfFilters} arranges filters
     * @param scratch as many bytes as {@link #halfConvolutionBytes} says
     */
    void convolveHalf(
            DataType type,
            ConvShape shape,
            long x,
            long w,
            long bias,
            Activation activation,
            long residual,
            long y,
            long scratch);

    /**
     * A transposed convolution over one or two axes.
     *
     * @param shape of the convolution that is turned round: x has its filters, y its channels
     * @param bias [channels]; 0 for none
     */
    void convolveTransposed(ConvShape shape, long x, long w, long bias, long y);

    /** One axis at another length. */
    void resize(DeviceResize resize, long x, long y);

    /**
     * Runs one pass of a recurrent layer; states are then those after the last step of each sequence. A length that is none
     * of 0 to steps makes {@link DeviceStream#synchronize} fail.
     */
    void recur(DeviceRecurrentPass layer);

    /**
     * The scores of rows of features, of {@code FP32}.
     *
     * @param x [rows, features]
     * @param y [rows, targets]
     * @param present bytes [rows, targets]: 1 where a row met a weight for the target, else 0; 0 where nobody asks
     */
    void score(DeviceForest forest, long x, long y, long present, int rows, int features);

    /**
     * Makes class scores of a forest's scores, and finds the class of each row.
     *
     * @param scores [rows, classes], without bases; changed
     * @param present as {@link #score} fills it
     * @param labels {@code INT64} [rows]; 0 for none
     */
    void classify(DeviceClasses classes, long scores, long present, long labels, int rows);

    /** The kernels of integers of 8 bits. */
    DeviceQuantized quantized();

    /** Max pooling over one or two axes. x: [channels, input...]; y: [channels, output...]. */
    void poolMax(Window window, int channels, long x, long y);

    /**
     * The mean of the cells under each window over one or two axes.
     *
     * @param paddingEnd cells of padding behind each axis
     * @param countsPadding whether padding counts as cells; cells beyond the padding never do
     */
    void poolMean(Window window, int[] paddingEnd, boolean countsPadding, int channels, long x, long y);

    /** The kernels that put the elements of an axis together. */
    DeviceReduce reduce();

    /** The softmax along the middle axis, or its logarithm; y may be x. x, y: [outer, extent, inner]. */
    void softmax(boolean logarithm, long x, long y, int outer, int extent, int inner);

    /** {@code (x - mean) / sqrt(variance + epsilon)} of each row, scaled; y may be x. */
    void normalizeMeanVariance(DeviceNorm norm, long x, long y);

    /** {@code x / sqrt(mean of squares + epsilon)} of each row, scaled; y may be x. */
    void normalizeMeanSquare(DeviceNorm norm, long x, long y);

    /**
     * Copies a box of elements from one strided layout to another.
     *
     * @param xStart the first element of x that is read
     * @param box of x and y: strides of 0 in x repeat, negative ones walk backwards
     */
    void copy(int elementBytes, long x, long xStart, long y, long yStart, BroadcastStrides box);

    /** The kernels that read and write where indices say, and that find indices. */
    DeviceIndexing indexing();

    /** The kernels of elements that are made of their own place. */
    DevicePositions positions();

    /** The kernels that prepare tokens for attention. */
    DeviceTokens tokens();

    /**
     * An attention of heads of up to {@link DeviceCapabilities#mostHeadSize} elements.
     *
     * @param mask what is added to the scores; 0 for none
     */
    void attend(DeviceAttention attention, long q, long k, long v, long mask, long y);

    /**
     * The same of {@code FP16} or {@code BF16}, all but scores and sums, which are of {@code FP32}: weights are rounded to the
     * type before they are summed up and multiplied with values, and results once.
     */
    void attendHalf(DataType type, DeviceAttention attention, long q, long k, long v, long mask, long y);

    /** Repeats one element, whose bits are the lowest of {@code value}. */
    void fill(int elementBytes, long value, long y, int length);
}
