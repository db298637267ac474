package dev.nereid.server.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.server.protocol.Timing;
import dev.nereid.server.statement.Statement;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RequestDigestTest {
    private static final InferRequest.Header PLAIN = InferRequest.Header.of("m", "", "id");

    private int fill;

    private static CacheKey key(InferRequest.Header header, List<InputTensor> inputs, String... outputs) {
        List<RequestedOutput> requested = Stream.of(outputs)
                .map(name -> new RequestedOutput(name, 0, false))
                .toList();
        return RequestDigest.key(1, new InferRequest(header, inputs, requested, List.of(), 0));
    }

    private InputTensor ints(String name, Shape shape, DataType type, int... bytes) {
        byte[] content = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            content[i] = (byte) bytes[i];
        }
        // A buffer may be larger than its tensor: what lies behind does not count.
        MemorySegment segment = Arena.ofAuto().allocate(content.length + 8L);
        segment.fill((byte) ++fill);
        MemorySegment.copy(content, 0, segment, ValueLayout.JAVA_BYTE, 0, content.length);
        return new InputTensor(name, Tensor.of(type, shape, segment));
    }

    private static InputTensor strings(String... elements) {
        byte[][] bytes = Stream.of(elements)
                .map(element -> element.getBytes(StandardCharsets.UTF_8))
                .toArray(byte[][]::new);
        return new InputTensor("S", Tensor.ofStrings(Shape.of(bytes.length), bytes));
    }

    private static InferRequest.Header with(Map<String, Parameter> parameters) {
        return new InferRequest.Header("m", "", "id", CorrelationId.NONE, false, false, 0, 0, parameters);
    }

    @Test
    @Statement(138)
    void doesNotDependOnTheOrderOfInputsAndOutputsNorOnHowTheAnswerTravels() {
        InputTensor a = ints("A", Shape.of(1, 2), DataType.INT8, 1, 2);
        InputTensor b = ints("B", Shape.of(1, 2), DataType.INT8, 3, 4);
        InferRequest.Header travels = new InferRequest.Header(
                "m",
                "1",
                "another",
                CorrelationId.NONE,
                false,
                false,
                3,
                1000,
                Map.of(Timing.PARAMETER, new Parameter.Bool(true)));
        assertThat(key(PLAIN, List.of(a, b), "X", "Y")).isEqualTo(key(travels, List.of(b, a), "Y", "X", "Y"));
    }

    @Test
    @Statement(138)
    void tellsApartWhateverCanChangeAnAnswer() {
        List<InputTensor> one = List.of(ints("A", Shape.of(1, 2), DataType.INT8, 1, 2));
        List<CacheKey> keys = List.of(
                key(PLAIN, one),
                key(PLAIN, List.of(ints("A", Shape.of(2, 1), DataType.INT8, 1, 2))),
                key(PLAIN, List.of(ints("A", Shape.of(1, 2), DataType.UINT8, 1, 2))),
                key(PLAIN, List.of(ints("A", Shape.of(1, 1), DataType.INT16, 1, 2))),
                key(PLAIN, List.of(ints("A", Shape.of(1, 2), DataType.INT8, 1, 3))),
                key(PLAIN, List.of(ints("B", Shape.of(1, 2), DataType.INT8, 1, 2))),
                key(PLAIN, List.of(ints("A", Shape.of(2), DataType.INT8, 1, 2))),
                key(PLAIN, one, "X"),
                key(PLAIN, one, "X", "Y"),
                key(PLAIN, one, "XY"),
                key(PLAIN, List.of(strings("ab", "c"))),
                key(PLAIN, List.of(strings("a", "bc"))),
                key(PLAIN, List.of(strings("abc"))),
                key(with(Map.of("p", new Parameter.Int(1))), one),
                key(with(Map.of("p", new Parameter.Int(2))), one),
                key(with(Map.of("p", new Parameter.Bool(true))), one),
                key(with(Map.of("p", new Parameter.Text("1"))), one),
                key(with(Map.of("p", new Parameter.Real(1))), one),
                key(with(Map.of("q", new Parameter.Int(1))), one),
                key(sequence(new CorrelationId.Numeric(1), false, false), one),
                key(sequence(new CorrelationId.Textual("1"), false, false), one),
                key(sequence(new CorrelationId.Numeric(1), true, false), one),
                key(sequence(new CorrelationId.Numeric(1), false, true), one),
                RequestDigest.key(2, new InferRequest(PLAIN, one, List.of(), List.of(), 0)));
        Set<CacheKey> different = new HashSet<>(keys);
        assertThat(different).hasSameSizeAs(keys);
    }

    private static InferRequest.Header sequence(CorrelationId id, boolean start, boolean end) {
        return new InferRequest.Header("m", "", "id", id, start, end, 0, 0, Map.of());
    }
}
