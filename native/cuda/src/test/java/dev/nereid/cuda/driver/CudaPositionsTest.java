package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

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

/** The CUDA kernels of elements that are made of their place, beside plain loops, on an emulated GPU: the same bits. */
@Tag("cuda")
class CudaPositionsTest {
    @AutoClose
    private static DeviceRig rig;

    @BeforeAll
    static void open() {
        rig = DeviceRig.open("CUDA kernels of elements that are made of their place");
    }

    private static MemorySegment bytes(Random random, long length) {
        MemorySegment memory = rig.memory(length);
        for (long i = 0; i < length; i++) {
            memory.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(256));
        }
        return memory;
    }

    private static MemorySegment numbers(DataType type, long... values) {
        MemorySegment memory = rig.memory((long) values.length * type.bytes());
        for (int i = 0; i < values.length; i++) {
            if (type == DataType.INT32) {
                memory.setAtIndex(ValueLayout.JAVA_INT, i, (int) values[i]);
            } else {
                memory.setAtIndex(ValueLayout.JAVA_LONG, i, values[i]);
            }
        }
        return memory;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 8})
    void putsAValueWhereAnIndexIs(int elementBytes) {
        int[][] sizes = {{1, 1, 1}, {3, 5, 7}, {2, 33, 1}, {257, 2, 1}, {0, 4, 2}};
        for (int[] size : sizes) {
            int outer = size[0];
            int depth = size[1];
            int inner = size[2];
            // Some of them outside.
            long[] indices = new Random(depth)
                    .longs((long) outer * inner, -depth - 1, depth + 2)
                    .toArray();
            MemorySegment values = bytes(new Random(1), 2L * elementBytes);
            for (DataType type : List.of(DataType.INT32, DataType.INT64)) {
                for (boolean counts : new boolean[] {true, false}) {
                    MemorySegment expected = rig.memory((long) outer * depth * inner * elementBytes);
                    for (int i = 0; i < outer * depth * inner; i++) {
                        long index = indices[i / inner / depth * inner + i % inner];
                        int at = i / inner % depth;
                        boolean hot = index == at || (counts && index == at - depth);
                        long from = hot ? elementBytes : 0;
                        MemorySegment.copy(values, from, expected, (long) i * elementBytes, elementBytes);
                    }
                    MemorySegment actual = rig.run(
                            expected.byteSize(),
                            List.of(numbers(type, indices), values),
                            (kernels, in, out) -> kernels.positions()
                                    .oneHot(elementBytes, type, counts, in[0], in[1], out, outer, depth, inner));
                    assertThat(actual.mismatch(expected)).isEqualTo(-1);
                }
            }
        }
    }

    @Test
    void countsFromAStart() {
        for (DataType type : List.of(DataType.INT32, DataType.INT64)) {
            for (int size : DeviceRig.SIZES) {
                for (long[] each : new long[][] {{0, 1}, {-5, 3}, {Long.MAX_VALUE, 7}, {10, -4}}) {
                    long[] values = new long[size];
                    for (int i = 0; i < size; i++) {
                        values[i] = each[0] + i * each[1];
                    }
                    MemorySegment expected = numbers(type, values);
                    MemorySegment actual = rig.run(
                            expected.byteSize(),
                            List.of(numbers(type, each[0]), numbers(type, each[1])),
                            (kernels, in, out) -> kernels.positions().range(type, in[0], in[1], out, size));
                    assertThat(actual.mismatch(expected)).isEqualTo(-1);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void keepsATriangle(int elementBytes) {
        int[][] sizes = {{1, 1, 1}, {2, 5, 7}, {3, 33, 4}, {1, 65, 65}, {2, 0, 3}};
        for (int[] size : sizes) {
            MemorySegment x = bytes(new Random(size[1]), (long) size[0] * size[1] * size[2] * elementBytes);
            for (long k : new long[] {0, 1, -1, -3, 100, Long.MIN_VALUE, Long.MAX_VALUE}) {
                for (boolean upper : new boolean[] {true, false}) {
                    MemorySegment expected = rig.memory(x.byteSize());
                    for (int i = 0; i < size[0] * size[1] * size[2]; i++) {
                        long distance = (long) (i % size[2]) - i / size[2] % size[1];
                        if (upper ? distance >= k : distance <= k) {
                            long at = (long) i * elementBytes;
                            MemorySegment.copy(x, at, expected, at, elementBytes);
                        }
                    }
                    MemorySegment actual = rig.run(
                            x.byteSize(),
                            List.of(x, numbers(DataType.INT64, k)),
                            (kernels, in, out) -> kernels.positions()
                                    .triangle(
                                            elementBytes,
                                            upper,
                                            in[0],
                                            k == 0 ? 0 : in[1],
                                            out,
                                            size[0],
                                            size[1],
                                            size[2]));
                    assertThat(actual.mismatch(expected)).as("diagonal %s", k).isEqualTo(-1);
                }
            }
        }
    }
}
