package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.kernels.scalar.ScalarLayout;
import dev.nereid.models.device.DeviceException;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The CUDA kernels that move elements beside the scalar ones, on an emulated GPU. */
@Tag("cuda")
class CudaLayoutTest {
    @AutoClose
    private static DeviceRig rig;

    @BeforeAll
    static void open() {
        rig = DeviceRig.open("CUDA kernels that move elements");
    }

    private static MemorySegment bytes(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        MemorySegment memory = rig.memory(length);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, length);
        return memory;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void copiesBoxesForwardsBackwardsAndRepeated(int size) {
        long[] dims = {3, 1, 5, 7};
        long[][] xStrides = {{35, 35, 7, 1}, {0, 0, 7, 1}, {35, 0, -7, 1}, {1, 0, 3, 15}, {35, 0, 1, 5}};
        long[] xStarts = {0, 0, 28, 0, 0};
        long[] yStrides = BroadcastStrides.dense(dims);
        MemorySegment x = bytes(105 * size);
        for (int i = 0; i < xStrides.length; i++) {
            long[] from = xStrides[i];
            long start = xStarts[i];
            MemorySegment expected = rig.memory(105L * size);
            new ScalarLayout().copy(size, dims, x, start, from, expected, 0, yStrides, Workers.single());
            MemorySegment actual = rig.run(
                    105L * size,
                    List.of(x),
                    (kernels, in, out) -> kernels.copy(
                            size, in[0], start, out, 0, BroadcastStrides.of(dims, List.of(from, yStrides))));
            assertThat(actual.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void transposesPlanes() {
        for (long[] dims : new long[][] {{1, 1, 2}, {1, 31, 33}, {3, 64, 32}, {2, 100, 65}}) {
            int length = Math.toIntExact(dims[0] * dims[1] * dims[2]);
            MemorySegment x = bytes(4 * length);
            long[] permuted = {dims[0], dims[2], dims[1]};
            long[] xStrides = {dims[1] * dims[2], 1, dims[2]};
            MemorySegment expected = rig.memory(4L * length);
            new ScalarLayout().transpose(4, dims, new int[] {0, 2, 1}, x, expected, Workers.single());
            MemorySegment actual = rig.run(
                    4L * length,
                    List.of(x),
                    (kernels, in, out) -> kernels.copy(
                            4,
                            in[0],
                            0,
                            out,
                            0,
                            BroadcastStrides.of(permuted, List.of(xStrides, BroadcastStrides.dense(permuted)))));
            assertThat(actual.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 8})
    void gathersBlocks(int size) {
        MemorySegment x = bytes(2 * 5 * 3 * size);
        MemorySegment indices = rig.memory(4 * 8);
        MemorySegment.copy(new long[] {4, 0, 0, 3}, 0, indices, ValueLayout.JAVA_LONG, 0, 4);
        MemorySegment expected = rig.memory(2L * 4 * 3 * size);
        new ScalarLayout().gather(3L * size, 2, 5, 4, x, indices, expected, Workers.single());
        MemorySegment actual = rig.run(
                expected.byteSize(),
                List.of(x, indices),
                (kernels, in, out) -> kernels.indexing().gather(size, DataType.INT64, in[0], in[1], out, 2, 5, 4, 3));
        assertThat(actual.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected.toArray(ValueLayout.JAVA_BYTE));
    }

    @Test
    void saysWhereAnIndexIsOutsideAndGoesOn() {
        MemorySegment x = bytes(5 * 4);
        MemorySegment outside = rig.memory(4);
        outside.set(ValueLayout.JAVA_INT, 0, 5);
        assertThatThrownBy(() -> rig.run(
                        4,
                        List.of(x, outside),
                        (kernels, in, out) ->
                                kernels.indexing().gather(4, DataType.INT32, in[0], in[1], out, 1, 5, 1, 1)))
                .isInstanceOfSatisfying(
                        DeviceException.class, e -> assertThat(e.code()).isEqualTo(DeviceException.Code.OUTSIDE));
        outside.set(ValueLayout.JAVA_INT, 0, -1);
        MemorySegment last = rig.run(
                4,
                List.of(x, outside),
                (kernels, in, out) -> kernels.indexing().gather(4, DataType.INT32, in[0], in[1], out, 1, 5, 1, 1));
        assertThat(last.get(ValueLayout.JAVA_INT, 0)).isEqualTo(x.get(ValueLayout.JAVA_INT, 16));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void fillsMemory(int size) {
        MemorySegment filled = rig.run(
                257L * size, List.of(), (kernels, in, out) -> kernels.fill(size, 0x0101010101010101L, out, 257));
        assertThat(filled.toArray(ValueLayout.JAVA_BYTE)).containsOnly(1);
    }
}
