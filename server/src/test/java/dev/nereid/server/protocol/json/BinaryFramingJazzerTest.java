package dev.nereid.server.protocol.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.nereid.memory.SlabPool;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** JSON with binary data behind it, under Jazzer: as {@link JsonInferJazzerTest}. */
class BinaryFramingJazzerTest {
    /** The first two bytes of what Jazzer gives say how long the JSON is said to be, the rest is the body. */
    private static final int PREFIX = 2;

    static Stream<byte[]> bodies() {
        return JsonInferFuzzTest.SEEDS.stream().map(seed -> {
            byte[] body = seed.getBytes(StandardCharsets.ISO_8859_1);
            int json = JsonInferFuzzTest.jsonLength(body);
            byte[] input = new byte[PREFIX + body.length];
            input[0] = (byte) json;
            input[1] = (byte) (json >> 8);
            System.arraycopy(body, 0, input, PREFIX, body.length);
            return input;
        });
    }

    @MethodSource("bodies")
    @FuzzTest(maxDuration = "10m")
    void readsOrRefusesAnyFraming(byte[] input) {
        if (input.length <= PREFIX) {
            return;
        }
        int json = (input[0] & 0xff) | (input[1] & 0xff) << 8;
        try (SlabPool pool = new SlabPool(0)) {
            JsonInferFuzzTest.isAccepted(pool, Arrays.copyOfRange(input, PREFIX, input.length), Math.max(json, 1));
            assertThat(pool.usedBytes()).isZero();
        }
    }
}
