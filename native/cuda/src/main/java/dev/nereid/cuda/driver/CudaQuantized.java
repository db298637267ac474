package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceQuantized;
import dev.nereid.tensor.DataType;
import java.util.Locale;

/** Starts the kernels of {@code quantized.cu}. */
final class CudaQuantized implements DeviceQuantized {
    private static final int THREADS = 256;
    private static final int SIDE = 64;

    /** Elements that make a block of its own worth while, and the most blocks. */
    private static final int RANGE_LENGTH = 4096;

    private static final int MOST_RANGES = 256;

    /** The k of a stage of the kernels with tensor cores. */
    private static final int DEPTH = 64;

    /** Tiles of these from which on splits have no blocks of their own. */
    private static final int WORTHWHILE_APART = 32;

    private static final int ALIGNMENT = 256;

    private final Launcher launcher;
    private final CudaIntegerConvolutions convolutions;

    CudaQuantized(Launcher launcher) {
        this.launcher = launcher;
        this.convolutions = new CudaIntegerConvolutions(launcher);
    }

    @Override
    public long rangeBytes(int length) {
        return 2L * Float.BYTES * ranges(length);
    }

    private static int ranges(int length) {
        return Math.clamp(Math.ceilDiv(length, RANGE_LENGTH), 1, MOST_RANGES);
    }

    @Override
    public void range(long x, int length, long scale, long zeroPoint, long scratch) {
        int ranges = ranges(length);
        launcher.begin().address(x).address(scratch).number(length);
        launcher.run("range_blocks", ranges, 1, 1, THREADS, 1);
        launcher.begin().address(scratch).address(scale).address(zeroPoint).number(ranges);
        launcher.run("range_scale", 1, 1, 1, THREADS, 1);
    }

    @Override
    public void quantize(DataType to, long x, long y, int length, Scales scales) {
        convert("quantize_", to, x, y, length, scales);
    }

    @Override
    public void dequantize(DataType from, long x, long y, int length, Scales scales) {
        convert("dequantize_", from, x, y, length, scales);
    }

    private void convert(String kernel, DataType integers, long x, long y, int length, Scales scales) {
        launcher.begin()
                .address(x)
                .address(y)
                .address(scales.scales())
                .address(scales.zeroPoints())
                .number(length)
                .number(scales.channels())
                .number(scales.inner());
        launcher.elements(kernel + integers.name().toLowerCase(Locale.ROOT), length);
    }

    @Override
    public void multiply(Product product, long c) {
        multiply("integer_product", product, new Scaling(0, 0, false), 0, 0, false, 0, c);
    }

    @Override
    public long scaledBytes(int m, int n, int k) {
        return columnBytes(n)
                + (areApart(m, n, k) ? (long) Integer.BYTES * splits(n, k).count() * m * n : 0);
    }

    /** Bytes of the sums of columns, with which scratch memory begins. */
    private static long columnBytes(int n) {
        return Math.ceilDiv((long) Integer.BYTES * n, ALIGNMENT) * ALIGNMENT;
    }

    /** Into what products on tensor cores are cut. */
    static SplitK splits(int n, int k) {
        return SplitK.of(n, k, CudaProducts.TENSOR_SIDE, DEPTH);
    }

    /** Whether splits are added beside each other: where there are few tiles. */
    private static boolean areApart(int m, int n, int k) {
        long tiles = (long) Math.ceilDiv(m, CudaProducts.TENSOR_SIDE) * Math.ceilDiv(n, CudaProducts.TENSOR_SIDE);
        return tiles < WORTHWHILE_APART && splits(n, k).count() > 1;
    }

    @Override
    public void multiplyScaled(Product product, Scaling scaling, long bias, long c, long scratch) {
        if (suitsTensors(product) && launcher.has("tensor_u8s8")) {
            multiplyByTensors(product, scaling, bias, c, scratch);
            return;
        }
        multiply("integer_product_scaled", product, scaling, 0, 0, false, bias, c);
    }

    /** Whether a product is one of the usual kind, with rows that begin at multiples of 16 bytes. Sums are exact either way. */
    private static boolean suitsTensors(Product p) {
        return !p.aSigned()
                && p.bSigned()
                && !p.zeroEachRow()
                && p.bZeros() == 0
                && p.n() % CudaProducts.TENSOR_BYTES == 0
                && p.k() % CudaProducts.TENSOR_BYTES == 0
                && (p.a() | p.b()) % CudaProducts.TENSOR_BYTES == 0;
    }

    private void multiplyByTensors(Product p, Scaling scaling, long bias, long c, long scratch) {
        long sums = scratch;
        SplitK splits = splits(p.n(), p.k());
        launcher.begin().address(p.b()).address(sums).number(p.k()).number(p.n());
        launcher.elements("column_sums", p.n());
        launcher.begin()
                .address(p.a())
                .address(p.b())
                .address(p.aZeros())
                .address(sums)
                .address(c)
                .address(scaling.aScale())
                .address(scaling.bScales())
                .address(bias)
                .address(scratch + columnBytes(p.n()))
                .number(p.m())
                .number(p.n())
                .number(p.k())
                .number(scaling.scaleEachColumn())
                .number(splits.length())
                .number(splits.count());
        boolean apart = areApart(p.m(), p.n(), p.k());
        launcher.run(
                apart ? "tensor_u8s8_parts" : "tensor_u8s8",
                Math.ceilDiv(p.m(), CudaProducts.TENSOR_SIDE),
                Math.ceilDiv(p.n(), CudaProducts.TENSOR_SIDE),
                apart ? splits.count() : 1,
                THREADS,
                1);
        if (apart) {
            // The same arguments are there still.
            launcher.elements("tensor_u8s8_join", (long) p.m() * p.n());
        }
    }

    @Override
    public void multiplyQuantized(Product product, Scaling scaling, long cScale, long cZero, boolean cSigned, long c) {
        multiply("integer_product_quantized", product, scaling, cScale, cZero, cSigned, 0, c);
    }

    private void multiply(
            String kernel, Product p, Scaling scaling, long cScale, long cZero, boolean cSigned, long bias, long c) {
        launcher.begin()
                .address(p.a())
                .address(p.b())
                .address(p.aZeros())
                .address(p.bZeros())
                .address(c)
                .address(scaling.aScale())
                .address(scaling.bScales())
                .address(cScale)
                .address(cZero)
                .address(bias)
                .number(p.m())
                .number(p.n())
                .number(p.k())
                .number(p.aSigned())
                .number(p.bSigned())
                .number(cSigned)
                .number(p.zeroEachRow())
                .number(p.zeroEachColumn())
                .number(scaling.scaleEachColumn());
        launcher.run(kernel, Math.ceilDiv(p.m(), SIDE), Math.ceilDiv(p.n(), SIDE), 1, THREADS, 1);
    }

    @Override
    public void convolve(Convolution convolution, long y) {
        convolutions.convolve(convolution, y);
    }

    @Override
    public void convolveQuantized(
            Convolution convolution, Scaling scaling, long bias, long yScale, long yZero, boolean ySigned, long y) {
        convolutions.convolveQuantized(convolution, scaling, bias, yScale, yZero, ySigned, y);
    }
}
