package dev.nereid.server.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.Buffer;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AnswerCodecTest {
    private static final int BROKEN = 20_000;

    private final CacheMemory memory = new CacheMemory();

    @AfterEach
    void everythingIsGivenBack() {
        assertThat(memory.heldBytes()).isZero();
        memory.close();
    }

    private static Tensor numbers(DataType type, long... dims) {
        Shape shape = Shape.of(dims);
        MemorySegment segment = Arena.ofAuto().allocate(shape.elements() * type.bytes());
        for (long i = 0; i < segment.byteSize(); i++) {
            segment.set(ValueLayout.JAVA_BYTE, i, (byte) (i * 7 + 1));
        }
        return Tensor.of(type, shape, segment);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private byte[] encoded() {
        List<OutputTensor> outputs = List.of(
                new OutputTensor("narrow", numbers(DataType.INT8, 3)),
                new OutputTensor("texts", Tensor.ofStrings(Shape.of(2, 2), new byte[][] {
                    bytes("a"), {}, bytes("\u00e4\u00f6"), {0, -1}
                })),
                new OutputTensor("wide", numbers(DataType.FP64, 2, 5)),
                new OutputTensor("nothing", numbers(DataType.FP32, 0, 4)),
                new OutputTensor("scalar", numbers(DataType.BOOL)));
        CachedAnswer answer =
                CachedAnswer.copyOf(new InferResponse("model", "12", "id", Map.of(), outputs, () -> {}), memory);
        byte[] encoded = AnswerCodec.encode(answer);
        answer.release();
        return encoded;
    }

    private static List<Byte> content(Tensor tensor) {
        List<Byte> content = new ArrayList<>();
        for (byte each : tensor.segment().asSlice(0, tensor.byteSize()).toArray(ValueLayout.JAVA_BYTE)) {
            content.add(each);
        }
        return content;
    }

    @Test
    void anAnswerIsTheSameAfterItsWay() {
        CachedAnswer answer = AnswerCodec.decode(encoded(), memory);
        assertThat(answer.modelName()).isEqualTo("model");
        assertThat(answer.modelVersion()).isEqualTo("12");
        assertThat(answer.outputs().stream().map(OutputTensor::name))
                .containsExactly("narrow", "texts", "wide", "nothing", "scalar");
        assertThat(content(answer.outputs().getFirst().tensor())).isEqualTo(content(numbers(DataType.INT8, 3)));
        Tensor wide = answer.outputs().get(2).tensor();
        assertThat(wide.shape()).isEqualTo(Shape.of(2, 5));
        assertThat(wide.dataType()).isEqualTo(DataType.FP64);
        assertThat(content(wide)).isEqualTo(content(numbers(DataType.FP64, 2, 5)));
        assertThat(wide.segment().address() % 64).isZero();
        assertThat(answer.outputs().get(3).tensor().shape()).isEqualTo(Shape.of(0, 4));
        assertThat(answer.outputs().get(4).tensor().shape()).isEqualTo(Shape.SCALAR);
        assertThat(answer.outputs().get(1).tensor().buffer())
                .isInstanceOfSatisfying(
                        Buffer.Strings.class,
                        strings -> assertThat(strings.elements())
                                .isDeepEqualTo(new byte[][] {bytes("a"), {}, bytes("\u00e4\u00f6"), {0, -1}}));
        answer.release();
    }

    @Test
    void aShorterOrLongerOneIsNone() {
        byte[] whole = encoded();
        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> AnswerCodec.decode(part, memory)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> AnswerCodec.decode(Arrays.copyOf(whole, whole.length + 1), memory))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("more behind its end");
    }

    /** Whatever somebody has put there, it is an answer or is refused, and takes no memory that it does not have. */
    @Test
    void brokenOnesAreRefusedAndNothingWorse() {
        Random random = new Random(7);
        byte[] whole = encoded();
        for (int i = 0; i < BROKEN; i++) {
            byte[] broken = whole.clone();
            for (int changes = random.nextInt(3); changes >= 0; changes--) {
                broken[random.nextInt(broken.length)] = (byte) random.nextInt(256);
            }
            try {
                AnswerCodec.decode(broken, memory).release();
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessageStartingWith("expected a").isNotNull();
            }
        }
    }
}
