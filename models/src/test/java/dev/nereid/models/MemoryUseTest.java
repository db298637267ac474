package dev.nereid.models;

import static dev.nereid.models.operators.ModelSketch.floats;
import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.longs;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.number;
import static dev.nereid.models.operators.ModelSketch.numbers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.operators.ModelSketch;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A convolution that suits Winograd's algorithm, loaded to take little memory and as usual. */
class MemoryUseTest {
    private static final int CHANNELS = 64;
    private static final int SIDE = 12;
    private static final Shape SHAPE = Shape.of(1, CHANNELS, SIDE, SIDE);

    private final SlabPool pool = new SlabPool(1 << 24);

    @Test
    void lowKeepsPlainFiltersAndGivesTheSameAnswer() {
        try (Arena arena = Arena.ofConfined();
                LoadedModel usual = load(LoadOptions.DEFAULT);
                LoadedModel low = load(LoadOptions.LOW_MEMORY)) {
            assertThat(low.constantBytes()).isLessThan(usual.constantBytes());
            Tensor x = input(arena);
            try (RunResult expected = usual.run(List.of(x), Workers.single());
                    RunResult actual = low.run(List.of(x), Workers.single())) {
                MemorySegment left = actual.outputs().getFirst().segment();
                MemorySegment right = expected.outputs().getFirst().segment();
                for (long at = 0; at < SHAPE.elements(); at++) {
                    assertThat(left.getAtIndex(ValueLayout.JAVA_FLOAT, at))
                            .isCloseTo(right.getAtIndex(ValueLayout.JAVA_FLOAT, at), within(1e-3f));
                }
            }
        }
    }

    @Test
    void lowKeepsOneIdleFrameAndUsualAsManyAsRanSideBySide() {
        long usual = idleBytes(LoadOptions.DEFAULT, 2);
        assertThat(usual).isEqualTo(2 * idleBytes(LoadOptions.DEFAULT, 1)).isPositive();
        assertThat(idleBytes(LoadOptions.LOW_MEMORY, 2))
                .isEqualTo(idleBytes(LoadOptions.LOW_MEMORY, 1))
                .isPositive();
    }

    @Test
    void filtersOfBytesGiveTheSameBitsPlainAndTransformedAndFromAnInput() {
        int[] filters = new Random(13).ints(CHANNELS * CHANNELS * 9, -128, 128).toArray();
        Shape shape = Shape.of(CHANNELS, CHANNELS, 3, 3);
        String image = "x:i[1," + CHANNELS + "," + SIDE + "," + SIDE + "]";
        String sums = "y:i[1," + CHANNELS + "," + SIDE + "," + SIDE + "]";
        String given = " v:i[" + CHANNELS + "," + CHANNELS + ",3,3]";
        NodeProto constant = ModelSketch.integers("w", TensorProto.DataType.INT8, shape, filters);
        NodeProto variable = node("w = Cast(v)", number("to", TensorProto.DataType.INT8.getNumber()));
        NodeProto[] rest = {
            node("b = Cast(x)", number("to", TensorProto.DataType.UINT8.getNumber())),
            node("s = ConvInteger(b, w)", numbers("kernel_shape", 3L, 3L), numbers("pads", 1L, 1L, 1L, 1L)),
            node("y = Cast(s)", number("to", TensorProto.DataType.INT64.getNumber()))
        };
        GraphProto packed = graph(image, sums, constant, rest[0], rest[1], rest[2]);
        GraphProto unpacked = graph(image + given, sums, variable, rest[0], rest[1], rest[2]);
        try (Arena arena = Arena.ofConfined();
                LoadedModel usual = ModelSketch.load(packed, LoadOptions.DEFAULT, pool);
                LoadedModel low = ModelSketch.load(packed, LoadOptions.LOW_MEMORY, pool);
                LoadedModel eachRun = ModelSketch.load(unpacked, LoadOptions.DEFAULT, pool)) {
            Tensor x = integers(
                    arena, SHAPE, new Random(17).ints(SHAPE.elements(), 0, 256).toArray());
            long[] expected = run(low, x);
            assertThat(low.constantBytes()).isLessThanOrEqualTo(usual.constantBytes());
            assertThat(run(usual, x)).isEqualTo(expected);
            assertThat(run(eachRun, x, integers(arena, shape, filters))).isEqualTo(expected);
        }
    }

    private static long[] run(LoadedModel model, Tensor... inputs) {
        try (RunResult result = model.run(List.of(inputs), Workers.single())) {
            return result.outputs().getFirst().segment().toArray(ValueLayout.JAVA_LONG_UNALIGNED);
        }
    }

    private static Tensor integers(Arena arena, Shape shape, int... values) {
        MemorySegment memory = arena.allocate(Long.BYTES * (long) values.length, 64);
        for (int i = 0; i < values.length; i++) {
            memory.setAtIndex(ValueLayout.JAVA_LONG, i, values[i]);
        }
        return Tensor.of(DataType.INT64, shape, memory);
    }

    @Test
    void winogradIsNotForLow() {
        assertThatThrownBy(() -> LoadOptions.LOW_MEMORY.withWinograd(true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Winograd");
    }

    /** Memory of frames that stays after so many runs side by side. */
    private long idleBytes(LoadOptions options, int runs) {
        try (Arena arena = Arena.ofConfined();
                LoadedModel model = load(options)) {
            Tensor x = input(arena);
            try (RunResult _ = model.run(List.of(x), Workers.single())) {
                if (runs == 2) {
                    model.run(List.of(x), Workers.single()).close();
                }
            }
            return pool.usedBytes();
        }
    }

    private LoadedModel load(LoadOptions options) {
        float[] filters = new float[CHANNELS * CHANNELS * 9];
        Random random = new Random(7);
        for (int i = 0; i < filters.length; i++) {
            filters[i] = random.nextFloat() - 0.5f;
        }
        String type = "f[1," + CHANNELS + "," + SIDE + "," + SIDE + "]";
        GraphProto graph = graph(
                "x:" + type,
                "y:" + type,
                floats("flat", filters),
                longs("shape", CHANNELS, CHANNELS, 3, 3),
                node("w = Reshape(flat, shape)"),
                node("y = Conv(x, w)", numbers("kernel_shape", 3L, 3L), numbers("pads", 1L, 1L, 1L, 1L)));
        return ModelSketch.load(graph, options, pool);
    }

    private static Tensor input(Arena arena) {
        MemorySegment memory = arena.allocate(SHAPE.elements() * Float.BYTES, 64);
        Random random = new Random(11);
        for (long at = 0; at < SHAPE.elements(); at++) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, at, random.nextFloat() - 0.5f);
        }
        return Tensor.of(DataType.FP32, SHAPE, memory);
    }
}
