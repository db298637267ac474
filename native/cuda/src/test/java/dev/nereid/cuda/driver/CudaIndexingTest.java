package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceIndexing;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.reduce.ArgMinMax;
import dev.nereid.kernels.scalar.ScalarReduce;
import dev.nereid.models.device.DeviceException;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The CUDA kernels that follow and find indices, beside plain loops and the scalar ones, on an emulated GPU: the same bits. */
@Tag("cuda")
class CudaIndexingTest {
    private static final long SCRATCH = 1 << 20;

    @AutoClose
    private static DeviceRig rig;

    @BeforeAll
    static void open() {
        rig = DeviceRig.open("CUDA kernels that follow indices");
    }

    /** Random bits; of floats numbers, with both zeros, NaN and infinities among them. */
    private static MemorySegment elements(Random random, DataType type, int length) {
        MemorySegment memory = rig.memory((long) length * type.bytes());
        for (int i = 0; i < length * type.bytes(); i++) {
            memory.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(256));
        }
        float[] special = {0f, -0f, Float.NaN, Float.POSITIVE_INFINITY, 1f, 1e30f};
        for (int i = 0; type == DataType.FP32 && i < length; i++) {
            boolean plain = random.nextInt(4) != 0;
            float value = plain ? (float) random.nextGaussian() : special[random.nextInt(special.length)];
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
        }
        return memory;
    }

    private static MemorySegment indices(Random random, DataType type, int count, int[] extents) {
        MemorySegment memory = rig.memory((long) count * type.bytes());
        for (int i = 0; i < count; i++) {
            int extent = extents[i % extents.length];
            int index = random.nextInt(2 * extent) - extent;
            if (type == DataType.INT32) {
                memory.setAtIndex(ValueLayout.JAVA_INT, i, index);
            } else {
                memory.setAtIndex(ValueLayout.JAVA_LONG, i, index);
            }
        }
        return memory;
    }

    private static int index(MemorySegment indices, DataType type, int i, int extent) {
        long index = type == DataType.INT32
                ? indices.getAtIndex(ValueLayout.JAVA_INT, i)
                : indices.getAtIndex(ValueLayout.JAVA_LONG, i);
        return (int) (index < 0 ? index + extent : index);
    }

    /** One update joined with an element, by the bits of both. */
    private static void join(
            Optional<BinaryOp> reduction, DataType type, MemorySegment y, int to, MemorySegment updates, int from) {
        int bytes = type.bytes();
        if (reduction.isEmpty()) {
            MemorySegment.copy(updates, (long) from * bytes, y, (long) to * bytes, bytes);
            return;
        }
        BinaryOp op = reduction.get();
        switch (type) {
            case FP32 -> {
                float old = y.getAtIndex(ValueLayout.JAVA_FLOAT, to);
                float with = updates.getAtIndex(ValueLayout.JAVA_FLOAT, from);
                y.setAtIndex(ValueLayout.JAVA_FLOAT, to, (float)
                        op.real().orElseThrow().apply(old, with));
            }
            case INT32 -> {
                int old = y.getAtIndex(ValueLayout.JAVA_INT, to);
                int with = updates.getAtIndex(ValueLayout.JAVA_INT, from);
                y.setAtIndex(ValueLayout.JAVA_INT, to, (int) op.integer(type).apply(old, with));
            }
            default -> {
                long old = y.getAtIndex(ValueLayout.JAVA_LONG, to);
                long with = updates.getAtIndex(ValueLayout.JAVA_LONG, from);
                y.setAtIndex(ValueLayout.JAVA_LONG, to, op.integer(type).apply(old, with));
            }
        }
    }

    private record Case(Optional<BinaryOp> reduction, DataType type) {
        static List<Case> all() {
            List<Case> cases = new ArrayList<>();
            for (DataType type : List.of(DataType.UINT8, DataType.FP16, DataType.FP32, DataType.INT64)) {
                cases.add(new Case(Optional.empty(), type));
            }
            for (BinaryOp op : List.of(BinaryOp.ADD, BinaryOp.MUL, BinaryOp.MIN, BinaryOp.MAX)) {
                for (DataType type : List.of(DataType.FP32, DataType.INT32, DataType.INT64)) {
                    cases.add(new Case(Optional.of(op), type));
                }
            }
            return cases;
        }
    }

    /** Floats by their bits but for NaN, which has many. */
    private static void assertSame(DataType type, MemorySegment actual, MemorySegment expected, Object what) {
        if (type == DataType.FP32) {
            assertThat(actual.toArray(ValueLayout.JAVA_FLOAT))
                    .as("%s", what)
                    .isEqualTo(expected.toArray(ValueLayout.JAVA_FLOAT));
        } else {
            assertThat(actual.toArray(ValueLayout.JAVA_BYTE))
                    .as("%s", what)
                    .isEqualTo(expected.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"INT32", "INT64"})
    void joinsUpdatesOfElementsInTheirOrder(DataType indexType) {
        // The extents of y and of the indices, and the axis: with many updates of one element.
        int[][][] sizes = {
            {{5}, {300}, {0}},
            {{2, 3, 4}, {2, 7, 4}, {1}},
            {{3, 4, 5}, {2, 3, 33}, {2}},
            {{1, 1}, {1, 1}, {0}},
            {{4, 3}, {0, 3}, {0}}
        };
        for (int[][] size : sizes) {
            for (Case each : Case.all()) {
                Random random = new Random(size[1][0]);
                int axis = size[2][0];
                int[] strides = strides(size[0]);
                int places = size[0][0] * strides[0];
                int updates = size[1][0] * strides(size[1])[0];
                MemorySegment y = elements(random, each.type(), places);
                MemorySegment with = elements(random, each.type(), updates);
                MemorySegment indices = indices(random, indexType, updates, new int[] {size[0][axis]});
                MemorySegment expected = copy(y);
                for (int i = 0; i < updates; i++) {
                    int to = 0;
                    int rest = i;
                    for (int a = size[1].length - 1; a >= 0; a--) {
                        int along = a == axis ? index(indices, indexType, i, size[0][axis]) : rest % size[1][a];
                        rest /= size[1][a];
                        to += along * strides[a];
                    }
                    join(each.reduction(), each.type(), expected, to, with, i);
                }
                long bytes = y.byteSize();
                MemorySegment actual = rig.run(bytes + 256 + SCRATCH, List.of(y, indices, with), (kernels, in, out) -> {
                    assertThat(kernels.indexing().scatterBytes(updates, places)).isLessThanOrEqualTo(SCRATCH);
                    long[] one = {1};
                    BroadcastStrides line = BroadcastStrides.of(new long[] {places}, List.of(one, one));
                    kernels.copy(each.type().bytes(), in[0], 0, out, 0, line);
                    BroadcastStrides layout = new BroadcastStrides(size[1], new int[][] {strides});
                    kernels.indexing()
                            .scatterElements(
                                    each.reduction(),
                                    each.type(),
                                    new DeviceIndexing.Elements(indexType, in[1], layout, axis, size[0][axis]),
                                    in[2],
                                    out,
                                    places,
                                    (out + bytes + 255) / 256 * 256);
                });
                assertSame(each.type(), actual.asSlice(0, bytes), expected, each);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"INT32", "INT64"})
    void joinsUpdatesOfBlocksInTheirOrder(DataType indexType) {
        // The extents that vectors point along, the length of a block, and vectors.
        int[][][] sizes = {{{5}, {3}, {40}}, {{2, 3, 4}, {1}, {100}}, {{7}, {65}, {3}}, {{}, {4}, {3}}, {{3}, {2}, {0}}
        };
        for (int[][] size : sizes) {
            for (Case each : Case.all()) {
                Random random = new Random(size[2][0]);
                int[] extents = size[0];
                int block = size[1][0];
                int vectors = size[2][0];
                int places = extents.length == 0 ? 1 : extents[0] * strides(extents)[0];
                MemorySegment y = elements(random, each.type(), places * block);
                MemorySegment with = elements(random, each.type(), vectors * block);
                MemorySegment indices = indices(random, indexType, vectors * extents.length, extents);
                MemorySegment expected = copy(y);
                for (int i = 0; i < vectors; i++) {
                    int to = block(indices, indexType, i, extents);
                    for (int j = 0; j < block; j++) {
                        join(each.reduction(), each.type(), expected, to * block + j, with, i * block + j);
                    }
                }
                long bytes = y.byteSize();
                MemorySegment actual = rig.run(bytes + 256 + SCRATCH, List.of(y, indices, with), (kernels, in, out) -> {
                    long[] one = {1};
                    BroadcastStrides line = BroadcastStrides.of(new long[] {(long) places * block}, List.of(one, one));
                    kernels.copy(each.type().bytes(), in[0], 0, out, 0, line);
                    kernels.indexing()
                            .scatterBlocks(
                                    each.reduction(),
                                    each.type(),
                                    new DeviceIndexing.Vectors(indexType, in[1], vectors, vectors, extents),
                                    in[2],
                                    out,
                                    places,
                                    block,
                                    (out + bytes + 255) / 256 * 256);
                });
                assertSame(each.type(), actual.asSlice(0, bytes), expected, each);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"INT32", "INT64"})
    void picksBlocksOfEachItemOfABatch(DataType indexType) {
        int batch = 2;
        int[] extents = {3, 4};
        int block = 5;
        int each = 70;
        Random random = new Random(3);
        MemorySegment indices = indices(random, indexType, batch * each * 2, extents);
        for (DataType type : List.of(DataType.BOOL, DataType.FP32, DataType.INT64)) {
            MemorySegment x = elements(random, type, batch * 12 * block);
            MemorySegment expected = rig.memory((long) batch * each * block * type.bytes());
            long bytes = (long) block * type.bytes();
            for (int i = 0; i < batch * each; i++) {
                int from = i / each * 12 + block(indices, indexType, i, extents);
                MemorySegment.copy(x, from * bytes, expected, i * bytes, bytes);
            }
            MemorySegment actual = rig.run(
                    expected.byteSize(),
                    List.of(x, indices),
                    (kernels, in, out) -> kernels.indexing()
                            .gatherBlocks(
                                    type.bytes(),
                                    new DeviceIndexing.Vectors(indexType, in[1], batch * each, each, extents),
                                    in[0],
                                    out,
                                    block));
            assertSame(type, actual, expected, type);
        }
    }

    @Test
    void failsWhereAnIndexIsOutside() {
        MemorySegment y = rig.floats(1, 2, 3, 4);
        for (int index : new int[] {4, -5}) {
            MemorySegment indices = rig.memory(8);
            indices.setAtIndex(ValueLayout.JAVA_LONG, 0, index);
            assertThatThrownBy(() -> rig.run(
                            16 + SCRATCH,
                            List.of(y, indices),
                            (kernels, in, out) -> kernels.indexing()
                                    .scatterBlocks(
                                            Optional.of(BinaryOp.ADD),
                                            DataType.FP32,
                                            new DeviceIndexing.Vectors(DataType.INT64, in[1], 1, 1, new int[] {4}),
                                            in[0],
                                            out,
                                            4,
                                            1,
                                            (out + 16 + 255) / 256 * 256)))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("outside");
            assertThatThrownBy(() -> rig.run(
                            16,
                            List.of(y, indices),
                            (kernels, in, out) -> kernels.indexing()
                                    .gatherBlocks(
                                            4,
                                            new DeviceIndexing.Vectors(DataType.INT64, in[1], 1, 1, new int[] {4}),
                                            in[0],
                                            out,
                                            1)))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("outside");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FP32", "INT8", "UINT8", "INT32", "INT64"})
    void findsTheGreatestAndLeast(DataType type) {
        int[][] sizes = {{1, 1, 1}, {3, 257, 1}, {2, 5, 3}, {1, 1021, 1}, {4, 31, 65}, {0, 3, 2}, {7, 2, 1}};
        for (int[] size : sizes) {
            int outputs = size[0] * size[2];
            MemorySegment x = elements(new Random(size[1]), type, outputs * size[1]);
            if (type == DataType.FP32 && outputs > 0) {
                // The first of all, where NaN is found.
                x.setAtIndex(ValueLayout.JAVA_FLOAT, 0, Float.NaN);
            }
            for (ArgMinMax extreme : ArgMinMax.values()) {
                for (boolean last : new boolean[] {false, true}) {
                    MemorySegment expected = rig.memory(8L * outputs);
                    new ScalarReduce().argMinMax(extreme, last, type).run(x, 0, expected, 0, size[0], size[1], size[2]);
                    MemorySegment actual = rig.run(
                            8L * outputs,
                            List.of(x),
                            (kernels, in, out) -> kernels.indexing()
                                    .argMinMax(extreme, last, type, in[0], out, size[0], size[1], size[2]));
                    assertThat(actual.toArray(ValueLayout.JAVA_LONG))
                            .as("%s %s of %s x %s x %s", extreme, last, size[0], size[1], size[2])
                            .isEqualTo(expected.toArray(ValueLayout.JAVA_LONG));
                }
            }
        }
    }

    private static MemorySegment copy(MemorySegment memory) {
        return rig.memory(memory.byteSize()).copyFrom(memory);
    }

    private static int[] strides(int[] dims) {
        int[] strides = new int[dims.length];
        int stride = 1;
        for (int axis = dims.length - 1; axis >= 0; axis--) {
            strides[axis] = stride;
            stride *= dims[axis];
        }
        return strides;
    }

    /** The number of the block that a vector names. */
    private static int block(MemorySegment indices, DataType type, int vector, int[] extents) {
        int at = 0;
        for (int j = 0; j < extents.length; j++) {
            at = at * extents[j] + index(indices, type, vector * extents.length + j, extents[j]);
        }
        return at;
    }
}
