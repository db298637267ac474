package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.device.DeviceQuantized;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.quantized.ByteImage;
import dev.nereid.kernels.quantized.ByteWindows;
import dev.nereid.kernels.quantized.FilterShape;
import dev.nereid.kernels.quantized.Int8ConvolutionKernels;
import dev.nereid.kernels.quantized.Int8Filters;
import dev.nereid.kernels.quantized.Requantization;
import dev.nereid.kernels.quantized.ZeroPoints;
import dev.nereid.kernels.scalar.ScalarInt8Convolution;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The CUDA convolutions of integers of 8 bits beside the scalar ones, on an emulated GPU: the same bits. */
@Tag("cuda")
class CudaIntegerConvolutionTest {
    private static final Int8ConvolutionKernels ORACLE = new ScalarInt8Convolution();

    @AutoClose
    private static DeviceRig rig;

    @BeforeAll
    static void open() {
        rig = DeviceRig.open("CUDA convolutions of integers of 8 bits");
    }

    /** Groups, channels and filters of each; extents, kernel, stride, dilation and padding of one axis or two. */
    private static final List<Sizes> SIZES = List.of(
            new Sizes(1, 1, 1, 1, axes(1, 1, 1, 1, 0)),
            new Sizes(2, 1, 3, 5, axes(7, 3, 1, 1, 1), axes(6, 2, 2, 1, 0)),
            new Sizes(1, 1, 5, 67, axes(9, 3, 2, 1, 1), axes(9, 3, 2, 1, 1)),
            new Sizes(3, 2, 3, 4, axes(5, 3, 1, 2, 2), axes(11, 1, 1, 1, 0)),
            new Sizes(2, 7, 1, 1, axes(8, 3, 1, 1, 1), axes(5, 3, 1, 1, 1)),
            new Sizes(1, 3, 2, 2, axes(6, 5, 3, 1, 2), axes(6, 2, 1, 3, 4)),
            new Sizes(1, 1, 2, 4, axes(9, 2, 1, 1, -2), axes(5, 3, 2, 1, 1)),
            new Sizes(2, 1, 17, 64, axes(64, 1, 1, 1, 0)),
            new Sizes(1, 2, 33, 65, axes(10, 4, 3, 1, 0)));

    @SuppressWarnings("ArrayRecordComponent")
    private record Sizes(int batch, int groups, int groupChannels, int groupFilters, int[]... axes) {
        private int[] each(int field) {
            return Arrays.stream(axes).mapToInt(axis -> axis[field]).toArray();
        }

        private ConvShape shape() {
            int[] output = Arrays.stream(axes)
                    .mapToInt(axis -> (axis[0] + 2 * axis[4] - (axis[1] - 1) * axis[3] - 1) / axis[2] + 1)
                    .toArray();
            return new ConvShape(
                    batch,
                    groups * groupChannels,
                    groups * groupFilters,
                    groups,
                    new Window(each(0), each(1), each(2), each(3), each(4), output));
        }
    }

    private static int[] axes(int extent, int kernel, int stride, int dilation, int padding) {
        return new int[] {extent, kernel, stride, dilation, padding};
    }

