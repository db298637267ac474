package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceAttention;
import dev.nereid.cuda.device.DeviceBlockwiseMatrix;
import dev.nereid.cuda.device.DeviceClasses;
import dev.nereid.cuda.device.DeviceElementwise;
import dev.nereid.cuda.device.DeviceForest;
import dev.nereid.cuda.device.DeviceIndexing;
import dev.nereid.cuda.device.DeviceKernels;
import dev.nereid.cuda.device.DeviceNorm;
import dev.nereid.cuda.device.DevicePositions;
import dev.nereid.cuda.device.DeviceProduct;
import dev.nereid.cuda.device.DeviceQuantized;
import dev.nereid.cuda.device.DeviceRecurrentPass;
import dev.nereid.cuda.device.DeviceReduce;
import dev.nereid.cuda.device.DeviceResize;
import dev.nereid.cuda.device.DeviceTokens;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.models.device.DevicePrecision;
import dev.nereid.tensor.DataType;

/** Writes the arguments of our CUDA kernels and starts them; fields are in the order of the structs in the sources. */
final class CudaKernels implements DeviceKernels, AutoCloseable {
    private static final int ROW_THREADS = 256;
    private static final int SQUARE = 32;
    private static final int MOST_GRID = 65535;

    private final Launcher launcher;
    private final CudaElementwise elementwise;
    private final CudaProducts products;
    private final WinogradConvolutions winograd;
    private final HalfProducts halfProducts;
    private final BlockwiseProducts blockwise;
    private final HalfConvolutions halfConvolutions;
    private final CudaAttention attention;
    private final CudaQuantized quantized;
    private final CudaRecurrent layers;
    private final CudaReduce reduce;
    private final CudaTrees trees;
    private final CudaIndexing indexing;
    private final CudaPositions positions;
    private final CudaTokens tokens;
    private boolean gathered;

    /** @param outside address of an {@code int} of device memory, 0 until an index is outside */
    CudaKernels(Launcher launcher, long outside, DevicePrecision precision) {
        this.launcher = launcher;
        this.elementwise = new CudaElementwise(launcher);
        this.products = new CudaProducts(launcher, precision);
        this.winograd = new WinogradConvolutions(launcher);
        this.halfProducts = new HalfProducts(launcher);
        this.blockwise = new BlockwiseProducts(launcher);
        this.halfConvolutions = new HalfConvolutions(launcher);
        this.attention = new CudaAttention(launcher);
        this.quantized = new CudaQuantized(launcher);
        this.layers = new CudaRecurrent(launcher, outside);
        this.positions = new CudaPositions(launcher);
        this.reduce = new CudaReduce(launcher);
        this.trees = new CudaTrees(launcher);
        this.indexing = new CudaIndexing(launcher, outside, this::noteGathered);
        this.tokens = new CudaTokens(launcher, outside, this::noteGathered);
    }

    @Override
    public DeviceElementwise elementwise() {
        return elementwise;
    }

    @Override
    public long productBytes(int batch, int m, int n, int k) {
        return products.bytes(batch, m, n, k);
    }

    @Override
    public void multiply(DeviceProduct product, long a, long b, long c, long scratch) {
        products.multiply(product, a, b, c, scratch);
    }

    @Override
    public long blockwiseBytes(int m, int n, int k) {
        return BlockwiseProducts.bytes(m, n, k);
    }

    @Override
    public void multiplyBlockwise(DeviceProduct product, DeviceBlockwiseMatrix weights, long a, long c, long scratch) {
        blockwise.multiply(product, weights, a, c, scratch);
    }

    @Override
    public long halfProductBytes(int batch, int m, int n, int k) {
        return HalfProducts.bytes(batch, m, n, k);
    }

    @Override
    public void multiplyHalf(DataType type, DeviceProduct product, long a, long b, long c, long scratch) {
        halfProducts.multiply(type, product, a, b, c, scratch);
    }

    @Override
    public void convolve(ConvShape shape, long x, long w, long bias, Activation activation, long residual, long y) {
        products.convolve(shape, x, w, bias, activation, residual, y);
    }

    @Override
    public long winogradBytes(ConvShape shape, boolean least) {
        return WinogradConvolutions.bytes(shape, least);
    }

