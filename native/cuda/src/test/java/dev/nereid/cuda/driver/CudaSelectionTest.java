package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceIndexing;
import dev.nereid.models.device.DeviceException;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The CUDA kernels that pick elements, beside sorting and plain loops, on an emulated GPU. */
@Tag("cuda")
class CudaSelectionTest {
    @AutoClose
    private static DeviceRig rig;

    @BeforeAll
    static void open() {
        rig = DeviceRig.open("CUDA kernels that pick elements");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void findsTheFirstInOrder(boolean largest) {
        int[][] sizes = {{1, 1, 1, 1}, {2, 5, 3, 0}, {2, 5, 3, 2}, {3, 33, 1, 33}, {1, 257, 2, 10}};
        for (int[] size : sizes) {
            int extent = size[1];
            int inner = size[2];
            int k = size[3];
            int rows = size[0] * inner;
            MemorySegment x = rig.random(new Random(extent), rows * extent);
            for (int i = 0; i < rows * extent; i += 3) {
                float[] special = {1f, 0f, -0f, 1f, Float.NaN, Float.NEGATIVE_INFINITY};
                x.setAtIndex(ValueLayout.JAVA_FLOAT, i, special[i / 3 % special.length]);
            }
            int count = rows * k;
            long placesAt = (4L * count + 255) / 256 * 256;
            MemorySegment actual = rig.run(
                    placesAt + 8L * count,
                    List.of(x),
                    (kernels, in, out) ->
                            kernels.indexing().topK(largest, in[0], out, out + placesAt, size[0], extent, inner, k));
            for (int row = 0; row < rows; row++) {
                int start = row / inner * extent * inner + row % inner;
                // Both zeros are equal, and NaN is above all.
                List<Integer> order = IntStream.range(0, extent)
                        .boxed()
                        .sorted((i, j) -> {
                            float a = x.getAtIndex(ValueLayout.JAVA_FLOAT, start + (long) i * inner) + 0f;
                            float b = x.getAtIndex(ValueLayout.JAVA_FLOAT, start + (long) j * inner) + 0f;
                            int compared = largest ? Float.compare(b, a) : Float.compare(a, b);
                            return compared != 0 ? compared : Integer.compare(i, j);
                        })
                        .toList();
                for (int i = 0; i < k; i++) {
                    long to = (row / inner * (long) k + i) * inner + row % inner;
                    int place = order.get(i);
                    assertThat(actual.get(ValueLayout.JAVA_LONG, placesAt + 8 * to))
                            .isEqualTo(place);
                    assertThat(actual.getAtIndex(ValueLayout.JAVA_INT, to))
                            .isEqualTo(x.getAtIndex(ValueLayout.JAVA_INT, start + (long) place * inner));
                }
            }
        }
    }

    @Test
    void picksElementsAlongAnAxis() {
        int[] dims = {2, 4, 3};
        int extent = 5;
        MemorySegment x = rig.random(new Random(1), 2 * extent * 3);
        MemorySegment indices = rig.memory(8L * 24);
        for (int i = 0; i < 24; i++) {
            indices.setAtIndex(ValueLayout.JAVA_LONG, i, i % 10 - 5);
        }
        BroadcastStrides places = new BroadcastStrides(dims, new int[][] {{extent * 3, 3, 1}});
        MemorySegment actual = rig.run(
                4L * 24,
                List.of(x, indices),
                (kernels, in, out) -> kernels.indexing()
                        .gatherElements(
                                4, new DeviceIndexing.Elements(DataType.INT64, in[1], places, 1, extent), in[0], out));
        for (int i = 0; i < 24; i++) {
            int index = Math.floorMod(i % 10 - 5, extent);
            int from = (i / 12 * extent + index) * 3 + i % 3;
            assertThat(actual.getAtIndex(ValueLayout.JAVA_FLOAT, i))
                    .isEqualTo(x.getAtIndex(ValueLayout.JAVA_FLOAT, from));
        }
        indices.setAtIndex(ValueLayout.JAVA_LONG, 7, extent);
        assertThatThrownBy(() -> rig.run(
                        4L * 24,
                        List.of(x, indices),
                        (kernels, in, out) -> kernels.indexing()
                                .gatherElements(
                                        4,
                                        new DeviceIndexing.Elements(DataType.INT64, in[1], places, 1, extent),
                                        in[0],
                                        out)))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("outside");
    }
}
