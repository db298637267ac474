package dev.nereid.server.protocol.json;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.nereid.memory.SlabPool;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Requests in JSON under Jazzer, which looks for inputs that reach new code. An ordinary build runs the kept inputs only;
 * {@code JAZZER_FUZZ=1} with {@code -Dtest=JsonInferJazzerTest} searches.
 */
class JsonInferJazzerTest {
    static Stream<byte[]> bodies() {
        return JsonInferFuzzTest.SEEDS.stream().map(seed -> seed.getBytes(StandardCharsets.ISO_8859_1));
    }

    @MethodSource("bodies")
    @FuzzTest(maxDuration = "10m")
    void readsOrRefusesAnyBody(byte[] body) {
        if (body.length > 0) { // else the front takes it for a body that is one tensor
            try (SlabPool pool = new SlabPool(0)) {
                JsonInferFuzzTest.isAccepted(pool, body, body.length);
                assertThat(pool.usedBytes()).isZero();
            }
        }
    }
}
