package dev.nereid.server.protocol.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.protocol.BodyStream;
import dev.nereid.server.protocol.BytesCodec;
import dev.nereid.server.protocol.DecodedInput;
import dev.nereid.server.protocol.DecodedRequest;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.SharedRange;
import dev.nereid.server.protocol.SharedRanges;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Throws damaged requests at the decoder: nothing but an {@link InferException} may come out, and no memory stay. Runs for
 * {@code -Dnereid.test.fuzz.seconds} (5), from the seed {@code -Dnereid.test.fuzz.seed}.
 */
@Tag("soak")
class JsonInferFuzzTest {
    private static final Duration TIME = Duration.ofSeconds(Long.getLong("nereid.test.fuzz.seconds", 5));
    private static final long SEED = Long.getLong("nereid.test.fuzz.seed", 20_260);
    private static final int FEWEST_CASES = 20_000;

    /** Good requests, in Latin-1. */
    static final List<String> SEEDS = List.of(
            "{\"inputs\":[{\"name\":\"A\",\"datatype\":\"INT32\",\"shape\":[1,2],\"parameters\":"
                    + "{\"shared_memory_region\":\"r\",\"shared_memory_offset\":8,\"shared_memory_byte_size\":8}}],"
                    + "\"outputs\":[{\"name\":\"B\",\"parameters\":{\"shared_memory_region\":\"r\","
                    + "\"shared_memory_byte_size\":64}},{\"name\":\"C\"}]}",
            "{\"id\":\"a\",\"inputs\":[{\"name\":\"I\",\"datatype\":\"INT32\",\"shape\":[2,2],\"data\":[[1,2],[3,4]]}]}",
            "{\"inputs\":[{\"data\":[1.5,-2e3,NaN],\"shape\":[3],\"datatype\":\"FP32\",\"name\":\"I\"}],\"outputs\":"
                    + "[{\"name\":\"O\",\"parameters\":{\"binary_data\":true,\"classification\":3}}]}",
            "{\"inputs\":[{\"name\":\"I\",\"datatype\":\"BYTES\",\"shape\":[2],\"data\":[\"a\\u00e9\\n\",\"\"]}],"
                    + "\"parameters\":{\"sequence_id\":7,\"timeout\":9,\"x\":{\"y\":[true,null]}}}",
            "{\"inputs\":[{\"name\":\"I\",\"datatype\":\"FP16\",\"shape\":[2],\"parameters\":{\"binary_data_size\":4}},"
                    + "{\"name\":\"J\",\"datatype\":\"BYTES\",\"shape\":[1],\"parameters\":{\"binary_data_size\":5}}]}"
                    + "abcd\1\0\0\0x");

    private static final List<String> PIECES = List.of(
            "\"shared_memory_region\":\"r\",",
            "\"shared_memory_offset\":18446744073709551615,",
            "-1",
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            "\\u",
            "0",
            "-",
            "1e999",
            "18446744073709551616",
            "null",
            "true",
            "NaN",
            "\"data\":",
            "\"shape\":[9999999999]",
            "\"parameters\":",
            "\0",
            "é",
            "[[[[[[[[",
            "\"inputs\":");

    private static final AtomicInteger OPEN_RANGES = new AtomicInteger();

    @Test
    void survivesDamagedRequests() {
        System.out.println("JsonInferFuzzTest: -Dnereid.test.fuzz.seed=" + SEED);
        SplittableRandom random = new SplittableRandom(SEED);
        SlabPool pool = new SlabPool(1 << 20);
        long end = System.nanoTime() + TIME.toNanos();
        int accepted = 0;
        int cases = 0;
        for (; cases < FEWEST_CASES || System.nanoTime() < end; cases++) {
            byte[] body = damage(SEEDS.get(random.nextInt(SEEDS.size())), random);
            int json = random.nextInt(8) == 0 ? random.nextInt(body.length + 2) : jsonLength(body);
            try {
                accepted += isAccepted(pool, body, Math.max(json, 1)) ? 1 : 0;
            } catch (RuntimeException e) {
                throw new AssertionError("case " + cases + ": " + new String(body, StandardCharsets.ISO_8859_1), e);
            }
        }
        assertThat(accepted).isPositive().isLessThan(cases);
        pool.close();
    }

    /** Whether a body of which the first bytes are JSON is a request; nothing of it may stay in the pool. */
    static boolean isAccepted(SlabPool pool, byte[] body, long jsonBytes) {
        JsonInferDecoder decoder = new JsonInferDecoder(1 << 16, pool, JsonInferFuzzTest::range, Dialect.IMPROVED);
        boolean accepted = false;
        try (DecodedRequest request = decoder.decode(BodyStream.of(body), jsonBytes, "m", "")) {
            accepted = true;
            request.inputs().forEach(JsonInferFuzzTest::touch);
        } catch (InferException e) {
            assertThat(e.text()).isNotEmpty();
        }
        assertThat(pool.usedBytes()).isZero();
        assertThat(OPEN_RANGES).hasValue(0);
        return accepted;
    }

    private static void touch(DecodedInput input) {
        switch (input.content()) {
            case DecodedInput.Content.Binary binary -> BytesCodec.decode(binary.bytes(), 1);
            case DecodedInput.Content.Strings strings ->
                assertThat(List.of(strings.elements())).isNotNull();
            case DecodedInput.Content.Shared shared ->
                assertThat(shared.range().byteSize()).isBetween(0L, 256L);
        }
    }

    /** One region of 256 bytes, {@code r}. */
    private static SharedRange range(String region, long offset, long byteSize) {
        boolean within = Long.compareUnsigned(offset, 256) <= 0 && Long.compareUnsigned(byteSize, 256 - offset) <= 0;
        if (!region.equals("r") || !within) {
            throw SharedRanges.unknown(region);
        }
        OPEN_RANGES.incrementAndGet();
        return new SharedRange() {
            @Override
            public long byteSize() {
                return byteSize;
            }

            @Override
            public void read(MemorySegment target) {
                throw new IllegalStateException("nothing is read before the request is known to suit its model");
            }

            @Override
            public void write(MemorySegment source) {
                throw new IllegalStateException("there is no answer");
            }

            @Override
            public void close() {
                OPEN_RANGES.decrementAndGet();
            }
        };
    }

    /** Of a body, up to its last closing brace. */
    static int jsonLength(byte[] body) {
        for (int i = body.length - 1; i > 0; i--) {
            if (body[i] == '}') {
                return i + 1;
            }
        }
        return body.length;
    }

    private static byte[] damage(String seed, SplittableRandom random) {
        StringBuilder text = new StringBuilder(seed);
        for (int edits = random.nextInt(4); edits >= 0; edits--) {
            int at = random.nextInt(text.length() + 1);
            int to = Math.min(text.length(), at + random.nextInt(12));
            switch (random.nextInt(5)) {
                case 0 -> text.delete(at, to);
                case 1 -> text.insert(at, PIECES.get(random.nextInt(PIECES.size())));
                case 2 -> text.insert(at, text.substring(at, to));
                case 3 -> text.replace(at, to, PIECES.get(random.nextInt(PIECES.size())));
                default -> {
                    if (at < text.length()) {
                        text.setCharAt(at, (char) random.nextInt(256));
                    }
                }
            }
        }
        return text.toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}
