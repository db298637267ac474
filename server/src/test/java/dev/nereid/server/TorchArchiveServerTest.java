package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.models.pytorch.script.ScriptArchives;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.config.ServeFlags;
import dev.nereid.server.config.ServerConfigReader;
import dev.nereid.server.javamodel.ModelJar;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.repository.LoadParameters;
import dev.nereid.server.repository.Model;
import dev.nereid.server.repository.folders.RepositoryRoot;
import dev.nereid.server.repository.validation.TensorMetadata;
import dev.nereid.server.torchserve.archive.Archives;
import dev.nereid.server.torchserve.archive.EngineModelFolder;
import dev.nereid.server.torchserve.archive.TorchArchive;
import dev.nereid.server.torchserve.handler.ModelHandler;
import dev.nereid.server.torchserve.handler.ModelTensor;
import dev.nereid.server.torchserve.handler.RequestPart;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import javax.imageio.ImageIO;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Model archives of TorchServe in a whole server: unpacked, loaded, and asked through their handlers. */
class TorchArchiveServerTest {
    private static final EngineModelFolder.Settings ALONE = new EngineModelFolder.Settings(1, 100, 1);

    @TempDir
    Path work;

    private final SlabPool memory = new SlabPool(0);
    private Server server;

    @BeforeEach
    void start() throws IOException {
        Files.createDirectories(work.resolve("repository"));
        Files.createDirectories(work.resolve("store"));
        List<String> arguments = List.of(
                "--http-address=127.0.0.1",
                "--http-port=0",
                "--allow-grpc=false",
                "--allow-metrics=false",
                "--model-control-mode=explicit");
        server = Server.start(ServerConfigReader.read(
                new FlagParser(ServeFlags.all()).parse(arguments),
                List.of(new RepositoryRoot.Local(work.resolve("repository"))),
                Map.of()));
        server.startup().join();
    }

    @AfterEach
    void stop() {
        assertThat(server.stop()).isTrue();
        assertThat(memory.usedBytes()).isZero();
    }

    @Test
    void imageClassifierAnswersWithTheProbabilitiesOfItsModel() throws IOException {
        Map<String, byte[]> files = Archives.files(Archives.manifest("image_classifier", "mean.onnx", ""));
        // The mean of each channel.
        files.put(
                "mean.onnx",
                onnx(new GraphWriter()
                        .input("image", DataType.FLOAT, -1, 3, 224, 224)
                        .output("logits", DataType.FLOAT, -1, 3)
                        .node("GlobalAveragePool", "means", "image")
                        .node("Flatten", "logits", "means")));
        files.put("index_to_name.json", names());
        Asked asked = load(files, ALONE, "");

        assertThat(asked.config.getMaxBatchSize()).isEqualTo(1024);
        assertThat(asked.config.hasDynamicBatching()).isFalse();
        String answer = asked.ask("data", red(), "image/png");
        // (1 - 0.485) / 0.229, (0 - 0.456) / 0.224 and (0 - 0.406) / 0.225 become 0.9698, 0.0134 and 0.0168.
        assertThat(answer).matches("""
                \\{
                  "red": 0\\.9698\\d+,
                  "blue": 0\\.0168\\d+,
                  "green": 0\\.0133\\d+
                \\}""");
    }

