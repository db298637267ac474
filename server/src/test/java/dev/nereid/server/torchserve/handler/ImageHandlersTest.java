package dev.nereid.server.torchserve.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageHandlersTest {
    private static final float RED = (1 - 0.485f) / 0.229f;
    private static final float GREEN = (0 - 0.456f) / 0.224f;
    private static final OutputTensor THREE = Handling.floats("y", Shape.of(1, 3), 1, 3, 2);

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"data", "body"})
    void imageIsAPartOrTheBody(String name) throws IOException {
        try (Handling handling = classifier("");
                ModelHandler.Prepared prepared = handling.prepare(name, Handling.bytes(red()))) {
            checkRed(prepared, 1);
        }
    }

    @Test
    void imageAsBase64IsTextOrJson() throws IOException {
        String base64 = Base64.getMimeEncoder(20, new byte[] {'\n'}).encodeToString(red());
        List<RequestPart> bodies =
                List.of(Handling.text(base64), Handling.json("\"" + base64.replace("\n", "\\n") + "\""));
        for (RequestPart body : bodies) {
            try (Handling handling = classifier("");
                    ModelHandler.Prepared prepared = handling.prepare(body)) {
                checkRed(prepared, 1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"json", "kserve"})
    void instancesAreABatch(String envelope) throws IOException {
        String base64 = Base64.getEncoder().encodeToString(red());
        String body = "{\"instances\": [{\"data\": \"" + base64 + "\"}, {\"b64\": \"" + base64
                + "\"}, {\"body\": {\"b64\": \"" + base64 + "\"}}]}";
        try (Handling handling = classifier(envelope);
                ModelHandler.Prepared prepared =
                        handling.prepare(Handling.bytes(body.getBytes(StandardCharsets.UTF_8)))) {
            checkRed(prepared, 3);
        }
    }

    @Test
    void numbersAreTakenAsTheyAre() {
        try (Handling handling = classifier("");
                ModelHandler.Prepared prepared = handling.prepare(Handling.json("[[[1,2.5],[3,-4]]]"))) {
            Tensor tensor = prepared.inputs().getFirst().tensor();
            assertThat(tensor.shape()).isEqualTo(Shape.of(1, 1, 2, 2));
            assertThat(Handling.floats(tensor)).containsExactly(1, 2.5f, 3, -4);
        }
    }

    @Test
    void imagesOfOneRequestHaveOneSize() throws IOException {
        String base64 = Base64.getEncoder().encodeToString(red());
        try (Handling handling = classifier("kserve")) {
            assertThatThrownBy(() -> handling.prepare(
                            Handling.json("{\"instances\": [{\"data\": \"" + base64 + "\"}, [[[1]]]]}")))
                    .hasMessage("expected instances of one size, got [3,224,224] at entry 0 and [1,1,1] at entry 1");
            assertThat(handling.memory.usedBytes()).isZero();
        }
    }

    @Test
    void decodedImagesDoNotAddUpOnTheHeap() throws IOException {
        BufferedImage large = new BufferedImage(2000, 1000, BufferedImage.TYPE_3BYTE_BGR);
        String row = "{\"b64\": \"" + Base64.getEncoder().encodeToString(png(large)) + "\"}";
        String body = "{\"instances\": [" + String.join(",", Collections.nCopies(20, row)) + "]}";
        try (Handling handling = classifier("json");
                ModelHandler.Prepared prepared = handling.prepare(Handling.json(body))) {
            assertThat(prepared.rows()).isEqualTo(20);
            assertThat(handling.share.held()).isLessThan(6_000_000);
        }
    }

    @Test
    void classesAreInOrderOfTheirProbability() {
        try (Handling handling = classifier("");
                ModelHandler.Prepared prepared = handling.prepare(Handling.json("[[[1]]]"))) {
            assertThat(handling.answer(prepared, THREE)).isEqualTo("""
                    {
                      "1": 0.6652409434318542,
                      "2": 0.2447284758090973,
                      "0": 0.09003057330846786
                    }""");
        }
    }

    @Test
    void fiveClassesAreAnsweredAndOfEqualOnesTheFirst() {
        try (Handling handling = classifier("json");
                ModelHandler.Prepared prepared = handling.prepare(Handling.json("{\"instances\": [[[[1]]]]}"))) {
            assertThat(handling.answer(prepared, Handling.floats("y", Shape.of(1, 8), 0, 0, 0, 0, 0, 0, 0, 0)))
                    .isEqualTo(
                            "{\"predictions\": [{\"0\": 0.125, \"1\": 0.125, \"2\": 0.125, \"3\": 0.125, \"4\": 0.125}]}");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"0\": [\"n01\", \"tench\"], \"1\": \"caf\\u00e9\", \"2\": [\"caf\\u00e9\"]}",
                "{\"object_type_names\": [\"tench\", \"caf\\u00e9\", \"caf\\u00e9\"]}"
            })
    void namesOfClassesAreThoseOfTheArchiveAndEqualOnesCollapse(String names) throws IOException {
        Files.writeString(folder.resolve("index_to_name.json"), names);
        try (Handling handling = classifier("");
                ModelHandler.Prepared prepared = handling.prepare(Handling.json("[[[1]]]"))) {
            // The second of the equal names overwrites the value in the first one's place.
            assertThat(handling.answer(prepared, THREE)).isEqualTo("""
                    {
                      "caf\\u00e9": 0.2447284758090973,
                      "tench": 0.09003057330846786
                    }""");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"0\": 1}", "{\"0\": []}", "[1]", "{", ""})
    void namesOfClassesOfAnotherFormAreRefused(String names) throws IOException {
        Files.writeString(folder.resolve("index_to_name.json"), names);

        assertThatThrownBy(() -> classifier(""))
                .isInstanceOf(InferException.class)
                .hasMessageStartingWith("index_to_name.json: ");
    }

    @Test
    void answersOfEnvelopesHaveTheirForm() {
        OutputTensor two = Handling.floats("y", Shape.of(2, 2), 0, 0, 0, 0);
        try (Handling handling = classifier("kserve");
                ModelHandler.Prepared prepared =
                        handling.prepare(Handling.json("{\"instances\": [[[[1]]],[[[2]]]]}"))) {
            assertThat(handling.answer(prepared, two)).isEqualTo("""
                    {
                      "predictions": [
                        {
                          "0": 0.5,
                          "1": 0.5
                        },
                        {
                          "0": 0.5,
                          "1": 0.5
                        }
                      ]
                    }""");
        }
        try (Handling handling = classifier("body");
                ModelHandler.Prepared prepared = handling.prepare(Handling.json("[[[1]]]"))) {
            assertThat(handling.answer(prepared, Handling.floats("y", Shape.of(1, 1), 7)))
                    .isEqualTo("{\n  \"0\": 1.0\n}");
        }
    }

    @Test
    void answersOfProtocolV2HaveAnOutputForEachInput() throws IOException {
        String base64 = Base64.getEncoder().encodeToString(red());
        String input = "{\"name\": \"i\", \"shape\": [1], \"datatype\": \"BYTES\", \"data\": [\"" + base64 + "\"]}";
        try (Handling handling = classifier("kservev2");
                ModelHandler.Prepared prepared =
                        handling.prepare(Handling.json("{\"id\": \"d3\", \"inputs\": [" + input + "]}"))) {
            checkRed(prepared, 1);
            assertThat(handling.answer(prepared, Handling.floats("y", Shape.of(1, 1), 7)))
                    .isEqualTo("""
                    {
                      "id": "d3",
                      "model_name": "a-model",
                      "model_version": "1.0",
                      "outputs": [
                        {
                          "name": "predict",
                          "shape": [],
                          "datatype": "BYTES",
                          "data": {
                            "0": 1.0
                          }
                        }
                      ]
                    }""");
        }
        try (Handling handling = classifier("kservev2");
                ModelHandler.Prepared prepared = handling.prepare(Handling.json("{\"inputs\": [" + input + "]}"))) {
            assertThat(handling.answer(prepared, Handling.floats("y", Shape.of(1, 1), 7)))
                    .startsWith("{\n  \"id\": \"an-id\",\n");
        }
    }

    @Test
    void flatNumbersOfProtocolV2HaveTheShapeThatTheyName() {
        try (Handling handling = classifier("kservev2");
                ModelHandler.Prepared prepared = handling.prepare(Handling.json(
                        "{\"inputs\": [{\"shape\": [1, 1, 2, 1], \"data\": [1, 2], \"datatype\": \"FP32\"}]}"))) {
            assertThat(prepared.inputs().getFirst().tensor().shape()).isEqualTo(Shape.of(1, 1, 2, 1));
        }
    }

    @Test
    void outputsWithAnotherNumberOfRowsAreRefused() {
        try (Handling handling = classifier("");
                ModelHandler.Prepared prepared = handling.prepare(Handling.json("[[[1]]]"))) {
            assertThatThrownBy(() -> handling.answer(prepared, Handling.floats("y", Shape.of(2, 1), 7, 8)))
                    .hasMessage("number of batch response mismatched: expected 1, got 2");
            assertThatThrownBy(() -> handling.answer(prepared, Handling.floats("y", Shape.of(1), 7)))
                    .hasMessage("expected a model output of 2 dims, got [1]");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"a\": \"b\"}", "{\"data\": {\"a\": 1}}", "{\"b64\": 1}", "[[1],[2,3]]", "[\"a\"]"})
    void otherInstancesAreRefused(String instance) {
        try (Handling handling = classifier("json")) {
            assertThatThrownBy(() -> handling.prepare(Handling.json("{\"instances\": [" + instance + "]}")))
                    .isInstanceOf(InferException.class)
                    .hasMessageStartingWith("expected");
            assertThat(handling.memory.usedBytes()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "[1]", "{\"instances\": 1}", "{\"instances\": []}", "1"})
    void bodiesWithoutInstancesAreRefused(String body) {
        for (String envelope : List.of("json", "kserve")) {
            try (Handling handling = classifier(envelope)) {
                assertThatThrownBy(() -> handling.prepare(Handling.json(body)))
                        .isInstanceOf(InferException.class)
                        .hasMessageStartingWith("envelope " + envelope + ": expected ")
                        .hasMessageContaining("'instances'");
            }
        }
    }

    @Test
    void deeplyNestedObjectsAreRefused() {
        String deep = "{\"data\": ".repeat(100_000) + "1" + "}".repeat(100_000);
        try (Handling handling = classifier("json")) {
            assertThatThrownBy(() -> handling.prepare(Handling.json("{\"instances\": [" + deep + "]}")))
                    .hasMessage("expected a text or numbers in an instance, got an object");
        }
    }

    @Test
    void requestWithoutDataIsRefused() {
        try (Handling handling = classifier("")) {
            assertThatThrownBy(() -> handling.prepare("picture", Handling.bytes(new byte[] {1})))
                    .hasMessage(
                            "expected a body, or a form with a part 'data' or 'body' that is not empty, got only picture");
            assertThatThrownBy(() -> handling.prepare(Handling.bytes(new byte[0])))
                    .isInstanceOf(InferException.class);
        }
    }

    @Test
    void segmenterAnswersWithTheClassOfEachPixel() {
        List<ModelTensor> outputs = List.of(
                Handling.tensor("aux", DataType.FP32, -1, 2, -1, -1),
                Handling.tensor("out", DataType.FP32, -1, 2, -1, -1));
        OutputTensor aux = Handling.floats("aux", Shape.of(1, 2, 1, 2), 9, 9, 9, 9);
        OutputTensor out = Handling.floats("out", Shape.of(1, 2, 1, 2), 0, 1, 2, 1);
        try (Handling handling = Handling.of("image_segmenter", "", folder, Handling.IMAGES, outputs);
                ModelHandler.Prepared prepared = handling.prepare(Handling.json("[[[1]]]"))) {
            assertThat(handling.answer(prepared, aux, out)).isEqualTo("""
                    [
                      [
                        [
                          1.0,
                          0.8807970881462097
                        ],
                        [
                          0.0,
                          0.5
                        ]
                      ]
                    ]""");
        }
        try (Handling handling = Handling.of("image_segmenter", "kservev2", folder, Handling.IMAGES, outputs);
                ModelHandler.Prepared prepared =
                        handling.prepare(Handling.json("{\"inputs\": [{\"data\": [[[1]]]}]}"))) {
            assertThat(handling.answer(prepared, aux, out).replaceAll("\\s", ""))
                    .endsWith("\"shape\":[1,2,2],\"datatype\":\"FP64\",\"data\":[1.0,0.8807970881462097,0.0,0.5]}]}");
        }
    }

    @Test
    void detectorAnswersWithTheBoxesThatItIsSureOf() throws IOException {
        Files.writeString(folder.resolve("index_to_name.json"), "{\"7\": \"cat\"}");
        try (Handling handling = detector("");
                ModelHandler.Prepared prepared = handling.prepare(Handling.bytes(red()))) {
            Tensor image = prepared.inputs().getFirst().tensor();
            assertThat(image.shape()).isEqualTo(Shape.of(3, 2, 4));
            assertThat(Handling.floats(image)).containsExactly(Arrays.copyOf(ones(8), 24));

            String answer = handling.answer(
                    prepared,
                    Handling.floats("scores", Shape.of(3), 0.75f, 0.25f, 0.5f),
                    Handling.longs("labels", Shape.of(3), 7, 8, 9),
                    Handling.floats("boxes", Shape.of(3, 4), 1, 2, 3, 4, 0, 0, 0, 0, 5, 6, 7, 8.5f));

            assertThat(answer).isEqualTo("""
                    [
                      {
                        "cat": [
                          1.0,
                          2.0,
                          3.0,
                          4.0
                        ],
                        "score": 0.75
                      },
                      {
                        "9": [
                          5.0,
                          6.0,
                          7.0,
                          8.5
                        ],
                        "score": 0.5
                      }
                    ]""");
        }
    }

    @Test
    void detectorOfNothingAnswersWithAnEmptyList() throws IOException {
        try (Handling handling = detector("");
                ModelHandler.Prepared prepared = handling.prepare(Handling.bytes(red()))) {
            assertThat(handling.answer(
                            prepared,
                            Handling.floats("scores", Shape.of(0)),
                            Handling.longs("labels", Shape.of(0)),
                            Handling.floats("boxes", Shape.of(0, 4))))
                    .isEqualTo("[]");
        }
    }

    @Test
    void modelsThatDoNotSuitAHandlerAreRefused() {
        List<ModelTensor> numbers = List.of(Handling.tensor("ids", DataType.INT64, -1, 8));
        assertThatThrownBy(() -> Handling.of("image_classifier", "", folder, numbers, Handling.SCORES))
                .hasMessage(
                        "handler image_classifier: expected a model with one input of FP32 and 4 dims (batch, channels,"
                                + " height, width), got ['ids' of INT64 and [-1, 8]]");
        assertThatThrownBy(() -> Handling.of("image_segmenter", "", folder, numbers, Handling.SCORES))
                .hasMessageStartingWith("handler image_segmenter: expected a model with one input");
        assertThatThrownBy(() -> Handling.of("object_detector", "", folder, numbers, Handling.SCORES))
                .hasMessageStartingWith("handler object_detector: expected a model with one input");
        assertThatThrownBy(() -> Handling.of("object_detector", "", folder, Handling.IMAGES, Handling.SCORES))
                .hasMessageStartingWith("handler object_detector: expected a model with the outputs boxes, labels");
    }

    @Test
    void unknownNamesAreRefusedWithThoseThatThereAre() {
        assertThatThrownBy(() -> Handling.of("mnist", "", folder, Handling.IMAGES, Handling.SCORES))
                .hasMessage("handler 'mnist': expected one of base_handler, image_classifier, image_segmenter,"
                        + " object_detector, text_classifier");
        assertThatThrownBy(() -> classifier("seldon"))
                .hasMessage("service envelope 'seldon': expected one of body, json, kserve, kservev2");
    }

    private Handling classifier(String envelope) {
        return Handling.of("image_classifier", envelope, folder, Handling.IMAGES, Handling.SCORES);
    }

    private Handling detector(String envelope) {
        return Handling.of(
                "object_detector",
                envelope,
                folder,
                List.of(Handling.tensor("image", DataType.FP32, 3, -1, -1)),
                List.of(
                        Handling.tensor("boxes", DataType.FP32, -1, 4),
                        Handling.tensor("labels", DataType.INT64, -1),
                        Handling.tensor("scores", DataType.FP32, -1)));
    }

    private static void checkRed(ModelHandler.Prepared prepared, int rows) {
        assertThat(prepared.rows()).isEqualTo(rows);
        assertThat(prepared.inputs()).hasSize(1);
        assertThat(prepared.inputs().getFirst().name()).isEqualTo("x");
        Tensor tensor = prepared.inputs().getFirst().tensor();
        assertThat(tensor.shape()).isEqualTo(Shape.of(rows, 3, 224, 224));
        int last = (rows - 1) * 3 * 224 * 224;
        assertThat(Handling.floats(tensor)[last]).isEqualTo(RED);
        assertThat(Handling.floats(tensor)[last + 224 * 224]).isEqualTo(GREEN);
    }

    private static float[] ones(int count) {
        float[] ones = new float[count];
        Arrays.fill(ones, 1);
        return ones;
    }

    private static byte[] red() throws IOException {
        BufferedImage image = new BufferedImage(4, 2, BufferedImage.TYPE_3BYTE_BGR);
        for (int i = 0; i < 8; i++) {
            image.setRGB(i % 4, i / 4, 0xFF0000);
        }
        return png(image);
    }

    private static byte[] png(BufferedImage image) throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ImageIO.write(image, "png", file);
        return file.toByteArray();
    }
}
