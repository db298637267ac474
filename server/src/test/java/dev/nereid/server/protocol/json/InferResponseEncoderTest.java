package dev.nereid.server.protocol.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InferResponseEncoderTest {
    private static OutputTensor output(String name, DataType type, Shape shape, byte... bytes) {
        MemorySegment segment = Arena.ofAuto().allocate(Math.max(bytes.length, 1), 64);
        MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return new OutputTensor(name, Tensor.of(type, shape, segment.asSlice(0, bytes.length)));
    }

    private static EncodedResponse encode(
            String id, List<OutputTensor> outputs, List<RequestedOutput> requested, boolean binaryByDefault) {
        InferResponse response = new InferResponse("m", "1", id, Map.of(), outputs, () -> {});
        return InferResponseEncoder.encode(
                response,
                outputs,
                requested,
                binaryByDefault,
                Dialect.TRITON,
                RequestBudget.unlimited().open());
    }

    private static byte[] bytes(EncodedResponse response) {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        try {
            response.writeTo(stream);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        assertThat(stream.size()).isEqualTo((int) response.length());
        return stream.toByteArray();
    }

    private static String text(EncodedResponse response) {
        return new String(bytes(response), StandardCharsets.UTF_8);
    }

    @Test
    void writesMembersInTritonsOrderAndDataFlat() {
        Map<String, Parameter> parameters = new LinkedHashMap<>();
        parameters.put("z", new Parameter.Text("t\"\u0001"));
        parameters.put("a", new Parameter.Int(42));
        parameters.put("b", new Parameter.Bool(false));
        parameters.put("c", new Parameter.Real(123.123));
        List<OutputTensor> outputs =
                List.of(output("O", DataType.INT8, Shape.of(2, 2), (byte) 1, (byte) -2, (byte) 3, (byte) 4));
        InferResponse response = new InferResponse("m", "1", "7", parameters, outputs, () -> {});
        assertThat(text(InferResponseEncoder.encode(
                        response,
                        outputs,
                        List.of(),
                        false,
                        Dialect.TRITON,
                        RequestBudget.unlimited().open())))
                .isEqualTo("{\"id\":\"7\",\"model_name\":\"m\",\"model_version\":\"1\",\"parameters\":{\"z\":"
                        + "\"t\\\"\\u0001\",\"a\":42,\"b\":false,\"c\":123.123},\"outputs\":[{\"name\":\"O\","
                        + "\"datatype\":\"INT8\",\"shape\":[2,2],\"data\":[1,-2,3,4]}]}");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "BOOL|0,1,2|[false,true,true]",
                "UINT8|-1|[255]",
                "UINT16|-1,-1|[65535]",
                "INT16|-2,-1|[-2]",
                "UINT32|-1,-1,-1,-1|[4294967295]",
                "INT32|-1,-1,-1,-1|[-1]",
                "UINT64|-1,-1,-1,-1,-1,-1,-1,-1|[18446744073709551615]",
                "INT64|0,0,0,0,0,0,0,-128|[-9223372036854775808]",
                "FP32|-51,-52,-52,61|[0.10000000149011612]",
                "FP32|0,0,0,-128|[-0.0]",
                "FP32|0,0,-64,127|[NaN]",
                "FP32|0,0,-128,-1|[-Infinity]",
                "FP64|0,0,0,0,0,0,-16,63|[1.0]"
            })
    void writesEveryDatatypeAsJson(String type, String bytes, String data) {
        String[] parts = bytes.split(",", -1);
        byte[] content = new byte[parts.length];
        for (int i = 0; i < parts.length; i++) {
            content[i] = Byte.parseByte(parts[i]);
        }
        DataType dataType = DataType.valueOf(type);
        Shape shape = Shape.of(content.length / dataType.bytes());
        assertThat(text(encode("", List.of(output("O", dataType, shape, content)), List.of(), false)))
                .contains("\"data\":" + data + "}");
    }

    @Test
    void appliesTheBinaryFlagsOfSectionFour() {
        List<OutputTensor> outputs = List.of(
                output("A", DataType.UINT8, Shape.of(1), (byte) 1), output("B", DataType.UINT8, Shape.of(1), (byte) 2));
        EncodedResponse listed = encode("", outputs, List.of(new RequestedOutput("A", 0, false)), true);
        String text = text(listed);
        assertThat(text).contains("\"name\":\"A\",\"datatype\":\"UINT8\",\"shape\":[1],\"data\":[1]");
        assertThat(text)
                .contains(
                        "\"name\":\"B\",\"datatype\":\"UINT8\",\"shape\":[1],\"parameters\":{\"binary_data_size\":1}");
        assertThat(listed.length()).isEqualTo(listed.jsonBytes() + 1);
    }

    @Test
    void putsTensorsBehindTheJsonInTheirOrder() {
        OutputTensor strings = new OutputTensor("S", Tensor.ofStrings(Shape.of(2), new byte[][] {{'a', 'b'}, {}}));
        List<OutputTensor> outputs = List.of(strings, output("A", DataType.UINT8, Shape.of(2), (byte) 8, (byte) 9));
        EncodedResponse response = encode("", outputs, List.of(), true);
        byte[] bytes = bytes(response);
        byte[] tail = new byte[bytes.length - response.jsonBytes()];
        System.arraycopy(bytes, response.jsonBytes(), tail, 0, tail.length);
        assertThat(tail).containsExactly(2, 0, 0, 0, 'a', 'b', 0, 0, 0, 0, 8, 9);
    }

    @Test
    void saysThatEmptyBinaryOutputsAreNone() {
        EncodedResponse response = encode("", List.of(output("A", DataType.FP32, Shape.of(0))), List.of(), true);
        assertThat(response.hasBinary()).isFalse();
        assertThat(text(response)).contains("\"binary_data_size\":0");
    }

    @Test
    void writesStringsThatAreNoTextAsTheyAre() {
        OutputTensor output = new OutputTensor("S", Tensor.ofStrings(Shape.of(1), new byte[][] {{(byte) 0xFF, '\n'}}));
        assertThat(new String(bytes(encode("", List.of(output), List.of(), false)), StandardCharsets.ISO_8859_1))
                .contains("\"data\":[\"\u00FF\\n\"]");
    }

    @Test
    void refusesHalfPrecisionAsJson() {
        List<OutputTensor> outputs = List.of(output("O", DataType.FP16, Shape.of(1), (byte) 0, (byte) 0));
        assertThatThrownBy(() -> encode("", outputs, List.of(), false))
                .hasMessage(
                        "sending FP16 data via JSON is not supported. Please use the binary data format for output");
    }
}
