package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.ConfigText;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.server.recorded.Recordings;
import dev.nereid.server.repository.config.ModelConfigReader;
import dev.nereid.server.repository.validation.DeclaredInput;
import dev.nereid.server.repository.validation.RequestValidator;
import dev.nereid.server.statement.Statement;
import dev.nereid.tensor.DataType;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RequestValidatorTest {
    private static final InferRequest.Header HEADER = InferRequest.Header.of("m", "", "r1");

    private static RequestValidator validator(String config) {
        return new RequestValidator(ConfigText.parse("name: 'm' " + config));
    }

    private static DeclaredInput input(String name, DataType type, long byteSize, long... dims) {
        return new DeclaredInput(name, Optional.of(type), dims, new DeclaredInput.Content.Bytes(byteSize));
    }

    private static String failure(RequestValidator validator, DeclaredInput... inputs) {
        try {
            validator.check(HEADER, List.of(inputs), List.of());
            return "";
        } catch (InferException e) {
            assertThat(e.code()).isEqualTo(InferException.Code.INVALID_ARG);
            return e.text();
        }
    }

    private static final List<String> REFUSALS = List.of(
            "079_", "080_", "095_", "096_", "097_", "098_", "099_", "100_", "101_", "102_", "103_", "113_", "138_",
            "168_", "169_", "254_");

    static Stream<Arguments> refusals() {
        return Recordings.all().stream()
                .flatMap(recordings -> (recordings.isSmall() ? List.of("_refused_") : REFUSALS)
                        .stream()
                                .flatMap(part -> GoldenData.exchanges(recordings, part).stream())
                                .map(exchange -> Arguments.of(recordings, exchange)));
    }

    /** Every recorded refusal that comes from the checks against the config, and not from reading the request. */
    @ParameterizedTest
    @MethodSource("refusals")
    void answersAsRecorded(Recordings recordings, GoldenData.Exchange exchange, @TempDir Path repository)
            throws IOException {
        recordings.copyModel(exchange.model(), repository);
        ModelConfig config = new ModelConfigReader("", false).read(repository.resolve(exchange.model()));
        List<DeclaredInput> inputs = new ArrayList<>();
        for (JsonNode input : exchange.request().get("inputs")) {
            long elements = input.get("data").size();
            DataType type =
                    DataType.ofProtocolName(input.get("datatype").asText()).orElseThrow();
            inputs.add(new DeclaredInput(
                    input.get("name").asText(),
                    Optional.of(type),
                    LongStream.range(0, input.get("shape").size())
                            .map(i -> input.get("shape").get((int) i).asLong())
                            .toArray(),
                    type == DataType.STRING
                            ? new DeclaredInput.Content.Strings(elements)
                            : new DeclaredInput.Content.Bytes(elements * type.bytes())));
        }
        List<RequestedOutput> outputs = new ArrayList<>();
        exchange.request()
                .path("outputs")
                .forEach(output ->
                        outputs.add(new RequestedOutput(output.get("name").asText(), 0, false)));
        assertThatThrownBy(() -> new RequestValidator(config)
                        .check(InferRequest.Header.of(exchange.model(), "", ""), inputs, outputs))
                .as(exchange.name())
                .isInstanceOfSatisfying(InferException.class, e -> {
                    assertThat(e.text())
                            .isEqualTo(exchange.response().get("error").asText());
                    assertThat(e.code().httpStatus()).isEqualTo(exchange.status());
                });
    }

    @Test
    @Statement(1)
    void acceptsAnyBatchUpToTheMaximum() {
        RequestValidator validator =
                validator("max_batch_size: 4 input { name: 'X' data_type: TYPE_INT32 dims: [ -1, 2 ] }");
        for (long batch = 1; batch <= 4; batch++) {
            assertThat(failure(validator, input("X", DataType.INT32, batch * 24, batch, 3, 2)))
                    .isEmpty();
        }
        assertThat(failure(validator, input("X", DataType.INT32, 120, 5, 3, 2)))
                .isEqualTo("[request id: r1] inference request batch-size must be <= 4 for 'm'");
    }

    @Test
    @Statement(3)
    void takesShapesWholeWithoutBatching() {
        RequestValidator validator = validator("input { name: 'X' data_type: TYPE_INT32 dims: [ 2 ] }");
        assertThat(failure(validator, input("X", DataType.INT32, 8, 2))).isEmpty();
        assertThat(failure(validator, input("X", DataType.INT32, 8, 1, 2)))
                .isEqualTo("[request id: r1] unexpected shape for input 'X' for model 'm'. Expected [2], got [1,2]. ");
    }

    @Test
    void wantsEveryDimKnownAndNotNegative() {
        RequestValidator validator = validator("input { name: 'X' data_type: TYPE_INT32 dims: [ -1 ] }");
        assertThat(failure(validator, input("X", DataType.INT32, 4, -1)))
                .isEqualTo("[request id: r1] All input dimensions should be specified for input 'X' for model 'm', "
                        + "got [-1]");
        assertThat(failure(validator, input("X", DataType.INT32, 4, -16)))
                .isEqualTo("[request id: r1] unexpected shape for input 'X' for model 'm'. Expected [-1], got [-16]. ");
        assertThat(failure(validator, input("X", DataType.INT32, 0, 0))).isEmpty();
    }

    @Test
    @Statement(2)
    void wantsTheSameBatchOfAllInputsButShapeTensors() {
        RequestValidator validator = validator("max_batch_size: 4 input { name: 'X' data_type: TYPE_INT32 dims: 1 } "
                + "input { name: 'Y' data_type: TYPE_INT32 dims: 1 } "
                + "input { name: 'SHAPE' data_type: TYPE_INT32 dims: 3 is_shape_tensor: true }");
        DeclaredInput shape = input("SHAPE", DataType.INT32, 12, 3);
        assertThat(failure(validator, input("X", DataType.INT32, 8, 2, 1), input("Y", DataType.INT32, 8, 2, 1), shape))
                .isEmpty();
        assertThat(failure(validator, input("X", DataType.INT32, 8, 2, 1), input("Y", DataType.INT32, 4, 1, 1), shape))
                .isEqualTo("[request id: r1] input 'X' batch size does not match other inputs for 'm'");
    }

    @Test
    @Statement(4)
    void wantsEveryInputAndNoOther() {
        RequestValidator validator = validator("input { name: 'X' data_type: TYPE_INT32 dims: 1 } "
                + "input { name: 'Y' data_type: TYPE_INT32 dims: 1 }");
        DeclaredInput x = input("X", DataType.INT32, 4, 1);
        assertThat(failure(validator, x))
                .isEqualTo("[request id: r1] expected 2 inputs but got 1 inputs for model 'm'. Got input(s) ['X'], but "
                        + "missing required input(s) ['Y']. Please provide all required input(s).");
        assertThat(failure(validator, x, input("Y", DataType.INT32, 4, 1), input("Z", DataType.INT32, 4, 1)))
                .startsWith("[request id: r1] expected 2 inputs but got 3 inputs for model 'm'.");
    }

    @Test
    @Statement(5)
    void comparesByteSizesWithTheShape() {
        RequestValidator validator =
                validator("max_batch_size: 8 input { name: 'X' data_type: TYPE_INT32 dims: [ 16 ] }");
        assertThat(failure(validator, input("X", DataType.INT32, 60, 1, 16)))
                .isEqualTo(
                        "[request id: r1] input byte size mismatch for input 'X' for model 'm'. Expected 64, got 60");
        assertThat(failure(validator, input("X", DataType.INT32, 0, 0, 16)))
                .as("an empty batch")
                .isEqualTo("[request id: r1] input byte size mismatch for input 'X' for model 'm'. Expected 64, got 0");
    }

    @Test
    void namesAnUnknownDatatypeInvalid() {
        RequestValidator validator = validator("input { name: 'X' data_type: TYPE_INT32 dims: [ 1 ] }");
        DeclaredInput input =
                new DeclaredInput("X", Optional.empty(), new long[] {1}, new DeclaredInput.Content.Bytes(4));
        assertThat(failure(validator, input))
                .isEqualTo("[request id: r1] inference input 'X' data-type is '<invalid>', but model 'm' expects "
                        + "'INT32'");
    }

    @Test
    @Statement(4)
    void letsOptionalInputsBeLeftOut() {
        RequestValidator validator = validator("input { name: 'X' data_type: TYPE_INT32 dims: [ 1 ] } "
                + "input { name: 'Y' data_type: TYPE_INT32 dims: [ 1 ] optional: true }");
        assertThat(failure(validator, input("X", DataType.INT32, 4, 1))).isEmpty();
        assertThat(failure(validator))
                .isEqualTo("[request id: r1] expected number of inputs between 1 and 2 but got 0 inputs for model 'm'. "
                        + "Got input(s) [], but missing required input(s) ['X']. Please provide all required "
                        + "input(s).");
        assertThat(failure(validator, input("Y", DataType.INT32, 4, 1)))
                .isEqualTo("[request id: r1] expected number of inputs between 1 and 2 but got 1 inputs for model 'm'. "
                        + "Got input(s) ['Y'], but missing required input(s) ['X']. Please provide all required "
                        + "input(s).");
    }

    @Test
    @Statement(5)
    void checksSerialisedStringsElementByElement() {
        RequestValidator validator = validator("input { name: 'X' data_type: TYPE_STRING dims: [ 2 ] }");
        assertThatCode(() -> validator.check(HEADER, List.of(strings(1, 0, 0, 0, 'a', 0, 0, 0, 0)), List.of()))
                .doesNotThrowAnyException();
        assertThat(failure(validator, strings(1, 0, 0, 0, 'a')))
                .isEqualTo("[request id: r1] expected 2 string elements for inference input 'X' for model 'm', got 1");
        assertThat(failure(validator, strings(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)))
                .isEqualTo("[request id: r1] unexpected number of string elements 3 for inference input 'X' for model "
                        + "'m', expecting 2");
        assertThat(failure(validator, strings(0, 0, 0, 0, 1, 0)))
                .startsWith("[request id: r1] incomplete string length indicator for inference input 'X' for model "
                        + "'m', expecting 4 bytes but only 2 bytes available.");
        assertThat(failure(validator, strings(0, 0, 0, 0, 100, 0, 0, 0, 'a', 'b', 'c')))
                .isEqualTo("incomplete string data for inference input 'X', expecting string of length 100 but only 3 "
                        + "bytes available");
        assertThat(failure(validator, strings(0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF)))
                .contains("expecting string of length 4294967295");
    }

    private static DeclaredInput strings(int... bytes) {
        byte[] content = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            content[i] = (byte) bytes[i];
        }
        return new DeclaredInput(
                "X",
                Optional.of(DataType.STRING),
                new long[] {2},
                new DeclaredInput.Content.SerializedStrings(MemorySegment.ofArray(content)));
    }
}
