package dev.nereid.server.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.memory.SlabPool;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Long work on large requests must not hold up other virtual threads, such as those of health checks, until its end. */
@Tag("found-2")
@Timeout(60)
class TimeSlicesTest {
    private static final int NUMBERS = 100_000;

    /** Numbers that are not read by the fast way, one behind the other in a single array. */
    private static byte[] numbers() {
        return ("[" + "1.23456789012345678901234567890e-5,".repeat(NUMBERS) + "1]").getBytes(StandardCharsets.US_ASCII);
    }

    /** Runs the work on more virtual threads than there are carriers: another one gets its turn before any of them is done. */
    private static void leavesTimeToOthers(Runnable work) throws InterruptedException {
        int busy = 2 * Runtime.getRuntime().availableProcessors();
        AtomicInteger done = new AtomicInteger();
        CountDownLatch started = new CountDownLatch(busy);
        List<Thread> threads = new ArrayList<>();
        AtomicInteger doneBefore = new AtomicInteger(-1);
        for (int i = 0; i < busy; i++) {
            threads.add(Thread.ofVirtual().unstarted(() -> {
                started.countDown();
                work.run();
                done.incrementAndGet();
            }));
        }
        Thread other = Thread.ofVirtual().unstarted(() -> doneBefore.set(done.get()));
        threads.forEach(Thread::start);
        other.start();
        assertThat(started.await(30, TimeUnit.SECONDS)).isTrue();
        other.join();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(doneBefore).hasValue(0);
    }

    @Test
    void checkingADocumentLeavesTime() throws InterruptedException {
        byte[] document = numbers();
        leavesTimeToOthers(() -> JsonValue.parse(document, 0, document.length));
    }

    @Test
    void checkingManyParametersLeavesTime() throws InterruptedException {
        byte[] document = ("{" + "\"name\":1,".repeat(4 * NUMBERS) + "\"last\":1}").getBytes(StandardCharsets.US_ASCII);
        leavesTimeToOthers(() -> JsonValue.parse(document, 0, document.length));
    }

    @Test
    void readingNumbersLeavesTime() throws InterruptedException {
        byte[] document = numbers();
        JsonValue data = JsonValue.parse(document, 0, document.length);
        leavesTimeToOthers(() -> {
            try (Arena arena = Arena.ofConfined()) {
                JsonTensorData.read(
                        data, DataType.FP64, NUMBERS + 1, arena.allocate((NUMBERS + 1L) * Double.BYTES, Double.BYTES));
            }
        });
    }

    @Test
    void readingStringsLeavesTime() throws InterruptedException {
        byte[] document = ("[" + "\"a text\",".repeat(4 * NUMBERS) + "\"\"]").getBytes(StandardCharsets.US_ASCII);
        JsonValue data = JsonValue.parse(document, 0, document.length);
        leavesTimeToOthers(() -> JsonTensorData.readStrings(data));
    }

    @Test
    void decodingSerializedStringsLeavesTime() throws InterruptedException {
        byte[][] strings = new byte[10 * NUMBERS][0];
        MemorySegment wire = MemorySegment.ofArray(new byte[(int) BytesCodec.encodedSize(strings, strings.length)]);
        leavesTimeToOthers(() -> BytesCodec.decode(wire, strings.length));
    }

    @Test
    void receivingABodyLeavesTime() throws InterruptedException {
        byte[] body = new byte[64 << 20];
        leavesTimeToOthers(() -> {
            try (SlabPool pool = new SlabPool(0);
                    SlabPool.Slab slab = BodyStream.of(body).readSlab(pool, body.length)) {
                assertThat(slab.segment().byteSize()).isEqualTo(body.length);
            }
        });
    }

    @Test
    void writingNumbersLeavesTime() throws InterruptedException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment numbers = arena.allocate(4L * NUMBERS * Double.BYTES, Double.BYTES);
            for (int i = 0; i < 4 * NUMBERS; i++) {
                numbers.setAtIndex(ValueLayout.JAVA_DOUBLE, i, Math.sqrt(i));
            }
            Tensor tensor = Tensor.of(DataType.FP64, Shape.of(4L * NUMBERS), numbers);
            leavesTimeToOthers(() -> JsonTensorWriter.elements(new JsonWriter(1 << 24), tensor, Dialect.TRITON));
        }
    }
}