    @Override
    public void convolveWinograd(
            ConvShape shape,
            long x,
            long w,
            long bias,
            Activation activation,
            long residual,
            long y,
            long scratch,
            long scratchBytes) {
        winograd.convolve(new ConvolutionOperands(shape, x, w, bias, activation, residual, y, scratch), scratchBytes);
    }

    @Override
    public long halfConvolutionBytes(ConvShape shape) {
        return HalfConvolutions.bytes(shape);
    }

    @Override
    public void convolveHalf(
            DataType type,
            ConvShape shape,
            long x,
            long w,
            long bias,
            Activation activation,
            long residual,
            long y,
            long scratch) {
        halfConvolutions.convolve(type, new ConvolutionOperands(shape, x, w, bias, activation, residual, y, scratch));
    }

    @Override
    public void convolveTransposed(ConvShape shape, long x, long w, long bias, long y) {
        Window window = shape.window().inTwoAxes();
        long length = (long) shape.batch() * shape.channels() * window.inputs();
        launcher.begin()
                .address(x)
                .address(w)
                .address(bias)
                .address(y)
                .number(Math.toIntExact(length))
                .number(shape.groupFilters())
                .number(shape.groupChannels())
                .number(shape.groups())
                .numbers(window.output(), 2)
                .numbers(window.kernel(), 2)
                .numbers(window.stride(), 2)
                .numbers(window.dilation(), 2)
                .numbers(window.padding(), 2)
                .numbers(window.input(), 2);
        launcher.elements("convolution_transposed", length);
    }

    @Override
    public void resize(DeviceResize r, long x, long y) {
        DeviceResize.Position position = r.position();
        launcher.begin()
                .address(x)
                .address(y)
                .number(r.length())
                .number(r.input())
                .number(r.output())
                .number(r.inner())
                .real(position.factor())
                .real(position.shift())
                .real(position.divisor())
                .real(position.offset())
                .real(position.extra())
                .number(code(r.filter()))
                .number(code(r.rounding()))
                .number(r.firstTap())
                .number(r.taps())
                .real(r.widening())
                .real(r.cubic())
                .number(r.excludesOutside());
        launcher.elements("resize_axis", r.length());
    }

    /** The number that the sources have for it. */
    private static int code(DeviceResize.Filter filter) {
        return switch (filter) {
            case NEAREST -> 0;
            case LINEAR -> 1;
            case CUBIC -> 2;
        };
    }

    private static int code(DeviceResize.Rounding rounding) {
        return switch (rounding) {
            case ROUND_PREFER_FLOOR -> 0;
            case ROUND_PREFER_CEIL -> 1;
            case FLOOR -> 2;
            case CEIL -> 3;
        };
    }

    @Override
    public void recur(DeviceRecurrentPass layer) {
        if (layer.lengths() != 0) {
            noteGathered();
        }
        layers.recur(layer);
    }

    @Override
    public void score(DeviceForest forest, long x, long y, long present, int rows, int features) {
        trees.score(forest, x, y, present, rows, features);
    }

    @Override
    public void classify(DeviceClasses classes, long scores, long present, long labels, int rows) {
        trees.classify(classes, scores, present, labels, rows);
    }

    @Override
    public DeviceQuantized quantized() {
        return quantized;
    }

    @Override
    public void poolMax(Window window, int channels, long x, long y) {
        pool("pool_max", window.inTwoAxes(), new int[] {0, 0}, false, channels, x, y);
    }

    @Override
    public void poolMean(Window window, int[] paddingEnd, boolean countsPadding, int channels, long x, long y) {
        int[] end = paddingEnd.length == 1 ? new int[] {0, paddingEnd[0]} : paddingEnd;
        pool("pool_mean", window.inTwoAxes(), end, countsPadding, channels, x, y);
    }

    private void pool(String kernel, Window w, int[] end, boolean countsPadding, int channels, long x, long y) {
        launcher.begin()
                .address(x)
                .address(y)
                .number(channels)
                .numbers(w.input(), 2)
                .numbers(w.kernel(), 2)
                .numbers(w.stride(), 2)
                .numbers(w.dilation(), 2)
                .numbers(w.padding(), 2)
                .numbers(end, 2)
                .numbers(w.output(), 2)
                .number(countsPadding);
        launcher.elements(kernel, (long) channels * w.outputs());
    }

