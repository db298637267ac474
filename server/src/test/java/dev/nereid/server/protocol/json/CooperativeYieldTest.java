package dev.nereid.server.protocol.json;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.protocol.BodyStream;
import dev.nereid.server.protocol.BytesCodec;
import dev.nereid.server.protocol.CooperativeYield;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Long work on large requests must not hold up other virtual threads, such as those of health checks, until its end. */
@Tag("found-2")
class CooperativeYieldTest {
    private static final int NUMBERS = 50_000;

    /** Numbers that are not read by the fast way, one behind the other in a single array. */
    private static byte[] numbers() {
        return ("[" + "1.23456789012345678901234567890e-5,".repeat(NUMBERS) + "1]").getBytes(StandardCharsets.US_ASCII);
    }

    /** Runs the work, which pauses several times: no other thread waits until all of it is done. */
    private static void leavesTimeToOthers(Runnable work) {
        long before = CooperativeYield.pauses();
        work.run();
        assertThat(CooperativeYield.pauses() - before).isGreaterThanOrEqualTo(4);
    }

    @Test
    void checkingADocumentLeavesTime() {
        byte[] document = numbers();
        leavesTimeToOthers(() -> JsonValue.parse(document, 0, document.length));
    }

    @Test
    void checkingManyParametersLeavesTime() {
        byte[] document = ("{" + "\"name\":1,".repeat(4 * NUMBERS) + "\"last\":1}").getBytes(StandardCharsets.US_ASCII);
        leavesTimeToOthers(() -> JsonValue.parse(document, 0, document.length));
    }

    @Test
    void readingNumbersLeavesTime() {
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
    void readingStringsLeavesTime() {
        byte[] document = ("[" + "\"a text\",".repeat(4 * NUMBERS) + "\"\"]").getBytes(StandardCharsets.US_ASCII);
        JsonValue data = JsonValue.parse(document, 0, document.length);
        leavesTimeToOthers(() -> JsonTensorData.readStrings(data));
    }

    @Test
    void decodingSerializedStringsLeavesTime() {
        byte[][] strings = new byte[10 * NUMBERS][0];
        MemorySegment wire = MemorySegment.ofArray(new byte[(int) BytesCodec.encodedSize(strings, strings.length)]);
        leavesTimeToOthers(() -> BytesCodec.decode(wire, strings.length));
    }

    @Test
    void receivingABodyLeavesTime() {
        byte[] body = new byte[16 << 20];
        leavesTimeToOthers(() -> {
            try (SlabPool pool = new SlabPool(0);
                    SlabPool.Slab slab = BodyStream.of(body).readSlab(pool, body.length)) {
                assertThat(slab.segment().byteSize()).isEqualTo(body.length);
            }
        });
    }

    @Test
    void writingNumbersLeavesTime() {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment numbers = arena.allocate(4L * NUMBERS * Double.BYTES, Double.BYTES);
            for (int i = 0; i < 4 * NUMBERS; i++) {
                numbers.setAtIndex(ValueLayout.JAVA_DOUBLE, i, Math.sqrt(i));
            }
            Tensor tensor = Tensor.of(DataType.FP64, Shape.of(4L * NUMBERS), numbers);
            leavesTimeToOthers(() -> JsonTensorWriter.elements(
                    new JsonWriter(1 << 24, RequestBudget.unlimited().open()), tensor, Dialect.TRITON));
        }
    }
}
