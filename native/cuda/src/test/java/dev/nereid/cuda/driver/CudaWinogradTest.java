package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.cuda.device.DeviceWinogradFilters;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarChannelsFirst;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;

/** Convolutions by Winograd's algorithm beside the scalar ones, on an emulated GPU. */
@Tag("cuda")
class CudaWinogradTest {
    /** What CPUs are held to, of as many channels. */
    private static final float TOLERANCE = 5e-5f;

    private static final int CHANNELS = 48;

    /** Bits of a NaN, which stay where nobody writes. */
    private static final int UNTOUCHED = 0x7fc01234;

    @AutoClose
    private static DeviceRig rig;

    @BeforeAll
    static void open() {
        rig = DeviceRig.open("convolutions by Winograd's algorithm");
    }

    /** Extent, padding in front and behind. */
    private static int[] axis(int extent, int front, int behind) {
        return new int[] {extent, front, behind};
    }

    private static ConvShape shape(int batch, int channels, int filters, int[] rows, int[] columns) {
        return shape(batch, channels, filters, 1, 3, 1, 1, rows, columns);
    }

    private static ConvShape shape(
            int batch, int channels, int filters, int groups, int taps, int stride, int dilation, int[]... axes) {
        int[] input = Arrays.stream(axes).mapToInt(axis -> axis[0]).toArray();
        int[] front = Arrays.stream(axes).mapToInt(axis -> axis[1]).toArray();
        int[] output = Arrays.stream(axes)
                .mapToInt(axis -> (axis[0] + axis[1] + axis[2] - (taps - 1) * dilation - 1) / stride + 1)
                .toArray();
        return new ConvShape(
                batch,
                channels,
                filters,
                groups,
                new Window(input, all(taps, axes), all(stride, axes), all(dilation, axes), front, output));
    }

    private static int[] all(int number, int[]... axes) {
        return Arrays.stream(axes).mapToInt(_ -> number).toArray();
    }

    /**
     * Tiles of one cell, whole ones, and each end; padding on each side and beyond the taps; few channels and filters, and ends of
     * the products' tiles of both sizes.
     */
    private static final List<ConvShape> SHAPES = List.of(
            shape(1, 1, 1, axis(3, 0, 0), axis(3, 0, 0)),
            shape(2, 3, 2, axis(4, 1, 1), axis(8, 1, 1)),
            shape(1, 2, 3, axis(7, 0, 0), axis(8, 0, 0)),
            shape(3, 5, 7, axis(5, 1, 0), axis(9, 0, 0)),
            shape(1, 4, 5, axis(6, 0, 1), axis(3, 0, 0)),
            shape(1, 4, 5, axis(3, 0, 0), axis(6, 1, 0)),
            shape(2, 3, 4, axis(6, 0, 0), axis(7, 0, 1)),
            shape(2, 7, 9, axis(1, 3, 2), axis(2, 2, 5)),
            shape(1, 15, 63, axis(13, 1, 1), axis(1, 1, 1)),
            shape(1, 16, 64, axis(32, 1, 1), axis(32, 1, 1)),
            shape(2, 17, 65, axis(10, 1, 1), axis(41, 1, 1)),
            shape(2, 9, 130, axis(33, 1, 1), axis(34, 1, 1)),
            shape(3, 48, 10, axis(3, 1, 1), axis(6, 1, 1)));

    /** Two turns, the second of which begins within an item. */
    private static final ConvShape MANY = shape(6, 512, 8, axis(35, 1, 1), axis(34, 1, 1));

    /** An item of them. */
    private static final ConvShape ALONE = shape(1, 512, 8, axis(35, 1, 1), axis(34, 1, 1));

