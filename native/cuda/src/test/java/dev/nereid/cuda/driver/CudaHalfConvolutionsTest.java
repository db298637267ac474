package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.cuda.EmulatedCuda;
import dev.nereid.cuda.device.DeviceHalfFilters;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.matmul.Activation;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarChannelsFirst;
import dev.nereid.models.device.DevicePrecision;
import dev.nereid.models.device.PinnedMemoryBudget;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The convolutions of FP16 and BF16 beside the scalar ones, on emulated GPUs with tensor cores and without. */
@Tag("cuda")
@Tag("nightly")
class CudaHalfConvolutionsTest {
    /** The cards that tests run on. */
    enum Card {
        /** One that has left the kernels with tensor cores. */
        PLAIN,
        AMPERE;

        private DeviceRig rig() {
            return Objects.requireNonNull(RIGS.get(this));
        }
    }

    private static final Map<Card, DeviceRig> RIGS = new EnumMap<>(Card.class);

    @BeforeAll
    static void open() {
        EmulatedCuda cuda = EmulatedCuda.find("convolutions of FP16 and BF16")
                .orElseGet(() -> Assumptions.abort("no emulated GPU"));
        for (Card card : Card.values()) {
            RIGS.put(card, rig(cuda, card));
        }
    }

    private static DeviceRig rig(EmulatedCuda cuda, Card card) {
        CudaDevice device =
                (CudaDevice) cuda.devices(new PinnedMemoryBudget(0)).all().get(EmulatedCuda.AMPERE);
        DeviceRig rig = DeviceRig.on(device, DevicePrecision.FP32);
        if (card == Card.PLAIN) {
            device.forget("tensor_convolution");
        }
        assertThat(device.has("tensor_convolution_fp16")).isEqualTo(card == Card.AMPERE);
        return rig;
    }

    @AfterAll
    static void close() {
        RIGS.values().forEach(DeviceRig::close);
        RIGS.clear();
    }

    /** Extent, kernel, stride, dilation, padding in front and behind. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Sizes(int batch, int channels, int filters, int[]... axes) {
        private int[] each(int field) {
            return Arrays.stream(axes).mapToInt(axis -> axis[field]).toArray();
        }

        ConvShape shape() {
            int[] output = Arrays.stream(axes)
                    .mapToInt(axis -> (axis[0] + axis[4] + axis[5] - (axis[1] - 1) * axis[3] - 1) / axis[2] + 1)
                    .toArray();
            return new ConvShape(
                    batch, channels, filters, 1, new Window(each(0), each(1), each(2), each(3), each(4), output));
        }
    }

    private static int[] axis(int extent, int kernel, int stride, int dilation, int front, int behind) {
        return new int[] {extent, kernel, stride, dilation, front, behind};
    }

    /** One pixel; ends of every tile; each way that a window moves, unevenly; padding that is negative and all there is. */
    private static final List<Sizes> SIZES = List.of(
            new Sizes(1, 1, 8, axis(1, 1, 1, 1, 0, 0), axis(1, 1, 1, 1, 0, 0)),
            new Sizes(2, 3, 9, axis(7, 3, 1, 1, 1, 1), axis(9, 2, 1, 1, 0, 1)),
            new Sizes(1, 16, 130, axis(11, 1, 1, 1, 0, 0), axis(13, 1, 1, 1, 0, 0)),
            new Sizes(3, 8, 24, axis(8, 3, 2, 1, 1, 0), axis(10, 5, 3, 1, 2, 2)),
            new Sizes(1, 24, 17, axis(10, 3, 1, 3, 3, 2), axis(9, 2, 1, 2, 0, 1)),
            new Sizes(2, 12, 8, axis(6, 3, 1, 1, -1, 1), axis(5, 2, 2, 1, 2, 0)),
            new Sizes(1, 8, 8, axis(2, 3, 1, 1, 3, 3), axis(1, 3, 1, 1, 3, 2)),
            new Sizes(2, 40, 12, axis(9, 3, 1, 1, 1, 1)),
            new Sizes(1, 120, 10, axis(4, 3, 1, 1, 1, 1), axis(3, 3, 1, 1, 1, 1)),
            new Sizes(1, 131, 136, axis(3, 3, 1, 1, 0, 1), axis(5, 4, 1, 1, 2, 1)));