    private static byte[] names() {
        return "{\"0\": \"red\", \"1\": \"green\", \"2\": [\"n02\", \"blue\"]}".getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void instancesOfOneRequestMayBeMoreThanTheBatchSize() throws IOException {
        Map<String, byte[]> files = Archives.files(Archives.manifest("base_handler", "twice.onnx", ""));
        files.put("twice.onnx", twice());
        Asked asked = load(files, new EngineModelFolder.Settings(4, 1, 2), "kserve");

        assertThat(asked.config.getDynamicBatching().getPreferredBatchSizeList())
                .containsExactly(4);
        assertThat(asked.config.getDynamicBatching().getMaxQueueDelayMicroseconds())
                .isEqualTo(1000);
        assertThat(asked.config.getInstanceGroup(0).getCount()).isEqualTo(2);
        String body = "{\"instances\": [" + String.join(",", Collections.nCopies(9, "[1, 2]")) + "]}";
        String answer = asked.ask("body", body.getBytes(StandardCharsets.UTF_8), "application/json");
        assertThat(answer.replaceAll("\\s", ""))
                .isEqualTo("{\"predictions\":[" + String.join(",", Collections.nCopies(9, "[2.0,4.0]")) + "]}");
    }

    @Test
    void modelWithoutAnOpenFirstDimIsServedWithoutABatch() throws IOException {
        Map<String, byte[]> files = Archives.files(Archives.manifest("base_handler", "one.onnx", ""));
        files.put(
                "one.onnx",
                onnx(new GraphWriter()
                        .input("x", DataType.FLOAT, 1, 2)
                        .output("y", DataType.FLOAT, 1, 2)
                        .node("Add", "y", "x", "x")));
        Asked asked = load(files, new EngineModelFolder.Settings(8, 1, 1), "json");

        assertThat(asked.config.getMaxBatchSize()).isZero();
        assertThat(asked.ask("body", "{\"instances\": [[1, 2]]}".getBytes(StandardCharsets.UTF_8), "application/json"))
                .isEqualTo("{\"predictions\": [[2.0, 4.0]]}");
    }

    @Test
    void detectorIsServedWithoutABatch() throws IOException {
        Map<String, byte[]> files = Archives.files(Archives.manifest("object_detector", "d.onnx", ""));
        files.put(
                "d.onnx",
                onnx(new GraphWriter()
                        .input("image", DataType.FLOAT, -1, 3, -2, -3)
                        .output("boxes", DataType.FLOAT, 1, 4)
                        .output("labels", DataType.INT64, 1)
                        .output("scores", DataType.FLOAT, 1)
                        .constant("edges", 1, 2, 3, 4.5f)
                        .constant("shape", 1L, 4L)
                        .constant("seven", 7L)
                        .constant("sure", 0.5f)
                        .node("Reshape", "boxes", "edges", "shape")
                        .node("Identity", "labels", "seven")
                        .node("Identity", "scores", "sure")));
        Asked asked = load(files, ALONE, "");

        assertThat(asked.config.getMaxBatchSize()).isZero();
        assertThat(asked.ask("body", red(), "").replaceAll("\\s", ""))
                .isEqualTo("[{\"7\":[1.0,2.0,3.0,4.5],\"score\":0.5}]");
    }

    @Test
    void handlerOfTheUsersOwnIsAClassInAJar() throws IOException {
        Path jar = work.resolve("a/b/handler.jar");
        Files.createDirectories(jar.getParent());
        ModelJar.write(jar, Map.of("com.acme.Shout", """
                package com.acme;

                import dev.nereid.server.model.JavaModel;
                import dev.nereid.server.model.ModelRequest;
                import dev.nereid.server.model.ModelResponse;
                import dev.nereid.server.model.Tensors;
                import dev.nereid.tensor.Shape;
                import java.util.List;

                public class Shout implements JavaModel {
                    @Override
                    public void execute(List<ModelRequest> requests) {
                        for (ModelRequest request : requests) {
                            List<String> loud = Tensors.strings(request.input("data")).stream()
                                    .map(text -> text.toUpperCase() + "!")
                                    .toList();
                            request.respond(new ModelResponse()
                                    .output("answer", Tensors.ofStrings(Shape.of(loud.size()), loud)));
                        }
                    }
                }
                """));
        Map<String, byte[]> files = Archives.files(Archives.manifest("com.acme.Shout", "handler.jar", ""));
        files.put("handler.jar", Files.readAllBytes(jar));

        Asked plain = load(files, ALONE, "");
        assertThat(plain.ask("body", "{\"any\": \"json\"}".getBytes(StandardCharsets.UTF_8), "application/json"))
                .isEqualTo("{\"ANY\": \"JSON\"}!");
        Asked wrapped = load(files, ALONE, "json");
        assertThat(wrapped.ask("body", "{\"instances\": [\"a\", [1, 2]]}".getBytes(StandardCharsets.UTF_8), ""))
                .isEqualTo("{\"predictions\": [\"A!\", \"[1, 2]!\"]}");
    }

    @Test
    void modelThatIsNoOnnxIsRefused() {
        Map<String, byte[]> files = Archives.files(Archives.manifest("base_handler", "bad.onnx", ""));
        files.put("bad.onnx", new byte[] {1, 2, 3});

        assertThatThrownBy(() -> load(files, ALONE, ""))
                .isInstanceOf(InferException.class)
                .hasMessageStartingWith("'bad.onnx' cannot be read: ");
    }

    @Test
    void inputOfTorchScriptIsWhatTheHandlerMakes() throws IOException {
        Map<String, byte[]> images = Archives.files(Archives.manifest("image_classifier", "means.pt", ""));
        images.put("means.pt", ScriptArchives.file(ScriptArchives.module("    return torch.mean(x, [2, 3])\n")));
        images.put("index_to_name.json", names());
        Asked means = load(images, ALONE, "");

        assertThat(means.model.inputs().getFirst().shape()).containsExactly(-1L, 3L, 224L, 224L);
        assertThat(means.ask("data", red(), "image/png")).contains("\"red\": 0.96979");

        Map<String, byte[]> numbers = Archives.files(Archives.manifest("base_handler", "twice.torchscript", ""));
        numbers.put("twice.torchscript", ScriptArchives.file(ScriptArchives.module("    return torch.mul(x, 2)\n")));
        Asked twice = load(numbers, new EngineModelFolder.Settings(4, 1, 1), "json");

        assertThat(twice.model.inputs().getFirst().shape()).containsExactly(-1L, -1L);
        assertThat(twice.ask("body", bytes("{\"instances\": [[1, 2], [3, 4]]}"), "application/json"))
                .isEqualTo("{\"predictions\": [[2.0, 4.0], [6.0, 8.0]]}");
    }

    @Test
    void baseHandlersRowsOfTorchScriptAreImagesWhereNumbersDoNotFit() throws IOException {
        Map<String, byte[]> files = Archives.files(Archives.manifest("base_handler", "largest.pt", ""));
        files.put(
                "largest.pt",
                ScriptArchives.file(ScriptArchives.module(
                        "    return torch.adaptive_avg_pool2d(torch.permute(x, [0, 1, 3, 2]), [1, 1])\n")));
        Asked asked = load(files, ALONE, "json");

        assertThat(asked.model.inputs().getFirst().shape()).containsExactly(-1L, -1L, -1L, -1L);
        assertThat(asked.ask("body", bytes("{\"instances\": [[[[1, 2], [3, 4]]]]}"), "application/json"))
                .isEqualTo("{\"predictions\": [[[[2.5]]]]}");
    }

    @Test
    void inputOfTorchScriptMayStandInTheArchivesYaml() throws IOException {
        Map<String, byte[]> files = Archives.files(
                Archives.manifest("base_handler", "count.pt", ", \"configFile\": \"model-config.yaml\""));
        files.put("count.pt", ScriptArchives.file(ScriptArchives.module("    return torch.add(x, 1)\n")));
        files.put("model-config.yaml", bytes("inputs: [{name: tokens, dataType: INT64, shape: [-1, 2]}]\n"));
        Asked asked = load(files, ALONE, "json");

        assertThat(asked.model.inputs().getFirst().name()).isEqualTo("tokens");
        assertThat(asked.ask("body", bytes("{\"instances\": [[1, 2]]}"), "application/json"))
                .isEqualTo("{\"predictions\": [[2, 3]]}");
    }

    @Test
    void torchScriptThatFitsNoHandlerIsRefusedWithWhatToWrite() {
        Map<String, byte[]> files = Archives.files(Archives.manifest("base_handler", "two.pt", ""));
        files.put(
                "two.pt",
                ScriptArchives.file(ScriptArchives.module("    return torch.add(x, y)\n")
                        .replace("x: Tensor)", "x: Tensor, y: Tensor)")));
        assertThatThrownBy(() -> load(files, ALONE, ""))
                .hasMessageContaining("'two.pt' cannot be read: ")
                .hasMessageContaining("the model takes 2 inputs, [x, y], the config has 1")
                .hasMessageContaining("inputs: [{name: x, dataType: FP32, shape: [-1, 3, 224, 224]}]");

        files.put("two.pt", bytes("PK\3\4 is not enough"));
        assertThatThrownBy(() -> load(files, ALONE, ""))
                .hasMessageContaining("'two.pt' cannot be read: ")
                .hasMessageNotContaining("inputs:");
    }

    /** The recorded answer has the numbers of the classes, for it was made without the archive's names. */
    @Test
    void recordedAnswerOfAScriptedNetworkIsGiven() throws IOException {
        String data = System.getenv("NEREID_TEST_DATA");
        Path later = Path.of(data == null ? "" : data).resolve("later");
        Path recorded = later.resolve("golden-handlers/response-squeezenet.json");
        if (data == null || !Files.isRegularFile(recorded)) {
            System.out.println("SKIPPED an archive with a scripted network: NEREID_TEST_DATA names no folder with it");
        }
        Assumptions.assumeTrue(data != null && Files.isRegularFile(recorded));
        Map<String, byte[]> files = new LinkedHashMap<>();
        try (ZipFile archive =
                new ZipFile(later.resolve("golden-mar/squeezenet1_1.mar").toFile())) {
            for (ZipEntry entry : Collections.list(archive.entries())) {
                files.put(entry.getName(), archive.getInputStream(entry).readAllBytes());
            }
        }
        Asked asked = load(files, ALONE, "");

        ObjectMapper json = new ObjectMapper();
        JsonNode answer = json.readTree(
                asked.ask("data", Files.readAllBytes(later.resolve("golden-handlers/input.png")), "image/png"));
        JsonNode expected = json.readTree(recorded.toFile());
        assertThat(answer.size()).isEqualTo(expected.size());
        expected.properties()
                .forEach(
                        each -> assertThat(answer.path("thing_" + each.getKey()).doubleValue())
                                .isCloseTo(each.getValue().doubleValue(), Offset.offset(1e-5)));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A loaded model with its handler. */
    private final class Asked {
        private final Model model;
        private final ModelConfig config;
        private final ModelHandler handler;

        private Asked(Model model, ModelHandler handler) {
            this.model = model;
            this.config = model.config();
            this.handler = handler;
        }

        String ask(String part, byte[] bytes, String contentType) {
            try (RequestBudget.Share share = RequestBudget.unlimited().open()) {
                ModelHandler.Prepared prepared =
                        handler.preprocess(Map.of(part, new RequestPart(bytes, contentType)), memory, share);
                InferRequest.Header header = InferRequest.Header.of(model.name(), "1", "");
                try (InferRequest request =
                        new InferRequest(header, prepared.inputs(), List.of(), prepared.memory(), System.nanoTime())) {
                    model.validator().check(request);
                    CompletableFuture<String> answer = new CompletableFuture<>();
                    model.infer(request, new ResponseSink() {
                        @Override
                        public void respond(InferResponse response, boolean last) {
                            try (response) {
                                answer.complete(new String(
                                        handler.postprocess(prepared, response.outputs(), "", share),
                                        StandardCharsets.UTF_8));
                            } catch (RuntimeException e) {
                                answer.completeExceptionally(e);
                            }
                        }

                        @Override
                        public void fail(InferException error) {
                            answer.completeExceptionally(error);
                        }

                        @Override
                        public void end() {
                            answer.completeExceptionally(new AssertionError("no response"));
                        }
                    });
                    return answer.join();
                }
            }
        }
    }

    private Asked load(Map<String, byte[]> files, EngineModelFolder.Settings settings, String envelope) {
        String name = "m" + envelope;
        Path file = Archives.zip(work.resolve("store/" + name + ".mar"), files);
        Path root = work.resolve("models-" + envelope);
        try (TorchArchive archive = TorchArchive.open(file, work, Optional.empty())) {
            EngineModelFolder.write(archive, root.resolve(name), settings);
            server.repository().register(root, name);
            server.repository().load(name, LoadParameters.NONE);
            Model model = server.repository().find(name, "");
            return new Asked(
                    model,
                    ModelHandler.of(new ModelHandler.Setup(
                            archive.handler(),
                            envelope,
                            archive.folder(),
                            Optional.empty(),
                            archive.manifest().modelName(),
                            archive.manifest().modelVersion(),
                            tensors(model.inputs()),
                            tensors(model.outputs()))));
        }
    }

    private static List<ModelTensor> tensors(List<TensorMetadata> tensors) {
        return tensors.stream()
                .map(tensor -> new ModelTensor(tensor.name(), tensor.dataType(), tensor.shape()))
                .toList();
    }

    private byte[] twice() throws IOException {
        return onnx(new GraphWriter()
                .input("x", DataType.FLOAT, -1, 2)
                .output("y", DataType.FLOAT, -1, 2)
                .node("Add", "y", "x", "x"));
    }

    private byte[] onnx(GraphWriter file) throws IOException {
        file.write(work.resolve("written"));
        return Files.readAllBytes(work.resolve("written/model.onnx"));
    }

    private static byte[] red() throws IOException {
        BufferedImage image = new BufferedImage(4, 2, BufferedImage.TYPE_3BYTE_BGR);
        for (int i = 0; i < 8; i++) {
            image.setRGB(i % 4, i / 4, 0xFF0000);
        }
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        ImageIO.write(image, "png", file);
        return file.toByteArray();
    }
}