    /** x, w, bias and residual; and w as kernels want it. */
    private record Operands(
            ConvShape shape,
            MemorySegment x,
            MemorySegment w,
            MemorySegment transformed,
            MemorySegment bias,
            MemorySegment residual) {
        static Operands of(ConvShape shape) {
            Random random = new Random(shape.filters() + shape.channels());
            MemorySegment w = numbers(
                    random,
                    shape.filters() * shape.groupChannels() * shape.window().taps(),
                    0.2f);
            MemorySegment transformed = rig.memory(DeviceWinogradFilters.bytes(shape.filters(), shape.channels()));
            DeviceWinogradFilters.transform(shape.filters(), shape.channels(), w, transformed);
            return new Operands(
                    shape,
                    numbers(
                            random,
                            shape.batch() * shape.channels() * shape.window().inputs(),
                            1),
                    w,
                    transformed,
                    numbers(random, shape.filters(), 1),
                    numbers(random, length(shape), 1));
        }

        private static MemorySegment numbers(Random random, int length, float bound) {
            float[] values = new float[length];
            for (int i = 0; i < length; i++) {
                values[i] = random.nextFloat(-bound, bound);
            }
            return rig.floats(values);
        }

        /** An item of the same convolution. */
        Operands item(ConvShape alone, int item) {
            long in = x.byteSize() / shape.batch();
            long out = residual.byteSize() / shape.batch();
            return new Operands(
                    alone, x.asSlice(item * in, in), w, transformed, bias, residual.asSlice(item * out, out));
        }

        MemorySegment expected(boolean biased, Activation activation, boolean added) {
            MemorySegment y = rig.memory(4L * length(shape));
            new ScalarChannelsFirst()
                    .convolve(
                            shape,
                            x,
                            w,
                            biased ? Optional.of(bias) : Optional.empty(),
                            activation,
                            added ? Optional.of(residual) : Optional.empty(),
                            y,
                            rig.memory(0),
                            Workers.single());
            return y;
        }
    }

    private static int length(ConvShape shape) {
        return shape.batch() * shape.filters() * shape.window().outputs();
    }

    @ParameterizedTest
    @FieldSource("SHAPES")
    void convolves(ConvShape shape) {
        Operands operands = Operands.of(shape);
        Activation activation = Activation.leakyRelu(0.1f);
        assertNear(shape, convolve(operands, true, activation, true), operands.expected(true, activation, true));
    }

    @ParameterizedTest
    @EnumSource(Activation.Kind.class)
    void appliesEveryActivation(Activation.Kind kind) {
        Activation activation = switch (kind) {
            case CLIP -> Activation.clip(-0.5f, 2);
            case LEAKY_RELU -> Activation.leakyRelu(0.3f);
            default -> Activation.of(kind);
        };
        Operands operands = Operands.of(SHAPES.get(3));
        for (boolean also : new boolean[] {true, false}) {
            assertNear(
                    operands.shape(),
                    convolve(operands, also, activation, !also),
                    operands.expected(also, activation, !also));
        }
    }

    @Test
    void anItemIsTheSameWhateverIsConvolvedBesideIt() {
        Operands operands = Operands.of(MANY);
        MemorySegment together = convolve(operands, true, Activation.NONE, true);
        assertNear(MANY, together, operands.expected(true, Activation.NONE, true));
        long bytes = 4L * length(ALONE);
        for (int item : new int[] {0, 3, MANY.batch() - 1}) {
            MemorySegment alone = convolve(operands.item(ALONE, item), true, Activation.NONE, true);
            assertThat(together.asSlice(item * bytes, bytes).mismatch(alone))
                    .as("item %s", item)
                    .isEqualTo(-1);
        }
    }

    @Test
    void theLeastMemoryGivesTheSameBits() {
        ConvShape shape = SHAPES.get(11);
        assertThat(WinogradConvolutions.bytes(shape, true)).isLessThan(WinogradConvolutions.bytes(shape, false));
        Operands operands = Operands.of(shape);
        MemorySegment usual = convolve(operands, true, Activation.NONE, true, false);
        MemorySegment least = convolve(operands, true, Activation.NONE, true, true);
        assertThat(least.mismatch(usual)).isEqualTo(-1);
    }

    /** The larger tiles of the products are for many: an item alone has the smaller ones. */
    @Test
    void anItemIsTheSameWithEitherTileOfTheProducts() {
        ConvShape shape = SHAPES.get(11);
        ConvShape alone = new ConvShape(1, shape.channels(), shape.filters(), 1, shape.window());
        assertThat(side(shape)).isEqualTo(128);
        assertThat(side(alone)).isEqualTo(64);
        Operands operands = Operands.of(shape);
        MemorySegment together = convolve(operands, false, Activation.NONE, false);
        MemorySegment first = convolve(operands.item(alone, 0), false, Activation.NONE, false);
        assertThat(together.asSlice(0, first.byteSize()).mismatch(first)).isEqualTo(-1);
    }

    private static int side(ConvShape shape) {
        return CudaProducts.side(shape.filters(), WinogradConvolutions.turn(shape), 36);
    }

