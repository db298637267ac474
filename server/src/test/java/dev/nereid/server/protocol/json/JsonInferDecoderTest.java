package dev.nereid.server.protocol.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.protocol.BodyReadException;
import dev.nereid.server.protocol.BodyStream;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.DecodedInput;
import dev.nereid.server.protocol.DecodedRequest;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.server.protocol.SharedRanges;
import dev.nereid.tensor.DataType;
import java.io.ByteArrayInputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonInferDecoderTest {
    private static final int LIMIT = 1 << 20;

    private final SlabPool pool = new SlabPool(1 << 20);
    private final JsonInferDecoder decoder = new JsonInferDecoder(LIMIT, pool, SharedRanges.NONE, Dialect.TRITON);

    @AfterEach
    void givesEverySlabBack() {
        assertThat(pool.usedBytes()).isZero();
        pool.close();
    }

    private DecodedRequest decode(String json, byte... binary) {
        byte[] head = json.getBytes(StandardCharsets.UTF_8);
        byte[] body = new byte[head.length + binary.length];
        System.arraycopy(head, 0, body, 0, head.length);
        System.arraycopy(binary, 0, body, head.length, binary.length);
        return decoder.decode(BodyStream.of(body), head.length, "m", "");
    }

    private static String input(String type, String shape, String data) {
        return "{\"inputs\":[{\"name\":\"I\",\"datatype\":\"" + type + "\",\"shape\":" + shape + ",\"data\":" + data
                + "}]}";
    }

    private static MemorySegment bytes(DecodedRequest request, int index) {
        return ((DecodedInput.Content.Binary) request.inputs().get(index).content()).bytes();
    }

    private static byte[] raw(DecodedRequest request) {
        return bytes(request, 0).toArray(ValueLayout.JAVA_BYTE);
    }

    @Test
    void readsMembersInAnyOrderAndFlattensData() {
        try (DecodedRequest request = decode("{\"outputs\":[{\"parameters\":{\"binary_data\":true},\"name\":\"O\"}],"
                + "\"inputs\":[{\"data\":[[1,2],[[3]],4],\"shape\":[2,2],\"x\":{\"data\":1},\"datatype\":\"INT32\","
                + "\"name\":\"I\"}],\"id\":\"7\"}")) {
            DecodedInput input = request.inputs().getFirst();
            assertThat(input.name()).isEqualTo("I");
            assertThat(input.dataType()).contains(DataType.INT32);
            assertThat(input.dims()).containsExactly(2, 2);
            assertThat(bytes(request, 0).toArray(ValueLayout.JAVA_INT)).containsExactly(1, 2, 3, 4);
            assertThat(request.header().id()).isEqualTo("7");
            assertThat(request.outputs()).containsExactly(new RequestedOutput("O", 0, true));
            assertThat(request.binaryByDefault()).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "BOOL|[true,false]|1,0",
                "UINT8|[256,255]|0,-1",
                "INT8|[128,-128]|-128,-128",
                "UINT16|[65535,1]|-1,-1,1,0",
                "INT16|[-2,32768]|-2,-1,0,-128",
                "UINT32|[4294967295,0]|-1,-1,-1,-1,0,0,0,0",
                "INT32|[3000000000,1]|0,94,-48,-78,1,0,0,0",
                "FP32|[1,-0.0]|0,0,-128,63,0,0,0,-128",
                "FP32|[1e39,1]|0,0,-128,127,0,0,-128,63",
                "FP64|[1,1.5]|0,0,0,0,0,0,-16,63,0,0,0,0,0,0,-8,63",
                "UINT64|[18446744073709551615,1]|-1,-1,-1,-1,-1,-1,-1,-1,1,0,0,0,0,0,0,0",
                "INT64|[-1,2]|-1,-1,-1,-1,-1,-1,-1,-1,2,0,0,0,0,0,0,0"
            })
    void readsEveryDatatypeLittleEndianAndLetsIntegersWrap(String type, String data, String expected) {
        try (DecodedRequest request = decode(input(type, "[2]", data))) {
            byte[] bytes = new byte[expected.split(",", -1).length];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = Byte.parseByte(expected.split(",", -1)[i]);
            }
            assertThat(raw(request)).containsExactly(bytes);
        }
    }

    @Test
    void readsStringsAsTheirBytes() {
        try (DecodedRequest request = decode(input("BYTES", "[1,3]", "[[\"a\\n\",\"\"],\"é\\u0000\"]"))) {
            DecodedInput.Content.Strings content =
                    (DecodedInput.Content.Strings) request.inputs().getFirst().content();
            assertThat(content.elements()).isDeepEqualTo(new byte[][] {{'a', '\n'}, {}, {(byte) 0xC3, (byte) 0xA9, 0}});
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "INT32|[2]|[1]|500|Failed to parse 'data' field: shape does not match true shape",
                "INT32|[2]|[1,2,3]|500|Unable to parse 'data': Shape does not match true shape of 'data' field",
                "INT32|[1]|[\"1\"]|500|Unable to parse 'data': attempt to access JSON non-signed-integer as signed-integer",
                "INT32|[1]|[1.5]|500|Unable to parse 'data': attempt to access JSON non-signed-integer as signed-integer",
                "UINT8|[1]|[-1]|500|Unable to parse 'data': attempt to access JSON non-unsigned-integer as unsigned-integer",
                "BOOL|[1]|[1]|500|Unable to parse 'data': attempt to access JSON non-boolean as boolean",
                "FP32|[1]|[null]|500|Unable to parse 'data': attempt to access JSON non-number as double",
                "FP32|[1]|1|500|Unable to parse 'data': attempt to access JSON non-array as array",
                "BYTES|[1]|[1]|500|Unable to parse JSON bytes array: attempt to access JSON non-string as string",
                "FP16|[1]|[1]|400|receiving FP16 data via JSON is not supported. Please use the binary data format for input I",
                "FP99|[1]|[1]|400|invalid datatype for input I",
                "INT4|[1]|[1]|400|invalid datatype for input I",
                "INT32|[-1]|[1]|500|Unable to parse 'shape': attempt to access JSON non-unsigned-integer as unsigned-integer",
                "INT32|16|[1]|500|Unable to parse 'shape': attempt to access JSON non-array as array",
                "INT32|[4611686018427387904,16]|[1]|400|invalid shape for input 'I': shape [4611686018427387904,16] causes total element count to exceed maximum size of 9223372036854775807",
                "INT32|[18446744073709551615]|[1]|400|invalid shape for input 'I': shape [-1] contains one or more invalid dimensions",
                "INT64|[1048576]|[1]|400|JSON input 'I' has a byte_size (8388608 bytes) that exceeds the maximum allowed value of 1048576 bytes. Use --http-max-input-size to increase the limit."
            })
    void namesWhatIsWrongWithAnInput(String type, String shape, String data, int status, String text) {
        assertThatThrownBy(() -> decode(input(type, shape, data)))
                .hasMessage(text)
                .isInstanceOfSatisfying(
                        InferException.class,
                        e -> assertThat(e.code().httpStatus()).isEqualTo(status));
    }

    @Test
    void takesNoMoreMemoryThanTheDataCanFill() {
        String json = input("INT64", "[131072]", "[1,2]");
        assertThatThrownBy(() -> decode(json)).hasMessageStartingWith("Failed to parse 'data'");
        assertThat(pool.retainedBytes()).isLessThan(4096);
    }

    private static String nested(String element, int depth) {
        return "[".repeat(depth) + element + "]".repeat(depth);
    }

    @Test
    void refusesDataNestedTooDeep() {
        String tooDeep = "JSON nesting depth exceeds maximum allowed limit (100)";
        assertThatThrownBy(() -> decode(input("INT32", "[1]", nested("1", 100))))
                .isInstanceOfSatisfying(
                        InferException.class,
                        e -> assertThat(e.code().httpStatus()).isEqualTo(400))
                .hasMessage("Unable to parse 'data': " + tooDeep);
        assertThatThrownBy(() -> decode(input("BYTES", "[1]", nested("\"a\"", 100))))
                .hasMessage(tooDeep);
        decode(input("INT32", "[1]", nested("1", 99))).close();
    }

    @Test
    void takesAShapeWithoutDimsForOneWithoutElementsUnlessThereIsJustOne() {
        for (String data : new String[] {"[]", "[1,2]", "[\"x\",true]"}) {
            try (DecodedRequest request = decode(input("INT32", "[]", data))) {
                assertThat(raw(request)).isEmpty();
            }
        }
        try (DecodedRequest request = decode(input("INT32", "[]", "[7]"))) {
            assertThat(raw(request)).containsExactly(7, 0, 0, 0);
        }
    }

    @Test
    void findsANameThatComesTwiceBeforeItLooksAtTheRest() {
        String good = "{\"name\":\"I\",\"datatype\":\"INT32\",\"shape\":[1],\"data\":[1]}";
        assertThatThrownBy(() -> decode("{\"inputs\":[" + good + "," + good.replace("[1]}", "[1,2]}") + "]}"))
                .hasMessage("[request id: <id_unknown>] input 'I' already exists in request");
        assertThatThrownBy(() -> decode("{\"id\":\"7\",\"inputs\":[" + good + "],\"outputs\":[{\"name\":\"O\"},"
                        + "{\"name\":\"O\",\"parameters\":{\"classification\":-1}}]}"))
                .hasMessage("[request id: 7] output 'O' already exists in request");
    }

    @Test
    void looksAtOffsetsWithoutARegionToo() {
        assertThatThrownBy(() -> decode("{\"inputs\":[],\"outputs\":[{\"name\":\"O\",\"parameters\":"
                        + "{\"shared_memory_offset\":-1}}]}"))
                .hasMessage("Unable to parse 'shared_memory_offset': attempt to access JSON non-unsigned-integer as "
                        + "unsigned-integer");
        assertThatThrownBy(() -> decode("{\"inputs\":[],\"outputs\":[{\"name\":\"O\",\"parameters\":"
                        + "{\"shared_memory_region\":\"r\",\"binary_data\":\"x\"}}]}"))
                .hasMessage("Unable to set 'binary_data': attempt to access JSON non-boolean as boolean");
    }

    @Test
    void takesTheFirstOfParametersOfOneName() {
        try (DecodedRequest request = decode("{\"inputs\":[],\"parameters\":{\"binary_data_output\":true,"
                + "\"binary_data_output\":false,\"sequence_id\":5,\"sequence_id\":-5,\"x\":1,\"x\":2}}")) {
            assertThat(request.binaryByDefault()).isTrue();
            assertThat(request.header().correlationId()).isEqualTo(new CorrelationId.Numeric(5));
            assertThat(request.header().parameters()).isEqualTo(Map.of("x", new Parameter.Int(1)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e309", "-1E+400", "18e307", "1e99999999999999999999"})
    void refusesNumbersThatAreNoDoublesWhereverTheyAre(String number) {
        assertThatThrownBy(() -> decode("{\"a\":" + number + ",\"inputs\":[]}"))
                .hasMessage("failed to parse the request JSON buffer: Number too big to be stored in double. at 5");
        decode("{\"a\":[1e308,0e999,1e-999,0.1e309," + "9".repeat(308) + "],\"inputs\":[]}")
                .close();
    }

    @Test
    void ignoresDataOfTensorsWithoutElements() {
        try (DecodedRequest request = decode(input("FP32", "[1,0]", "[]"))) {
            assertThat(raw(request)).isEmpty();
        }
    }

    private static String binaryInputs(String... sizes) {
        StringBuilder json = new StringBuilder("{\"inputs\":[");
        for (int i = 0; i < sizes.length; i++) {
            json.append(i == 0 ? "" : ",")
                    .append("{\"name\":\"I")
                    .append(i)
                    .append("\",\"datatype\":\"UINT8\",\"shape\":[2],\"parameters\":{\"binary_data_size\":")
                    .append(sizes[i])
                    .append("}}");
        }
        return json.append("]}").toString();
    }

    @Test
    void sharesTheBinaryDataOutInOrder() {
        try (DecodedRequest request =
                decode(binaryInputs("2", "0", "3"), (byte) 1, (byte) 2, (byte) 3, (byte) 4, (byte) 5)) {
            assertThat(bytes(request, 0).toArray(ValueLayout.JAVA_BYTE)).containsExactly(1, 2);
            assertThat(bytes(request, 1).byteSize()).isZero();
            assertThat(bytes(request, 2).toArray(ValueLayout.JAVA_BYTE)).containsExactly(3, 4, 5);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "6|unexpected size for input 'I0', expecting 1 additional bytes for model 'm'",
                "4|unexpected additional input data for model 'm'",
                "9223372036854775807|unexpected size for input 'I0', expecting 9223372036854775802 additional bytes for model 'm'",
                "18446744073709551615|unexpected size for input 'I0', expecting 18446744073709551610 additional bytes for model 'm'",
                "\"5\"|Unable to parse 'binary_data_size': attempt to access JSON non-unsigned-integer as unsigned-integer",
                "-1|Unable to parse 'binary_data_size': attempt to access JSON non-unsigned-integer as unsigned-integer"
            })
    void checksTheSizesOfBinaryData(String size, String text) {
        assertThatThrownBy(() -> decode(binaryInputs(size), new byte[5])).hasMessage(text);
    }

    @Test
    void wantsExactlyOneKindOfContent() {
        assertThatThrownBy(() -> decode("{\"inputs\":[1]}"))
                .hasMessage("Input must set only one of the following fields: 'data', 'binary_data_size' in "
                        + "'parameters', 'shared_memory_region' in 'parameters'. But no field is set");
        assertThatThrownBy(() -> decode("{\"inputs\":[{\"data\":[],\"parameters\":{\"binary_data_size\":1}}]}"))
                .hasMessageEndingWith("But set 'data' 'binary_data_size'");
        assertThatThrownBy(() -> decode("{\"inputs\":[{\"name\":\"I\",\"datatype\":\"FP32\",\"shape\":[1],"
                        + "\"parameters\":{\"shared_memory_region\":\"r\"}}]}"))
                .hasMessage("Unable to find shared memory region: 'r'");
    }

    @Test
    void readsRequestParameters() {
        try (DecodedRequest request = decode("{\"inputs\":[],\"parameters\":{\"sequence_id\":18446744073709551615,"
                + "\"sequence_start\":true,\"sequence_end\":false,\"priority\":3,\"timeout\":1000,"
                + "\"binary_data_output\":true,\"a\":\"x\",\"b\":-5,\"c\":false,\"d\":1.5}}")) {
            InferRequest.Header header = request.header();
            assertThat(header.correlationId()).isEqualTo(new CorrelationId.Numeric(-1));
            assertThat(header.sequenceStart()).isTrue();
            assertThat(header.sequenceEnd()).isFalse();
            assertThat(header.priority()).isEqualTo(3);
            assertThat(header.timeoutMicros()).isEqualTo(1000);
            assertThat(request.binaryByDefault()).isTrue();
            assertThat(header.parameters())
                    .isEqualTo(Map.of(
                            "a", new Parameter.Text("x"),
                            "b", new Parameter.Int(-5),
                            "c", new Parameter.Bool(false),
                            "d", new Parameter.Real(1.5)));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"triton_x\":1|400|parameter keys starting with 'triton_' are reserved for Triton usage and should not be specified.",
                "\"a\":[1]|400|parameter 'a' has invalid type. It should be either 'int', 'bool', or 'string'.",
                "\"priority\":-1|500|Unable to parse 'priority': attempt to access JSON non-unsigned-integer as unsigned-integer",
                "\"sequence_id\":-1|500|Unable to parse 'sequence_id': attempt to access JSON non-string as string",
                "\"sequence_start\":\"x\"|500|Unable to parse 'sequence_start': attempt to access JSON non-boolean as boolean"
            })
    void refusesParametersOfTheWrongType(String parameter, int status, String text) {
        assertThatThrownBy(() -> decode("{\"inputs\":[],\"parameters\":{" + parameter + "}}"))
                .hasMessage(text)
                .isInstanceOfSatisfying(
                        InferException.class,
                        e -> assertThat(e.code().httpStatus()).isEqualTo(status));
    }

    @ParameterizedTest
    @ValueSource(strings = {"[]", "\"x\"", "1", "{}"})
    void wantsInputs(String json) {
        assertThatThrownBy(() -> decode(json))
                .hasMessage("Unable to parse 'inputs': attempt to access non-existing object member 'inputs'");
    }

    @Test
    void refusesDocumentsBeyondTheLimitUnread() {
        BodyStream body = new BodyStream(new ByteArrayInputStream(new byte[0]), 1L << 40);
        assertThatThrownBy(() -> decoder.decode(body, LIMIT + 1, "m", ""))
                .hasMessage("request JSON size of 1048577 bytes exceeds the maximum allowed input size of 1048576 "
                        + "bytes. Use --http-max-input-size to increase the limit.");
    }

    @Test
    void saysWhereABodyBrokeOff() {
        byte[] head = binaryInputs("1000000000").getBytes(StandardCharsets.UTF_8);
        BodyStream body = new BodyStream(new ByteArrayInputStream(head), head.length + 1_000_000_000L);
        assertThatThrownBy(() -> decoder.decode(body, head.length, "m", ""))
                .isInstanceOf(BodyReadException.class)
                .hasMessage("the request's body ended after " + head.length + " of " + (head.length + 1_000_000_000L)
                        + " bytes");
    }
}
