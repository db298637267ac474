package dev.nereid.server.tensorflow.rest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.text.FloatDecimals;
import dev.nereid.server.Until;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.protocol.json.SignificantDigits;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.StringJoiner;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows of floats, large ones a block at a time, against each float written by itself. */
class PrettyJsonTest {
    @BeforeAll
    static void blocksAreReady() {
        Until.until("the loop that finds decimals is compiled", () -> FloatDecimals.WARM_UP.isDone(1 << 16));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 255, 256, 257, 1023, 1024, 1025, 1280, 5000})
    void rowsOfEveryLengthAreWritten(int count) {
        SplittableRandom random = new SplittableRandom(count);
        StringJoiner expected = new StringJoiner(", ", "[", "]").setEmptyValue("[]");
        try (Arena arena = Arena.ofConfined();
                RequestBudget.Share share = RequestBudget.unlimited().open()) {
            MemorySegment floats = arena.allocate(ValueLayout.JAVA_FLOAT, count + 3);
            for (int i = 0; i < count; i++) {
                float value = i % 7 == 0 ? random.nextInt(1000) : (float) (random.nextDouble() - 0.5);
                floats.setAtIndex(ValueLayout.JAVA_FLOAT, i + 3, value);
                byte[] text = new byte[SignificantDigits.MOST_BYTES];
                int length = SignificantDigits.write(value, text, 0);
                expected.add(new String(text, 0, length, StandardCharsets.US_ASCII));
            }
            PrettyJson json = new PrettyJson(0, share);
            json.singleLine(true);
            json.beginArray();
            json.values(floats, 3, 3 + count / 2).values(floats, 3 + count / 2, 3 + count);
            json.endArray();
            assertThat(new String(json.buffer(), 0, json.length(), StandardCharsets.US_ASCII))
                    .isEqualTo(expected.toString());
        }
    }
}