    private static MemorySegment bytes(Random random, int length) {
        MemorySegment memory = rig.memory(length);
        for (int i = 0; i < length; i++) {
            memory.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(256));
        }
        return memory;
    }

    @ParameterizedTest
    @CsvSource({"true,true,false", "false,true,false", "true,false,true", "false,false,true"})
    void convolvesExactly(boolean xSigned, boolean wSigned, boolean channelsLast) {
        for (Sizes sizes : SIZES) {
            ConvShape shape = sizes.shape();
            Operands operands = Operands.of(shape, xSigned, wSigned);
            MemorySegment sums = operands.expected(Optional.empty());
            MemorySegment actual = rig.run(
                    sums.byteSize(),
                    operands.list(channelsLast),
                    (kernels, in, out) -> kernels.quantized().convolve(operands.convolution(in, channelsLast), out));
            int positions = shape.window().outputs();
            assertThat(actual.toArray(ValueLayout.JAVA_INT))
                    .as(sizes.toString())
                    .isEqualTo(arranged(sums, 4, shape.batch(), positions, shape.filters(), channelsLast)
                            .toArray(ValueLayout.JAVA_INT));
        }
    }

    @ParameterizedTest
    @CsvSource({"true,false,true", "false,true,true", "true,true,false", "false,false,false"})
    void quantizesConvolutionsAgain(boolean xSigned, boolean ySigned, boolean channelsLast) {
        for (Sizes sizes : SIZES) {
            ConvShape shape = sizes.shape();
            Operands operands = Operands.of(shape, xSigned, true);
            int filters = shape.filters();
            float yScale = 1.7f;
            MemorySegment yZero = bytes(new Random(filters), 1);
            MemorySegment wScales = rig.memory(4L * filters);
            MemorySegment multipliers = rig.memory(4L * filters);
            MemorySegment bias = rig.memory(4L * filters);
            for (int filter = 0; filter < filters; filter++) {
                // Among them what saturates, what vanishes, and what is not a number.
                float wScale = new float[] {0.01f, 3f, 1e-9f, Float.NaN, 0.02f}[filter % 5];
                wScales.setAtIndex(ValueLayout.JAVA_FLOAT, filter, wScale);
                multipliers.setAtIndex(ValueLayout.JAVA_FLOAT, filter, 0.02f * wScale / yScale);
                bias.setAtIndex(ValueLayout.JAVA_INT, filter, (filter * 7919 - 20_000) % 30_000);
            }
            int zero = integer(yZero, 0, ySigned);
            MemorySegment expected =
                    operands.expected(Optional.of(new Requantization(bias, multipliers, ySigned, zero)));
            List<MemorySegment> inputs = new ArrayList<>(operands.list(channelsLast));
            inputs.addAll(List.of(rig.floats(0.02f), wScales, bias, rig.floats(yScale), yZero));
            MemorySegment actual = rig.run(
                    expected.byteSize(),
                    inputs,
                    (kernels, in, out) -> kernels.quantized()
                            .convolveQuantized(
                                    operands.convolution(in, channelsLast),
                                    new DeviceQuantized.Scaling(in[4], in[5], true),
                                    in[6],
                                    in[7],
                                    in[8],
                                    ySigned,
                                    out));
            int positions = shape.window().outputs();
            assertThat(actual.toArray(ValueLayout.JAVA_BYTE))
                    .as(sizes.toString())
                    .isEqualTo(arranged(expected, 1, shape.batch(), positions, filters, channelsLast)
                            .toArray(ValueLayout.JAVA_BYTE));
        }
    }

    /** What a convolution reads, with channels last. */
    private record Operands(
            ConvShape shape,
            boolean xSigned,
            boolean wSigned,
            MemorySegment x,
            MemorySegment w,
            MemorySegment xZero,
            MemorySegment wZeros) {
        static Operands of(ConvShape shape, boolean xSigned, boolean wSigned) {
            Random random = new Random(shape.filters() + shape.channels());
            return new Operands(
                    shape,
                    xSigned,
                    wSigned,
                    bytes(
                            random,
                            shape.batch() * shape.channels() * shape.window().inputs()),
                    bytes(
                            random,
                            shape.filters()
                                    * shape.groupChannels()
                                    * shape.window().taps()),
                    bytes(random, 1),
                    bytes(random, shape.filters()));
        }

        List<MemorySegment> list(boolean channelsLast) {
            int positions = shape.window().inputs();
            MemorySegment image = arranged(x, 1, shape.batch(), positions, shape.channels(), channelsLast);
            return List.of(image, w, xZero, wZeros);
        }

        DeviceQuantized.Convolution convolution(long[] in, boolean channelsLast) {
            return new DeviceQuantized.Convolution(
                    shape, channelsLast, in[0], xSigned, in[2], in[1], wSigned, in[3], true);
        }

        /** What the scalar kernel makes of it, with channels last. */
        MemorySegment expected(Optional<Requantization> requantization) {
            Window window = shape.window();
            ByteWindows windows = new ByteWindows(
                    longs(window.input()),
                    longs(window.kernel()),
                    longs(window.output()),
                    longs(window.stride()),
                    longs(window.dilation()),
                    longs(window.padding()));
            FilterShape filterShape = new FilterShape(
                    shape.groups(),
                    shape.filters(),
                    shape.groupChannels(),
                    longs(window.kernel()),
                    longs(window.stride()),
                    longs(window.dilation()));
            Int8Filters filters =
                    ORACLE.filters(filterShape, wSigned, w, rig.memory(ORACLE.filterBytes(filterShape)), w);
            MemorySegment wide = rig.memory(4L * shape.filters());
            for (int i = 0; i < shape.filters(); i++) {
                wide.setAtIndex(ValueLayout.JAVA_INT, i, integer(wZeros, i, wSigned));
            }
            long item = (long) window.inputs() * shape.channels();
            long result = (requantization.isPresent() ? 1L : 4L) * window.outputs() * shape.filters();
            MemorySegment y = rig.memory(shape.batch() * result);
            for (int i = 0; i < shape.batch(); i++) {
                ORACLE.convolve(
                        windows,
                        new ByteImage(x.asSlice(i * item, item), xSigned, integer(xZero, 0, xSigned)),
                        filters,
                        ZeroPoints.each(wide),
                        requantization,
                        y.asSlice(i * result, result),
                        rig.memory(0),
                        Workers.single());
            }
            return y;
        }
    }

    private static long[] longs(int[] values) {
        return Arrays.stream(values).asLongStream().toArray();
    }

    /** Images with channels last as they are, or with their channels in front. */
    private static MemorySegment arranged(
            MemorySegment last, int bytes, int batch, int positions, int channels, boolean stay) {
        if (stay) {
            return last;
        }
        MemorySegment first = rig.memory(last.byteSize());
        for (int item = 0; item < batch; item++) {
            for (int position = 0; position < positions; position++) {
                for (int channel = 0; channel < channels; channel++) {
                    long from = ((long) item * positions + position) * channels + channel;
                    long to = ((long) item * channels + channel) * positions + position;
                    MemorySegment.copy(last, from * bytes, first, to * bytes, bytes);
                }
            }
        }
        return first;
    }

    private static int integer(MemorySegment memory, int at, boolean signed) {
        byte value = memory.get(ValueLayout.JAVA_BYTE, at);
        return signed ? value : Byte.toUnsignedInt(value);
    }
}
