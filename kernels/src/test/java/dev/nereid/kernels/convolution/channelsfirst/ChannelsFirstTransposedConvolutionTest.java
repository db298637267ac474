package dev.nereid.kernels.convolution.channelsfirst;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.convolution.ChannelsFirstKernels;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.parallel.Workers;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ChannelsFirstTransposedConvolutionTest {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT;

    private final ChannelsFirstKernels scalar = KernelSet.scalar().convolution().channelsFirst();
    private final ChannelsFirstKernels vector = new VectorKernels(Cpu.detect())
            .over(KernelSet.scalar())
            .convolution()
            .channelsFirst();
    private final Random random = new Random(3);

    /** The window whose convolution makes x, of {@code cells} along each axis, from y. */
    private static Window window(int[] cells, int kernel, int stride, int dilation, int padding, int longer) {
        int rank = cells.length;
        int[][] numbers = new int[5][rank];
        for (int axis = 0; axis < rank; axis++) {
            numbers[0][axis] = (cells[axis] - 1) * stride + (kernel - 1) * dilation + 1 - 2 * padding + longer;
            numbers[1][axis] = kernel;
            numbers[2][axis] = stride;
            numbers[3][axis] = dilation;
            numbers[4][axis] = padding;
        }
        return new Window(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], cells);
    }

    private MemorySegment filled(Arena arena, int count) {
        MemorySegment segment = arena.allocate(Math.max(4, 4L * count), 64);
        for (int i = 0; i < count; i++) {
            segment.setAtIndex(FLOAT, i, random.nextFloat() - 0.5f);
        }
        return segment;
    }

    private void check(ConvShape shape, boolean withBias) {
        try (Arena arena = Arena.ofConfined()) {
            Window window = shape.window();
            int outputs = shape.batch() * shape.channels() * window.inputs();
            MemorySegment x = filled(arena, shape.batch() * shape.filters() * window.outputs());
            MemorySegment w = filled(arena, shape.filters() * shape.groupChannels() * window.taps());
            Optional<MemorySegment> bias = withBias ? Optional.of(filled(arena, shape.channels())) : Optional.empty();
            MemorySegment expected = filled(arena, outputs);
            MemorySegment actual = filled(arena, outputs);
            run(scalar, shape, x, w, bias, expected, arena);
            run(vector, shape, x, w, bias, actual, arena);
            for (int i = 0; i < outputs; i++) {
                assertThat(actual.getAtIndex(FLOAT, i))
                        .as("%s, element %d", shape, i)
                        .isCloseTo(expected.getAtIndex(FLOAT, i), Offset.offset(2e-5f));
            }
        }
    }

    private static void run(
            ChannelsFirstKernels kernels,
            ConvShape shape,
            MemorySegment x,
            MemorySegment w,
            Optional<MemorySegment> bias,
            MemorySegment y,
            Arena arena) {
        MemorySegment scratch = arena.allocate(Math.max(64, kernels.transposedScratchBytes(shape)), 64);
        scratch.fill((byte) 0x7f);
        kernels.convolveTransposed(shape, x, w, bias, y, scratch, Workers.single());
    }

    @Test
    void agreesWithThePlainLoopsForEveryWindow() {
        for (int stride = 1; stride <= 3; stride++) {
            for (int dilation = 1; dilation <= 2; dilation++) {
                for (int padding = 0; padding <= 2; padding++) {
                    Window window = window(new int[] {5, 7}, 3, stride, dilation, padding, stride - 1);
                    check(new ConvShape(2, 4, 6, 2, window), padding % 2 == 0);
                }
            }
        }
    }

    @Test
    @Tag("found-19")
    void theBiasIsAddedToFinishedSums() {
        ConvShape shape = new ConvShape(2, 4, 6, 2, window(new int[] {5, 7}, 3, 2, 1, 1, 1));
        try (Arena arena = Arena.ofConfined()) {
            int cells = shape.window().inputs();
            int outputs = shape.batch() * shape.channels() * cells;
            MemorySegment x = filled(
                    arena, shape.batch() * shape.filters() * shape.window().outputs());
            MemorySegment w = filled(
                    arena,
                    shape.filters() * shape.groupChannels() * shape.window().taps());
            MemorySegment bias = arena.allocateFrom(FLOAT, 9.1f, 10.2f, -11.3f, 1000.4f);
            MemorySegment without = filled(arena, outputs);
            MemorySegment with = filled(arena, outputs);
            run(vector, shape, x, w, Optional.empty(), without, arena);
            run(vector, shape, x, w, Optional.of(bias), with, arena);
            for (int i = 0; i < outputs; i++) {
                assertThat(with.getAtIndex(FLOAT, i))
                        .as("element %d", i)
                        .isEqualTo(without.getAtIndex(FLOAT, i) + bias.getAtIndex(FLOAT, i / cells % 4));
            }
        }
    }

    @Test
    void takesOneAxisAndThree() {
        check(new ConvShape(1, 3, 5, 1, window(new int[] {9}, 2, 2, 1, 0, 0)), true);
        check(new ConvShape(1, 2, 3, 1, window(new int[] {2, 3, 2}, 2, 2, 1, 0, 0)), true);
    }

    @Test
    void growsAndShrinksToNothing() {
        check(new ConvShape(0, 1, 1, 1, window(new int[] {3, 3}, 2, 2, 1, 0, 0)), true);
        check(new ConvShape(1, 24, 24, 1, window(new int[] {33, 40}, 2, 2, 1, 0, 0)), true);
    }
}