    @Override
    public DeviceReduce reduce() {
        return reduce;
    }

    @Override
    public void softmax(boolean logarithm, long x, long y, int outer, int extent, int inner) {
        if (extent == 0) {
            return;
        }
        launcher.begin()
                .address(x)
                .address(y)
                .number(outer)
                .number(extent)
                .number(inner)
                .number(logarithm);
        if (inner == 1) {
            launcher.run("softmax_rows", outer, 1, 1, ROW_THREADS, 1);
        } else {
            launcher.elements("softmax_columns", (long) outer * inner);
        }
    }

    @Override
    public void normalizeMeanVariance(DeviceNorm norm, long x, long y) {
        normalize("norm_mean_variance", norm, x, y);
    }

    @Override
    public void normalizeMeanSquare(DeviceNorm norm, long x, long y) {
        normalize("norm_mean_square", norm, x, y);
    }

    private void normalize(String kernel, DeviceNorm norm, long x, long y) {
        if (norm.extent() == 0) {
            return;
        }
        launcher.begin()
                .address(x)
                .address(norm.scale())
                .address(norm.bias())
                .address(y)
                .number(norm.extent())
                .real(norm.epsilon())
                .number(norm.channels())
                .number(norm.channelStride())
                .number(norm.elementStride());
        launcher.run(kernel, norm.rows(), 1, 1, ROW_THREADS, 1);
    }

    @Override
    public void copy(int elementBytes, long x, long xStart, long y, long yStart, BroadcastStrides box) {
        long from = x + xStart * elementBytes;
        long to = y + yStart * elementBytes;
        if (isTransposition(elementBytes, box)) {
            transpose(from, to, box);
            return;
        }
        launcher.begin().address(from).address(to).strides(box, 2);
        launcher.elements("copy_" + elementBytes, box.length());
    }

    /** Whether the two inner axes change places, and both sides are dense. */
    private static boolean isTransposition(int elementBytes, BroadcastStrides box) {
        int rank = box.rank();
        if (elementBytes != 4 || rank < 2 || rank > 3) {
            return false;
        }
        int[] dims = box.dims();
        int[] x = box.strides()[0];
        int[] y = box.strides()[1];
        int plane = dims[rank - 2] * dims[rank - 1];
        boolean inner =
                x[rank - 2] == 1 && x[rank - 1] == dims[rank - 2] && y[rank - 2] == dims[rank - 1] && y[rank - 1] == 1;
        boolean fits = Math.ceilDiv(dims[rank - 1], SQUARE) <= MOST_GRID;
        return inner && fits && (rank == 2 || (x[0] == plane && y[0] == plane && dims[0] <= MOST_GRID));
    }

    private void transpose(long x, long y, BroadcastStrides box) {
        int rank = box.rank();
        int rows = box.dims()[rank - 1];
        int columns = box.dims()[rank - 2];
        launcher.begin().address(x).address(y).number(rows).number(columns);
        launcher.run(
                "transpose_4",
                Math.ceilDiv(columns, SQUARE),
                Math.ceilDiv(rows, SQUARE),
                rank == 3 ? box.dims()[0] : 1,
                SQUARE,
                8);
    }

    @Override
    public DevicePositions positions() {
        return positions;
    }

    @Override
    public DeviceIndexing indexing() {
        return indexing;
    }

    @Override
    public DeviceTokens tokens() {
        return tokens;
    }

    /** Kernels that check indices are going to run. */
    void noteGathered() {
        gathered = true;
    }

    /** Whether indices have been used since this was asked last. */
    boolean takeGathered() {
        boolean was = gathered;
        gathered = false;
        return was;
    }

    @Override
    public void attend(DeviceAttention a, long q, long k, long v, long mask, long y) {
        attention.attend(a, new CudaAttention.Operands(q, k, v, mask, y));
    }

    @Override
    public void attendHalf(DataType type, DeviceAttention a, long q, long k, long v, long mask, long y) {
        attention.attendHalf(type, a, new CudaAttention.Operands(q, k, v, mask, y));
    }

    @Override
    public void fill(int elementBytes, long value, long y, int length) {
        launcher.begin().address(y).word(value).number(length);
        launcher.elements("fill_" + elementBytes, length);
    }

    @Override
    public void close() {
        launcher.close();
    }
}
