package dev.nereid.server.torchserve.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BaseHandlerTest {
    private static final List<ModelTensor> TWO = List.of(Handling.tensor("x", DataType.FP32, -1, 2));

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"instances\": [[1, 2], [3, 4.5]]}",
                "{\"instances\": [{\"data\": [1, 2]}, {\"body\": [3, 4.5]}]}",
                "{\"instances\": [[[1, 2]], [3, 4.5]]}",
                "{\"instances\": [\"[1, 2]\", {\"b64\": \"WzMsIDQuNV0=\"}]}"
            })
    void instancesAreRowsOfTheInput(String body) {
        try (Handling handling = base("json", TWO);
                ModelHandler.Prepared prepared = handling.prepare(Handling.json(body))) {
            Tensor tensor = prepared.inputs().getFirst().tensor();
            assertThat(tensor.shape()).isEqualTo(Shape.of(2, 2));
            assertThat(Handling.floats(tensor)).containsExactly(1, 2, 3, 4.5f);
            assertThat(prepared.rows()).isEqualTo(2);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[1, 2]|application/json|1,2",
                "[[1, 2]]|application/json|1,2",
                "[1, 2]|text/plain|1,2",
                "[1, 2]|application/octet-stream|1,2"
            })
    void bodyWithoutAnEnvelopeIsOneRow(String body, String contentType, String shape) {
        RequestPart part = new RequestPart(body.getBytes(StandardCharsets.UTF_8), contentType);
        try (Handling handling = base("", TWO);
                ModelHandler.Prepared prepared = handling.prepare(part)) {
            assertThat(prepared.inputs().getFirst().tensor().shape()).hasToString("[" + shape + "]");
        }
    }

    @Test
    void integersBecomeTheInputsDatatype() {
        List<ModelTensor> input = List.of(Handling.tensor("ids", DataType.INT64, -1, 2));
        try (Handling handling = base("kserve", input)) {
            try (ModelHandler.Prepared prepared = handling.prepare(Handling.json("{\"instances\": [[7, -8]]}"))) {
                assertThat(Handling.longs(prepared.inputs().getFirst().tensor()))
                        .containsExactly(7, -8);
            }
            assertThatThrownBy(() -> handling.prepare(Handling.json("{\"instances\": [[7.5, 8]]}")))
                    .isInstanceOf(InferException.class)
                    .hasMessageStartingWith("expected elements of datatype INT64: ");
            assertThat(handling.memory.usedBytes()).isZero();
        }
    }

    @Test
    void scalarsAreRows() {
        try (Handling handling = base("json", List.of(Handling.tensor("x", DataType.FP32, -1)));
                ModelHandler.Prepared prepared = handling.prepare(Handling.json("{\"instances\": [1, 2.5, 3]}"))) {
            assertThat(prepared.inputs().getFirst().tensor().shape()).isEqualTo(Shape.of(3));
            assertThat(Handling.floats(prepared.inputs().getFirst().tensor())).containsExactly(1, 2.5f, 3);
        }
    }

    @Test
    void textsAreElementsOfBytes() {
        try (Handling handling = base("json", List.of(Handling.tensor("t", DataType.STRING, -1, 1)));
                ModelHandler.Prepared prepared =
                        handling.prepare(Handling.json("{\"instances\": [\"a\", {\"b64\": \"Yg==\"}]}"))) {
            Tensor tensor = prepared.inputs().getFirst().tensor();
            assertThat(tensor.shape()).isEqualTo(Shape.of(2, 1));
            assertThat(tensor.strings()).isDeepEqualTo(new byte[][] {{'a'}, {'b'}});
        }
    }

    @Test
    void rowsOfTheFirstOutputAreTheAnswers() {
        OutputTensor output = Handling.floats("y", Shape.of(2, 2), 1, 0.1f, -3e-8f, Float.NaN);
        try (Handling handling = base("json", TWO);
                ModelHandler.Prepared prepared = handling.prepare(Handling.json("{\"instances\": [[1, 2], [3, 4]]}"))) {
            assertThat(handling.answer(prepared, output))
                    .isEqualTo("{\"predictions\": [[1.0, 0.10000000149011612], [-2.999999892949745e-08, NaN]]}");
        }
    }

    @Test
    void answerOfOneRowIsItsList() {
        try (Handling handling = base("", TWO);
                ModelHandler.Prepared prepared = handling.prepare(Handling.json("[1, 2]"))) {
            assertThat(handling.answer(prepared, Handling.floats("y", Shape.of(1, 2), 1, 2)))
                    .isEqualTo("[\n  1.0,\n  2.0\n]");
            assertThat(handling.answer(prepared, Handling.floats("y", Shape.of(1), 0.5f)))
                    .isEqualTo("0.5");
            assertThat(handling.answer(prepared, Handling.longs("y", Shape.of(1, 0))))
                    .isEqualTo("[]");
            assertThat(handling.answer(prepared, Handling.longs("y", Shape.of(1), -5)))
                    .isEqualTo("-5");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "BOOL, 1, true",
        "UINT8, 1, 255",
        "INT8, 1, -1",
        "UINT16, 2, 65535",
        "INT16, 2, -1",
        "UINT32, 4, 4294967295",
        "INT32, 4, -1",
        "UINT64, 8, 18446744073709551615",
        "INT64, 8, -1",
        "FP16, 2, NaN",
        "BF16, 2, NaN",
        "FP32, 4, NaN",
        "FP64, 8, NaN"
    })
    void everyDatatypeIsWritten(DataType type, int bytes, String expected) {
        ByteBuffer ones = ByteBuffer.allocateDirect(bytes);
        while (ones.hasRemaining()) {
            ones.put((byte) -1);
        }
        Tensor tensor = Tensor.of(type, Shape.of(1), MemorySegment.ofBuffer(ones.flip()));
        try (Handling handling = base("", TWO);
                ModelHandler.Prepared prepared = handling.prepare(Handling.json("[1, 2]"))) {
            assertThat(handling.answer(prepared, new OutputTensor("y", tensor))).isEqualTo(expected);
        }
    }

    @Test
    void valuesOfProtocolV2AreFlatWithTheirShape() {
        String body = "{\"inputs\": [{\"name\": \"a\", \"shape\": [2], \"datatype\": \"FP32\", \"data\": [1, 2]}]}";
        try (Handling handling = base("kservev2", TWO);
                ModelHandler.Prepared prepared = handling.prepare(Handling.json(body))) {
            assertThat(handling.answer(prepared, Handling.longs("y", Shape.of(1, 2, 1), 5, 6)))
                    .isEqualTo("""
                            {
                              "id": "an-id",
                              "model_name": "a-model",
                              "model_version": "1.0",
                              "outputs": [
                                {
                                  "name": "predict",
                                  "shape": [
                                    2,
                                    1
                                  ],
                                  "datatype": "INT64",
                                  "data": [
                                    5,
                                    6
                                  ]
                                }
                              ]
                            }""");
            assertThat(handling.answer(prepared, Handling.floats("y", Shape.of(1), 5)))
                    .contains("\"shape\": [],\n      \"datatype\": \"FP64\",\n      \"data\": 5.0\n");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"inputs\": []}",
                "{\"inputs\": [{}]}",
                "{\"inputs\": [1]}",
                "{\"inputs\": [{\"data\": 1}]}",
                "{\"inputs\": [{\"data\": [1], \"shape\": [2]}]}",
                "{\"inputs\": [{\"data\": [1], \"shape\": [-1]}]}",
                "{\"inputs\": [{\"data\": [1], \"shape\": [4294967296, 4294967296]}]}",
                "{\"inputs\": [{\"data\": [1], \"shape\": \"x\"}]}"
            })
    void otherBodiesOfProtocolV2AreRefused(String body) {
        try (Handling handling = base("kservev2", TWO)) {
            assertThatThrownBy(() -> handling.prepare(Handling.json(body))).isInstanceOf(InferException.class);
        }
    }

    @Test
    void modelsOfSeveralInputsAreRefused() {
        List<ModelTensor> inputs =
                List.of(Handling.tensor("a", DataType.FP32, -1), Handling.tensor("b", DataType.FP32, -1));

        assertThatThrownBy(() -> base("", inputs))
                .hasMessage("handler base_handler: expected a model with one input, got ['a' of FP32 and [-1], 'b' of"
                        + " FP32 and [-1]]");
    }

    @Test
    void imageIsNoListOfNumbers() {
        try (Handling handling = base("", TWO)) {
            assertThatThrownBy(() -> handling.prepare(Handling.bytes(new byte[] {1, 2})))
                    .hasMessageStartingWith("base_handler: expected numbers as JSON lists, got something else: ");
        }
    }

    private Handling base(String envelope, List<ModelTensor> inputs) {
        return Handling.of("base_handler", envelope, folder, inputs, List.of(Handling.tensor("y", DataType.FP32, -1)));
    }
}