    private static final Sizes FEW = new Sizes(1, 113, 8, axis(47, 3, 1, 1, 1, 1), axis(17, 3, 1, 1, 1, 1));

    /** Five of them: a tile more than are computed beside each other. */
    private static final Sizes MANY = new Sizes(5, 113, 8, FEW.axes());

    /** x, w, bias and residual; and w as kernels want it. */
    private record Operands(
            ConvShape shape,
            DataType type,
            MemorySegment x,
            MemorySegment w,
            MemorySegment arranged,
            MemorySegment bias,
            MemorySegment residual) {
        static Operands of(Card card, DataType type, ConvShape shape) {
            Random random = new Random(shape.filters() + shape.channels());
            int taps = shape.window().taps();
            MemorySegment w = numbers(card, type, random, shape.filters() * shape.channels() * taps);
            MemorySegment arranged =
                    card.rig().memory(DeviceHalfFilters.bytes(shape.filters(), shape.channels(), taps));
            DeviceHalfFilters.arrange(shape.filters(), shape.channels(), taps, w, arranged);
            return new Operands(
                    shape,
                    type,
                    numbers(
                            card,
                            type,
                            random,
                            shape.batch() * shape.channels() * shape.window().inputs()),
                    w,
                    arranged,
                    numbers(card, type, random, shape.filters()),
                    numbers(card, type, random, length(shape)));
        }

        private static MemorySegment numbers(Card card, DataType type, Random random, int length) {
            return HalfNumbers.fill(type, card.rig().memory(2L * length), () -> (float) random.nextGaussian());
        }

        List<MemorySegment> list() {
            return List.of(x, arranged, bias, residual);
        }

        /** What the scalar kernel makes of the numbers as FP32. */
        float[] expected(Card card, boolean biased, Activation activation, boolean added) {
            MemorySegment y = card.rig().memory(4L * length(shape));
            new ScalarChannelsFirst()
                    .convolve(
                            shape,
                            wide(card, x),
                            wide(card, w),
                            biased ? Optional.of(wide(card, bias)) : Optional.empty(),
                            activation,
                            added ? Optional.of(wide(card, residual)) : Optional.empty(),
                            y,
                            card.rig().memory(0),
                            Workers.single());
            return DeviceRig.toFloats(y);
        }

        private MemorySegment wide(Card card, MemorySegment halves) {
            return card.rig().floats(HalfNumbers.wide(type, halves));
        }
    }

    private static int length(ConvShape shape) {
        return shape.batch() * shape.filters() * shape.window().outputs();
    }

    @ParameterizedTest
    @CsvSource({"PLAIN,FP16", "PLAIN,BF16", "AMPERE,FP16", "AMPERE,BF16"})
    void convolves(Card card, DataType type) {
        for (Sizes sizes : SIZES) {
            Operands operands = Operands.of(card, type, sizes.shape());
            MemorySegment actual = convolve(card, operands, true, Activation.leakyRelu(0.1f), true);
            assertNear(
                    operands,
                    actual,
                    operands.expected(card, true, Activation.leakyRelu(0.1f), true),
                    sizes.toString());
        }
    }

    @ParameterizedTest
    @EnumSource(Activation.Kind.class)
    void appliesEveryActivation(Activation.Kind kind) {
        Activation activation = switch (kind) {
            case CLIP -> Activation.clip(-0.5f, 2);
            case LEAKY_RELU -> Activation.leakyRelu(0.3f);
            default -> Activation.of(kind);
        };
        Operands operands = Operands.of(Card.AMPERE, DataType.FP16, SIZES.get(1).shape());
        for (boolean also : new boolean[] {true, false}) {
            MemorySegment actual = convolve(Card.AMPERE, operands, also, activation, !also);
            assertNear(operands, actual, operands.expected(Card.AMPERE, also, activation, !also), kind.toString());
        }
    }

