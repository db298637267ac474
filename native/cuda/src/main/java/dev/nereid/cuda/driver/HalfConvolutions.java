package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceHalfFilters;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.tensor.DataType;
import java.util.Locale;

/**
 * Starts the kernels that convolve numbers of 16 bits. In how many splits K is added is a matter of filters, channels and
 * taps; so an item's result is the same whatever is convolved beside it.
 */
final class HalfConvolutions {
    /** The kernels that there are for a type, which add alike. */
    enum Kind {
        TENSORS("tensor_convolution_", CudaProducts.TENSOR_SIDE),
        PLAIN("convolution_", 64);

        private final String prefix;
        private final int side;

        Kind(String prefix, int side) {
            this.prefix = prefix;
            this.side = side;
        }

        String kernel(DataType type) {
            return prefix + HalfConvolutions.name(type);
        }
    }

    private static final int SQUARE = 32;

    /** What scratch memory of both kinds begins at a multiple of. */
    private static final long ALIGNMENT = 256;

    /** Tiles from which on splits are added in turn: their parts would be many bytes. */
    private static final int WORTHWHILE_APART = 32;

    private final Launcher launcher;

    HalfConvolutions(Launcher launcher) {
        this.launcher = launcher;
    }

    /** Into what the additions are cut, by all kernels. */
    static SplitK splits(ConvShape shape) {
        return HalfProducts.splits(shape.filters(), DeviceHalfFilters.depth(shape));
    }

    /** Bytes of scratch memory: x with its channels last, and parts of sums where they are computed beside each other. */
    static long bytes(ConvShape shape) {
        return imageBytes(shape) + partBytes(shape);
    }

    /** Bytes of x with its channels last, with which scratch memory begins. */
    static long imageBytes(ConvShape shape) {
        long image = (long) shape.batch() * shape.window().inputs() * DeviceHalfFilters.padded(shape.channels());
        return Math.ceilDiv(Short.BYTES * image, ALIGNMENT) * ALIGNMENT;
    }

    private static long partBytes(ConvShape shape) {
        SplitK splits = splits(shape);
        long pixels = (long) shape.batch() * shape.window().outputs();
        return areApart(shape, splits) ? pixels * shape.filters() * splits.count() * Float.BYTES : 0;
    }

    private static boolean areApart(ConvShape shape, SplitK splits) {
        int side = CudaProducts.TENSOR_SIDE;
        long pixels = (long) shape.batch() * shape.window().outputs();
        long tiles = Math.ceilDiv(pixels, side) * Math.ceilDiv(shape.filters(), side);
        return splits.count() > 1 && tiles < WORTHWHILE_APART;
    }

    void convolve(DataType type, ConvolutionOperands o) {
        Kind kind = launcher.has(Kind.TENSORS.kernel(type)) ? Kind.TENSORS : Kind.PLAIN;
        moveChannels(o);
        run(kind, type, o, splits(o.shape()), areApart(o.shape(), splits(o.shape())));
    }

    /** Puts x with its channels last at the start of scratch memory. */
    void moveChannels(ConvolutionOperands o) {
        ConvShape shape = o.shape();
        int pixels = shape.window().inputs();
        int columns = DeviceHalfFilters.padded(shape.channels());
        launcher.begin()
                .address(o.x())
                .address(o.scratch())
                .number(shape.channels())
                .number(pixels)
                .number(columns);
        launcher.run(
                "channels_last_2",
                (long) shape.batch() * Math.ceilDiv(pixels, SQUARE),
                Math.ceilDiv(columns, SQUARE),
                1,
                SQUARE,
                8);
    }

    /**
     * Convolves x, which lies in scratch memory.
     *
     * @param apart whether splits are added beside each other, where there are some
     */
    void run(Kind kind, DataType type, ConvolutionOperands o, SplitK splits, boolean apart) {
        arguments(o, splits);
        String kernel = kind.kernel(type);
        if (splits.count() == 1) {
            run(kernel, kind, o, 1);
        } else if (apart) {
            run(kernel + "_parts", kind, o, splits.count());
            // The same arguments are there still.
            launcher.elements("convolution_join_" + name(type), o.length());
        } else {
            run(kernel + "_sliced", kind, o, 1);
        }
    }

    private void run(String kernel, Kind kind, ConvolutionOperands o, int splits) {
        long pixels = (long) o.shape().batch() * o.shape().window().outputs();
        launcher.run(
                kernel,
                Math.ceilDiv(pixels, kind.side),
                Math.ceilDiv(o.shape().filters(), kind.side),
                splits,
                CudaProducts.THREADS,
                1);
    }

    private void arguments(ConvolutionOperands o, SplitK splits) {
        ConvShape shape = o.shape();
        Window window = shape.window().inTwoAxes();
        launcher.begin()
                .address(o.scratch())
                .address(o.w())
                .address(o.bias())
                .address(o.residual())
                .address(o.y())
                .address(o.scratch() + imageBytes(shape))
                .number(shape.batch())
                .number(DeviceHalfFilters.padded(shape.channels()))
                .number(shape.filters())
                .number(DeviceHalfFilters.padded(shape.filters()))
                .number(splits.length())
                .number(splits.count())
                .window(window)
                .activation(o.activation());
    }

    private static String name(DataType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }
}
