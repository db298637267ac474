package dev.nereid.server.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.memory.NativeMemory;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.schedule.VirtualClock;
import dev.nereid.server.statement.Statement;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ResponseCacheTest {
    /** Three entries of {@link #response} with 4,096 bytes. */
    private static final long THREE = 3 * (4096 + 256);

    private final VirtualClock clock = new VirtualClock();

    private static CacheKey key(long owner, long number) {
        return new CacheKey(owner, number, 0, 0, 0);
    }

    private static InferResponse response(int bytes, int content) {
        MemorySegment memory = Arena.ofAuto().allocate(bytes);
        memory.fill((byte) content);
        OutputTensor output = new OutputTensor("Y", Tensor.of(DataType.UINT8, Shape.of(bytes), memory));
        return new InferResponse("m", "1", "id", Map.of(), List.of(output), () -> memory.fill((byte) 0));
    }

    private static ResponseCache.Insertion insert(LocalCache cache, CacheKey key, InferResponse response) {
        CachedAnswer answer = cache.copy(response);
        ResponseCache.Insertion insertion = cache.insert(key, answer, 0);
        answer.release();
        response.close();
        return insertion;
    }

    private static boolean has(LocalCache cache, CacheKey key) {
        Optional<CachedAnswer> found = cache.find(key);
        found.ifPresent(CachedAnswer::release);
        return found.isPresent();
    }

    @Test
    @Statement(141)
    void evictsWhatWasUsedLongestAgoUntilTheNewEntryFits() {
        LocalCache cache = new LocalCache(THREE, clock);
        for (int i = 0; i < 3; i++) {
            insert(cache, key(1, i), response(4096, 1));
        }
        assertThat(cache.snapshot().bytes()).isEqualTo(THREE);
        assertThat(has(cache, key(1, 0))).isTrue();
        insert(cache, key(1, 3), response(4096, 1));
        assertThat(has(cache, key(1, 1))).as("used longest ago").isFalse();
        assertThat(has(cache, key(1, 0))).isTrue();
        insert(cache, key(1, 4), response(8192, 1));
        assertThat(cache.snapshot().entries())
                .as("two made room for a large one")
                .isEqualTo(2);
        assertThat(cache.snapshot().evictions()).isEqualTo(3);
        assertThat(has(cache, key(1, 0))).isTrue();
        assertThat(has(cache, key(1, 4))).isTrue();
        assertThat(cache.snapshot().bytes()).isEqualTo(4096 + 8192 + 2 * 256);
        assertThat(cache.heldBytes()).isEqualTo(4096 + 8192);
        assertThat(cache.snapshot().hits()).isEqualTo(4);
        assertThat(cache.snapshot().misses()).isEqualTo(1);
    }

    /** All models share one budget. */
    @Test
    @Statement(141)
    void refusesWhatIsLargerThanTheWholeAndEvictsNothingForIt() {
        LocalCache cache = new LocalCache(THREE, clock);
        insert(cache, key(1, 0), response(4096, 1));
        InferResponse large = response(16384, 1);
        assertThat(cache.hasRoomFor(large)).isFalse();
        assertThat(insert(cache, key(2, 0), large)).isEqualTo(ResponseCache.Insertion.REFUSED);
        assertThat(has(cache, key(1, 0))).isTrue();
        assertThat(cache.heldBytes()).isEqualTo(4096);
    }

    @Test
    @Statement(140)
    void leavesAKeyThatExistsAsItIs() {
        LocalCache cache = new LocalCache(THREE, clock);
        insert(cache, key(1, 0), response(4096, 1));
        assertThat(insert(cache, key(1, 0), response(4096, 2))).isEqualTo(ResponseCache.Insertion.EXISTS);
        CachedAnswer answer = cache.find(key(1, 0)).orElseThrow();
        try (InferResponse response = answer.response("other", Map.of())) {
            answer.release();
            assertThat(first(response)).isEqualTo(1);
            assertThat(response.id()).isEqualTo("other");
        }
    }

    @Test
    void keepsTheMemoryOfAnEvictedEntryForTheResponsesThatShowIt() {
        LocalCache cache = new LocalCache(THREE, clock);
        insert(cache, key(1, 0), response(4096, 7));
        CachedAnswer answer = cache.find(key(1, 0)).orElseThrow();
        InferResponse one = answer.response("one", Map.of());
        InferResponse two = answer.response("two", Map.of());
        answer.release();
        cache.invalidate(1);
        assertThat(cache.snapshot().bytes()).isZero();
        insert(cache, key(1, 1), response(4096, 9));
        one.close();
        assertThat(first(two)).isEqualTo(7);
        two.close();
        two.close();
        assertThat(cache.heldBytes()).isEqualTo(4096);
    }

    @Test
    void invalidatesOneOwnersEntries() {
        LocalCache cache = new LocalCache(THREE, clock);
        insert(cache, key(1, 0), response(4096, 1));
        insert(cache, key(2, 0), response(4096, 1));
        cache.invalidate(1);
        assertThat(has(cache, key(1, 0))).isFalse();
        assertThat(has(cache, key(2, 0))).isTrue();
        assertThat(cache.snapshot().evictions()).isZero();
    }

    @Test
    void keepsTensorsOfEveryKind() {
        LocalCache cache = new LocalCache(1 << 20, clock);
        byte[][] elements = {"one".getBytes(StandardCharsets.UTF_8), new byte[0]};
        MemorySegment memory = Arena.ofAuto().allocate(100_000);
        memory.fill((byte) 5);
        InferResponse response = new InferResponse(
                "m",
                "1",
                "id",
                Map.of(),
                List.of(
                        new OutputTensor("S", Tensor.ofStrings(Shape.of(2), elements)),
                        new OutputTensor("EMPTY", Tensor.of(DataType.FP32, Shape.of(0, 4), memory)),
                        new OutputTensor("BIG", Tensor.of(DataType.INT8, Shape.of(100_000), memory)),
                        new OutputTensor("ODD", Tensor.of(DataType.INT8, Shape.of(3), memory))),
                () -> {});
        insert(cache, key(1, 0), response);
        elements[0][0] = 'X';
        memory.fill((byte) 0);
        CachedAnswer answer = cache.find(key(1, 0)).orElseThrow();
        try (InferResponse shown = answer.response("", Map.of())) {
            answer.release();
            List<Tensor> tensors =
                    shown.outputs().stream().map(OutputTensor::tensor).toList();
            assertThat(tensors.get(0).strings()[0])
                    .asString(StandardCharsets.UTF_8)
                    .isEqualTo("one");
            assertThat(tensors.get(1).shape()).isEqualTo(Shape.of(0, 4));
            assertThat(tensors.get(2).segment().get(ValueLayout.JAVA_BYTE, 99_999))
                    .isEqualTo((byte) 5);
            assertThat(tensors.get(3).segment().get(ValueLayout.JAVA_BYTE, 2)).isEqualTo((byte) 5);
        }
    }

    @Test
    void givesEverythingBackWhenItIsClosed() {
        long before = NativeMemory.liveBytes();
        LocalCache cache = new LocalCache(1 << 20, clock);
        insert(cache, key(1, 0), response(100_000, 1));
        insert(cache, key(1, 1), response(10, 1));
        CachedAnswer answer = cache.find(key(1, 0)).orElseThrow();
        cache.close();
        assertThat(insert(cache, key(1, 2), response(100_000, 1))).isEqualTo(ResponseCache.Insertion.REFUSED);
        assertThat(cache.heldBytes()).isEqualTo(100_000);
        answer.release();
        assertThat(cache.heldBytes()).isZero();
        assertThat(NativeMemory.liveBytes()).isEqualTo(before);
    }

    private static int first(InferResponse response) {
        return response.outputs().getFirst().tensor().segment().get(ValueLayout.JAVA_BYTE, 0);
    }
}
