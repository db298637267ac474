package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.reduce.Accumulation;
import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.kernels.scalar.ScalarReduce;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Reductions of integers and running totals beside the scalar kernels, on an emulated GPU: the same bits. */
@Tag("cuda")
class CudaReduceTest {
    private static final ScalarReduce ORACLE = new ScalarReduce();
    private static final int[][] SHAPES = {
        {1, 1, 1},
        {3, 5, 1},
        {2, 255, 1},
        {2, 256, 1},
        {2, 257, 1},
        {1, 4098, 1},
        {3, 5, 7},
        {2, 33, 65},
        {1, 1, 300},
        {3, 0, 1},
        {2, 0, 3},
        {0, 4, 2}
    };

    @AutoClose
    private static DeviceRig rig;

    @BeforeAll
    static void open() {
        rig = DeviceRig.open("CUDA kernels of totals");
    }

    record Reduction(ReduceOp op, DataType type) {}

    record Running(Accumulation accumulation, DataType type, boolean exclusive, boolean reverse) {}

    static Stream<Reduction> reductions() {
        return Arrays.stream(ReduceOp.values())
                .filter(ReduceOp::closedOverIntegers)
                .flatMap(op -> Stream.of(DataType.INT32, DataType.INT64).map(type -> new Reduction(op, type)));
    }

    static Stream<Running> running() {
        return Stream.of(Accumulation.SUM, Accumulation.PRODUCT)
                .flatMap(accumulation -> Stream.of(DataType.FP32, DataType.INT32, DataType.INT64)
                        .flatMap(type -> Stream.of(false, true)
                                .flatMap(exclusive -> Stream.of(false, true)
                                        .map(reverse -> new Running(accumulation, type, exclusive, reverse)))));
    }

    /** Small numbers and some so large that sums overflow. */
    private static MemorySegment numbers(DataType type, int length) {
        Random random = new Random(length);
        MemorySegment x = rig.memory((long) length * type.bytes());
        for (int i = 0; i < length; i++) {
            boolean large = random.nextInt(8) == 0;
            switch (type) {
                case FP32 -> x.setAtIndex(ValueLayout.JAVA_FLOAT, i, 0.5f + random.nextFloat());
                case INT32 -> x.setAtIndex(ValueLayout.JAVA_INT, i, large ? random.nextInt() : random.nextInt(-9, 9));
                default -> x.setAtIndex(ValueLayout.JAVA_LONG, i, large ? random.nextLong() : random.nextInt(-9, 9));
            }
        }
        return x;
    }

    private static void assertSame(MemorySegment actual, MemorySegment expected, Object what, int[] shape) {
        assertThat(actual.toArray(ValueLayout.JAVA_BYTE))
                .as("%s of %s", what, Arrays.toString(shape))
                .isEqualTo(expected.toArray(ValueLayout.JAVA_BYTE));
    }

    @ParameterizedTest
    @MethodSource("reductions")
    void reducesIntegers(Reduction reduction) {
        DataType type = reduction.type();
        assertThat(CudaCapabilities.INSTANCE.has(reduction.op(), type)).isTrue();
        for (int[] shape : SHAPES) {
            MemorySegment x = numbers(type, shape[0] * shape[1] * shape[2]);
            MemorySegment expected = rig.memory((long) type.bytes() * shape[0] * shape[2]);
            ORACLE.reduction(reduction.op(), type).run(x, 0, expected, 0, shape[0], shape[1], shape[2]);
            MemorySegment actual = rig.run(
                    expected.byteSize(),
                    List.of(x),
                    (kernels, in, out) ->
                            kernels.reduce().reduce(reduction.op(), type, in[0], out, shape[0], shape[1], shape[2]));
            assertSame(actual, expected, reduction, shape);
        }
    }

    @ParameterizedTest
    @MethodSource("running")
    void addsUpAlongAnAxis(Running running) {
        DataType type = running.type();
        assertThat(CudaCapabilities.INSTANCE.has(running.accumulation(), type)).isTrue();
        for (int[] shape : SHAPES) {
            MemorySegment x = numbers(type, shape[0] * shape[1] * shape[2]);
            MemorySegment expected = rig.memory(x.byteSize());
            ORACLE.cumulative(running.accumulation(), type)
                    .run(x, 0, expected, 0, shape[0], shape[1], shape[2], running.exclusive(), running.reverse());
            MemorySegment actual = rig.run(
                    expected.byteSize(),
                    List.of(x),
                    (kernels, in, out) -> kernels.reduce()
                            .accumulate(
                                    running.accumulation(),
                                    type,
                                    running.exclusive(),
                                    running.reverse(),
                                    in[0],
                                    out,
                                    shape[0],
                                    shape[1],
                                    shape[2]));
            assertSame(actual, expected, running, shape);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"INT8", "UINT8", "FP64"})
    void hasNoTotalsOfOtherTypes(DataType type) {
        assertThat(CudaCapabilities.INSTANCE.has(ReduceOp.SUM, type)).isFalse();
        assertThat(CudaCapabilities.INSTANCE.has(Accumulation.SUM, type)).isFalse();
    }
}