    @Test
    void computesNothingOfNothing() {
        ConvShape none = shape(0, 3, 4, axis(5, 1, 1), axis(5, 1, 1));
        ConvShape noCells = shape(2, 3, 4, axis(5, 1, 1), axis(1, 1, 0));
        for (ConvShape shape : List.of(none, noCells)) {
            assertThat(WinogradConvolutions.bytes(shape, false)).isZero();
            convolve(Operands.of(shape), true, Activation.NONE, true);
        }
    }

    @Test
    void takesMemoryForTheTilesOfATurnAlone() {
        // 81 tiles, and six times as many in two turns of about as many each.
        assertThat(WinogradConvolutions.turn(ALONE)).isEqualTo(81);
        assertThat(WinogradConvolutions.turn(MANY)).isEqualTo(256);
        assertThat(WinogradConvolutions.bytes(MANY, false)).isEqualTo(256L * 36 * (512 + 8) * 4);
        assertThat(WinogradConvolutions.bytes(MANY, true)).isEqualTo(64L * 36 * (512 + 8) * 4);
        assertThat(WinogradConvolutions.bytes(SHAPES.get(1), true)).isEqualTo(4L * 36 * (3 + 2) * 4);
        for (int count : new int[] {1, 64, 512}) {
            ConvShape large = shape(64, count, count, axis(224, 1, 1), axis(224, 1, 1));
            assertThat(WinogradConvolutions.bytes(large, false)).isBetween(16L << 20, 32L << 20);
            assertThat(WinogradConvolutions.turn(large) % 64).isZero();
        }
    }

    @Test
    void refusesWhatItWasNotMadeFor() {
        int[] plain = axis(9, 1, 1);
        List<ConvShape> others = List.of(
                shape(1, 4, 4, 2, 3, 1, 1, plain, plain),
                shape(1, 4, 4, 1, 2, 1, 1, plain, plain),
                shape(1, 4, 4, 1, 3, 2, 1, plain, plain),
                shape(1, 4, 4, 1, 3, 1, 2, axis(9, 2, 2), axis(9, 2, 2)),
                shape(1, 4, 4, 1, 3, 1, 1, plain),
                shape(1, 4, 4, axis(9, -1, 2), plain),
                shape(1, 4, 4, plain, axis(9, 2, -1)),
                shape(1, 513, 4, plain, plain),
                shape(1, 4, 513, plain, plain),
                shape(1, 0, 4, plain, plain));
        for (ConvShape shape : others) {
            assertThat(DeviceWinogradFilters.suit(shape)).as(shape.toString()).isFalse();
            assertThatThrownBy(() -> rig.run(
                            4,
                            List.of(),
                            (kernels, _, out) ->
                                    kernels.convolveWinograd(shape, out, out, 0, Activation.NONE, 0, out, out, 0)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    private static MemorySegment convolve(Operands o, boolean biased, Activation activation, boolean added) {
        return convolve(o, biased, activation, added, false);
    }

    /** Memory behind y and behind the scratch memory stays as it was. */
    private static MemorySegment convolve(
            Operands o, boolean biased, Activation activation, boolean added, boolean least) {
        ConvShape shape = o.shape();
        long bytes = 4L * length(shape);
        long scratch = WinogradConvolutions.bytes(shape, least);
        long offset = (bytes + 511) / 256 * 256;
        int guard = 256;
        List<MemorySegment> inputs = List.of(o.x(), o.transformed(), o.bias(), o.residual());
        MemorySegment all = rig.run(offset + scratch + guard, inputs, (kernels, in, out) -> {
            assertThat(kernels.winogradBytes(shape, least)).isEqualTo(scratch);
            kernels.fill(4, UNTOUCHED, out, (int) (offset + scratch + guard) / 4);
            kernels.convolveWinograd(
                    shape, in[0], in[1], biased ? in[2] : 0, activation, added ? in[3] : 0, out, out + offset, scratch);
        });
        assertThat(all.asSlice(bytes, offset - bytes).toArray(ValueLayout.JAVA_INT))
                .as("behind the result")
                .containsOnly(UNTOUCHED);
        assertThat(all.asSlice(offset + scratch, guard).toArray(ValueLayout.JAVA_INT))
                .as("behind the scratch memory")
                .containsOnly(UNTOUCHED);
        return all.asSlice(0, bytes);
    }

    /** A chain of additions errs in proportion to its length: both their number and what is rounded grow with its root. */
    private static void assertNear(ConvShape shape, MemorySegment actual, MemorySegment expected) {
        float more = Math.max(1, (float) shape.channels() / CHANNELS);
        DeviceRig.assertClose(actual, expected, 0, TOLERANCE * more, shape.toString());
    }
}
