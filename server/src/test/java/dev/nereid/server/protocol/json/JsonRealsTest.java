package dev.nereid.server.protocol.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.text.FloatDecimals;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.StringJoiner;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tensors of floats as JSON, large ones a block at a time, against each float written by itself. */
class JsonRealsTest {
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    @BeforeAll
    static void blocksAreReady() throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!FloatDecimals.WARM_UP.isDone(1 << 16)) {
            assertThat(System.nanoTime()).as("compiled in time").isLessThan(end);
            Thread.sleep(20);
        }
    }

    private static void writesAsOneByOne(float[] values) {
        StringJoiner expected = new StringJoiner(",", "[7,", "]");
        for (float value : values) {
            expected.add(text(value));
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment segment = arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
            JsonWriter json = new JsonWriter().beginArray().value(7);
            JsonTensorWriter.elements(json, Tensor.of(DataType.FP32, Shape.of(values.length), segment), Dialect.TRITON);
            json.endArray();
            assertThat(new String(json.toBytes(), StandardCharsets.US_ASCII)).isEqualTo(expected.toString());
        }
    }

    private static String text(float value) {
        boolean integer = value == (long) value && Math.abs(value) < 1e15;
        return integer ? (1 / value < 0 ? "-" : "") + Math.abs((long) value) + ".0" : Double.toString(value);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1023, 1024, 1025, 1279, 1280, 5000})
    void blocksOfEveryLengthAreWritten(int count) {
        SplittableRandom random = new SplittableRandom(count);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = random.nextFloat() * 2 - 1;
        }
        writesAsOneByOne(values);
    }

    @Test
    void floatsOfAllKindsAreWritten() {
        float[] values = new float[1 << 18];
        int step = (int) ((1L << 32) / values.length) + 1;
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.intBitsToFloat(i * step);
        }
        writesAsOneByOne(values);
    }

    @Test
    void magnitudesThatAnswersHaveAreWritten() {
        SplittableRandom random = new SplittableRandom(12);
        float[] values = new float[1 << 17];
        for (int i = 0; i < values.length; i++) {
            values[i] = switch (i % 5) {
                case 0 -> Math.scalb(random.nextFloat(), random.nextInt(48) - 24);
                case 1 -> random.nextInt(20_000_000) / 100f;
                case 2 -> random.nextInt(1000) - 500;
                case 3 -> (float) (random.nextInt(100_000) / Math.pow(10, random.nextInt(9)));
                default -> (random.nextFloat() - 0.5f) * 1e7f;
            };
        }
        writesAsOneByOne(values);
    }

    @Test
    void valuesThatHaveNoDecimalInABlockAreWrittenToo() {
        float[] values = new float[4096];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 512 < 300 ? (i % 7 == 0 ? 1 : 0) : i % 3 == 0 ? Float.NaN : 0.1f + i;
        }
        values[2000] = Float.NEGATIVE_INFINITY;
        values[2001] = -0f;
        values[2002] = Float.MIN_VALUE;
        values[2003] = Float.MAX_VALUE;
        writesAsOneByOne(values);
    }
}
