package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.cuda.device.DeviceAttentionWindow.Counts;
import dev.nereid.cuda.device.DeviceTokens.Growth;
import dev.nereid.cuda.device.DeviceTokens.Pasts;
import dev.nereid.cuda.device.DeviceTokens.Rotation;
import dev.nereid.models.device.DeviceException;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernels that prepare tokens for attention beside plain loops, on an emulated GPU. */
@Tag("cuda")
class CudaTokensTest {
    private static final int ROWS = 40;

    @AutoClose
    private final DeviceRig rig = DeviceRig.open("tokens before attention on a GPU");

    private final Random random = new Random(11);

    private MemorySegment numbers(DataType type, int length) {
        return type == DataType.FP32
                ? rig.random(random, length)
                : HalfNumbers.fill(type, rig.memory(2L * length), () -> (float) random.nextGaussian());
    }

    private static float[] wide(DataType type, MemorySegment numbers) {
        return type == DataType.FP32 ? DeviceRig.toFloats(numbers) : HalfNumbers.wide(type, numbers);
    }

    private MemorySegment longs(long... values) {
        MemorySegment memory = rig.memory(8L * values.length);
        MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_LONG, 0, values.length);
        return memory;
    }

    private MemorySegment ints(int... values) {
        MemorySegment memory = rig.memory(4L * values.length);
        MemorySegment.copy(values, 0, memory, ValueLayout.JAVA_INT, 0, values.length);
        return memory;
    }

    /** Strides of [batch, tokens, heads, size], or of [batch, heads, tokens, size]. */
    private static int[] strides(boolean side, int heads, int tokens, int size) {
        return side
                ? new int[] {tokens * heads * size, size, heads * size}
                : new int[] {heads * tokens * size, tokens * size, size};
    }

    private static int at(int[] strides, int item, int head, int token) {
        return item * strides[0] + head * strides[1] + token * strides[2];
    }

    /** From one layout to the other, by positions behind pasts. */
    @ParameterizedTest
    @EnumSource(
            value = DataType.class,
            names = {"FP32", "FP16", "BF16"})
    void turnsVectorsToTheirPositions(DataType type) {
        int[][] sizes = {{1, 1, 1, 2, 1}, {2, 3, 5, 7, 3}, {2, 2, 9, 64, 16}, {1, 5, 1, 33, 0}};
        for (int[] each : sizes) {
            for (boolean neighbours : new boolean[] {false, true}) {
                turns(type, each[0], each[1], each[2], each[3], each[4], neighbours);
            }
        }
    }

    private void turns(DataType type, int batch, int heads, int tokens, int size, int half, boolean neighbours) {
        int length = batch * heads * tokens * size;
        MemorySegment x = numbers(type, length);
        MemorySegment cosines = numbers(type, ROWS * half);
        MemorySegment sines = numbers(type, ROWS * half);
        long[] positions = random.longs((long) batch * tokens, 0, 20).toArray();
        int[] totals = random.ints(batch, 0, 20).map(past -> past + tokens - 1).toArray();
        int[] from = strides(true, heads, tokens, size);
        int[] to = strides(false, heads, tokens, size);
        MemorySegment y = rig.run(
                (long) type.bytes() * length,
                List.of(x, cosines, sines, longs(positions), ints(totals)),
                (kernels, in, out) -> {
                    Pasts pasts = new Pasts(new Counts(in[4], DataType.INT32, 1), tokens, 0);
                    Rotation rotation = new Rotation(
                            batch,
                            heads,
                            tokens,
                            size,
                            half,
                            ROWS,
                            neighbours,
                            from,
                            to,
                            pasts,
                            new int[] {tokens, 1},
                            new int[] {0, 0});
                    kernels.tokens().rotate(type, rotation, in[0], in[1], in[2], in[3], out);
                });
        float[] given = wide(type, x);
        float[] cosine = wide(type, cosines);
        float[] sine = wide(type, sines);
        float[] expected = new float[length];
        for (int i = 0; i < length; i++) {
            int e = i % size;
            int token = i / size % tokens;
            int head = i / size / tokens % heads;
            int item = i / size / tokens / heads;
            int own = at(from, item, head, token);
            long row = positions[item * tokens + token] + totals[item] + 1 - tokens;
            int pair = neighbours ? e / 2 : half == 0 ? 0 : e % half;
            boolean second = neighbours ? e % 2 == 1 : e >= half;
            int other = neighbours ? e ^ 1 : second ? e - half : e + half;
            if (e >= 2 * half) {
                expected[i] = given[own + e];
            } else {
                float c = cosine[(int) row * half + pair];
                float s = sine[(int) row * half + pair];
                expected[i] = c * given[own + e] + (second ? s : -s) * given[own + other];
            }
        }
        float unit = type == DataType.FP32 ? 0x1p-22f : type == DataType.FP16 ? 0x1p-10f : 0x1p-7f;
        DeviceRig.assertClose(
                rig.floats(wide(type, y)), rig.floats(expected), unit, unit, "heads of " + size + " " + neighbours);
    }

    /** Rows of each token in turn, and a first row for all items. */
    @ParameterizedTest
    @ValueSource(longs = {-1, 39, 7})
    void aRowThatIsNotThereIsAnError(long first) {
        MemorySegment x = numbers(DataType.FP32, 2 * 8);
        MemorySegment angles = numbers(DataType.FP32, ROWS * 4);
        int[] strides = strides(true, 1, 2, 8);
        Rotation rotation = new Rotation(
                1, 1, 2, 8, 4, ROWS, false, strides, strides, Pasts.of(0, 2), new int[2], new int[] {0, 1});
        if (first == 7) {
            assertThat(turned(x, angles, rotation, first)).isNotNull();
        } else {
            assertThatThrownBy(() -> turned(x, angles, rotation, first))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("outside");
        }
    }

    private MemorySegment turned(MemorySegment x, MemorySegment angles, Rotation rotation, long first) {
        return rig.run(
                x.byteSize(),
                List.of(x, angles, longs(first)),
                (kernels, in, out) ->
                        kernels.tokens().rotate(DataType.FP32, rotation, in[0], in[1], in[1], in[2], out));
    }

    /** Pasts of each item's own, and one for all; caches with room and without, and none. */
    @ParameterizedTest
    @CsvSource({"2,7,9,true", "4,7,9,true", "4,3,5,true", "2,0,2,false", "4,6,12,false"})
    void joinsThePastWithTheTokensOfARun(int elementBytes, int room, int capacity, boolean counted) {
        int batch = 3;
        int heads = 2;
        int tokens = 2;
        int size = 5;
        DataType type = elementBytes == 2 ? DataType.FP16 : DataType.FP32;
        MemorySegment past = numbers(type, batch * heads * room * size);
        MemorySegment x = numbers(type, batch * heads * tokens * size);
        // The last one is a prompt with padding: it has no past.
        int[] befores = counted ? new int[] {room, 1, 0} : new int[] {room, room, room};
        long[] totals = {room + tokens, 1 + tokens, 1};
        int[] from = strides(true, heads, tokens, size);
        int length = batch * heads * capacity * size;
        MemorySegment y = rig.run((long) elementBytes * length, List.of(past, x, longs(totals)), (kernels, in, out) -> {
            Counts counts = counted ? new Counts(in[2], DataType.INT64, 0) : Counts.NONE;
            Growth growth = new Growth(batch, heads, room, capacity, size, from, new Pasts(counts, tokens, room));
            kernels.tokens().append(elementBytes, growth, room > 0 ? in[0] : 0, in[1], out);
        });
        float[] old = wide(type, past);
        float[] own = wide(type, x);
        float[] expected = new float[length];
        for (int i = 0; i < length; i++) {
            int e = i % size;
            int token = i / size % capacity;
            int head = i / size / capacity % heads;
            int item = i / size / capacity / heads;
            if (token < befores[item]) {
                expected[i] = old[((item * heads + head) * room + token) * size + e];
            } else if (token < befores[item] + tokens) {
                expected[i] = own[at(from, item, head, token - befores[item]) + e];
            }
        }
        assertThat(wide(type, y)).containsExactly(expected);
    }

    /** Longer than the cache was, and too long for what it becomes. */
    @ParameterizedTest
    @CsvSource({"5,9", "4,5"})
    void aPastThatDoesNotFitIsAnError(int past, int capacity) {
        MemorySegment cache = numbers(DataType.FP32, 4 * 8);
        MemorySegment x = numbers(DataType.FP32, 2 * 8);
        Growth growth = new Growth(1, 1, 4, capacity, 8, strides(true, 1, 2, 8), Pasts.of(past, 2));
        assertThatThrownBy(() -> rig.run(
                        4L * capacity * 8,
                        List.of(cache, x),
                        (kernels, in, out) -> kernels.tokens().append(4, growth, in[0], in[1], out)))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("outside");
    }
}
