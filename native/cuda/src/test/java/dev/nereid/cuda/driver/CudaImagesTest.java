package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceResize;
import dev.nereid.cuda.device.DeviceResize.Filter;
import dev.nereid.cuda.device.DeviceResize.Rounding;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.Window;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.resize.ResampledAxis;
import dev.nereid.kernels.resize.ResampledPlane;
import dev.nereid.kernels.scalar.ScalarChannelsFirst;
import dev.nereid.kernels.scalar.ScalarResize;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The CUDA kernels that make images larger and smaller beside the scalar ones, on an emulated GPU. */
@Tag("cuda")
class CudaImagesTest {
    @AutoClose
    private static DeviceRig rig;

    @BeforeAll
    static void open() {
        rig = DeviceRig.open("CUDA kernels of images");
    }

    /** Half pixels and two neighbours, whose indices and weights the scalar kernel is given. */
    @ParameterizedTest
    @CsvSource({"1,1,1", "3,7,1", "7,3,5", "5,10,33", "33,65,2"})
    void weighsTwoNeighbours(int input, int output, int inner) {
        int outer = 3;
        float scale = (float) output / input;
        int[] indices = new int[2 * output];
        float[] weights = new float[2 * output];
        for (int position = 0; position < output; position++) {
            float source = (position + 0.5f) / scale - 0.5f;
            int below = (int) Math.ceil(source) - 1;
            for (int tap = 0; tap < 2; tap++) {
                indices[2 * position + tap] = Math.clamp(below + tap, 0, input - 1);
                weights[2 * position + tap] = 1 - Math.abs(tap - (source - below));
            }
        }
        MemorySegment x = rig.random(new Random(input), outer * input * inner);
        MemorySegment expected = rig.memory(4L * outer * output * inner);
        new ScalarResize()
                .resample(
                        ResampledPlane.of(outer, new ResampledAxis(input, output, 2, indices, weights), inner),
                        x,
                        expected,
                        rig.memory(0),
                        Workers.single());
        DeviceResize resize = new DeviceResize(
                outer,
                input,
                output,
                inner,
                new DeviceResize.Position(1, 0.5f, scale, -0.5f, 0),
                Filter.LINEAR,
                Rounding.FLOOR,
                0,
                2,
                1,
                0,
                false);
        MemorySegment actual =
                rig.run(expected.byteSize(), List.of(x), (kernels, in, out) -> kernels.resize(resize, in[0], out));
        DeviceRig.assertClose(actual, expected, 1e-5f, 1e-6f, input + " to " + output);
    }

    @Test
    void convolvesTransposed() {
        Window plain = new Window(
                new int[] {9, 11}, new int[] {3, 3}, new int[] {2, 2}, new int[] {1, 1}, new int[] {1, 0}, new int[] {
                    5, 5
                });
        Window wide = new Window(
                new int[] {13, 8}, new int[] {2, 3}, new int[] {3, 1}, new int[] {2, 2}, new int[] {0, 1}, new int[] {
                    4, 6
                });
        Window line =
                new Window(new int[] {9}, new int[] {3}, new int[] {2}, new int[] {1}, new int[] {0}, new int[] {4});
        for (Window window : List.of(plain, wide, line)) {
            for (int groups : new int[] {1, 2}) {
                ConvShape shape = new ConvShape(2, 6, 4, groups, window);
                Random random = new Random(groups);
                MemorySegment x = rig.random(random, 2 * 4 * window.outputs());
                MemorySegment w = rig.random(random, 4 * (6 / groups) * window.taps());
                MemorySegment bias = rig.random(random, 6);
                MemorySegment expected = rig.memory(4L * 2 * 6 * window.inputs());
                new ScalarChannelsFirst()
                        .convolveTransposed(shape, x, w, Optional.of(bias), expected, rig.memory(0), Workers.single());
                MemorySegment actual = rig.run(
                        expected.byteSize(),
                        List.of(x, w, bias),
                        (kernels, in, out) -> kernels.convolveTransposed(shape, in[0], in[1], in[2], out));
                DeviceRig.assertClose(actual, expected, 1e-5f, 1e-5f, window.toString());
            }
        }
    }
}