    /** Few pixels are convolved in splits beside each other, and many in turn: by the bit the same. */
    @ParameterizedTest
    @CsvSource({"PLAIN,FP16", "AMPERE,BF16"})
    void anItemIsTheSameWhateverIsConvolvedBesideIt(Card card, DataType type) {
        ConvShape alone = FEW.shape();
        ConvShape all = MANY.shape();
        Operands operands = Operands.of(card, type, all);
        MemorySegment together = convolve(card, operands, true, Activation.NONE, true);
        long in = operands.x().byteSize() / all.batch();
        long out = 2L * length(alone);
        for (int item : new int[] {0, all.batch() - 1}) {
            Operands single = new Operands(
                    alone,
                    type,
                    operands.x().asSlice(item * in, in),
                    operands.w(),
                    operands.arranged(),
                    operands.bias(),
                    operands.residual().asSlice(item * out, out));
            assertThat(together.asSlice(item * out, out).mismatch(convolve(card, single, true, Activation.NONE, true)))
                    .as("item %s", item)
                    .isEqualTo(-1);
        }
    }

    @Test
    void cutsByFiltersChannelsAndTapsAlone() {
        assertThat(HalfConvolutions.splits(FEW.shape())).isEqualTo(new SplitK(4, 320));
        assertThat(HalfConvolutions.splits(MANY.shape())).isEqualTo(new SplitK(4, 320));
        // x with its channels last, and parts for the one whose tiles are few.
        assertThat(HalfConvolutions.bytes(FEW.shape())).isEqualTo(192_000 + 4L * 4 * 8 * 799);
        assertThat(HalfConvolutions.bytes(MANY.shape())).isEqualTo(958_976);
    }

    @Test
    void arrangesFiltersWithZerosAround() {
        MemorySegment w = Card.AMPERE.rig().memory(2L * 9 * 2 * 3);
        for (int i = 0; i < 54; i++) {
            w.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) (i + 1));
        }
        MemorySegment arranged = Card.AMPERE.rig().memory(DeviceHalfFilters.bytes(9, 2, 3));
        DeviceHalfFilters.arrange(9, 2, 3, w, arranged);
        short[] numbers = arranged.toArray(ValueLayout.JAVA_SHORT);
        assertThat(numbers).hasSize(3 * 8 * 16);
        for (int at = 0; at < numbers.length; at++) {
            int filter = at % 16;
            int channel = at / 16 % 8;
            int tap = at / 128;
            int expected = filter < 9 && channel < 2 ? (filter * 2 + channel) * 3 + tap + 1 : 0;
            assertThat(numbers[at]).as("at %s", at).isEqualTo((short) expected);
        }
    }

    private static MemorySegment convolve(
            Card card, Operands operands, boolean biased, Activation activation, boolean added) {
        ConvShape shape = operands.shape();
        long bytes = 2L * length(shape);
        long scratch = HalfConvolutions.bytes(shape);
        long offset = (bytes + 511) / 256 * 256;
        MemorySegment y = card.rig().run(offset + scratch, operands.list(), (kernels, in, out) -> {
            assertThat(kernels.halfConvolutionBytes(shape)).isEqualTo(scratch);
            kernels.fill(2, 0x5a5a, out + bytes, (int) (offset - bytes) / 2);
            kernels.convolveHalf(
                    operands.type(),
                    shape,
                    in[0],
                    in[1],
                    biased ? in[2] : 0,
                    activation,
                    added ? in[3] : 0,
                    out,
                    out + offset);
        });
        assertThat(y.asSlice(bytes, offset - bytes).toArray(ValueLayout.JAVA_SHORT))
                .as("behind the result")
                .containsOnly(0x5a5a);
        return y.asSlice(0, bytes);
    }

    private static void assertNear(Operands operands, MemorySegment actual, float[] expected, String what) {
        float[] got = HalfNumbers.wide(operands.type(), actual);
        assertThat(got).hasSameSizeAs(expected);
        for (int i = 0; i < got.length; i++) {
            float unit =
                    HalfNumbers.unit(operands.type(), expected[i]) + 1e-7f * DeviceHalfFilters.depth(operands.shape());
            assertThat(got[i]).as("%s, element %s", what, i).isBetween(expected[i] - unit, expected[i] + unit);
        }
    }
}
