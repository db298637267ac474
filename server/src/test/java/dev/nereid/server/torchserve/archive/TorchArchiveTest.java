package dev.nereid.server.torchserve.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TorchArchiveTest {
    @TempDir
    Path store;

    @TempDir
    Path workspace;

    @ParameterizedTest
    @ValueSource(strings = {"net.mar", "net.tar.gz", "net"})
    void archiveIsItsManifestAndFiles(String name) throws IOException {
        Map<String, byte[]> files = files(Archives.manifest(
                "base_handler",
                "net.onnx",
                ", \"configFile\": \"model-config.yaml\", \"envelope\": \"kserve\", \"sourceVocab\": \"v.txt\""));
        files.put("model-config.yaml", Archives.bytes("minWorkers: 2\nbatchSize: 4\n"));
        try (TorchArchive archive = open(name, files)) {
            assertThat(archive.manifest().modelName()).isEqualTo("net");
            assertThat(archive.manifest().modelVersion()).isEqualTo("2.0");
            assertThat(archive.manifest().envelope()).isEqualTo("kserve");
            assertThat(archive.manifest().sourceVocab()).isEqualTo("v.txt");
            assertThat(archive.manifest().createdOn()).isEqualTo("25/11/2026 00:20:00");
            assertThat(archive.manifest().archiverVersion()).isEqualTo("0.12.0");
            assertThat(archive.handler()).isEqualTo("base_handler");
            assertThat(archive.config().number("minWorkers")).isEqualTo(OptionalLong.of(2));
            assertThat(archive.serialized()).hasContent("a model");
            assertThat(archive.otherFiles()).containsExactly(archive.folder().resolve("model-config.yaml"));
        }
        assertThat(workspace).isEmptyDirectory();
        assertThat(store.resolve(name)).exists();
    }

    @Test
    void handlerOfTheRegistrationIsUsedInstead() {
        try (TorchArchive archive = TorchArchive.open(
                write("net.mar", files(Archives.manifest("my.py", "net.onnx", ""))),
                workspace,
                Optional.of("object_detector"))) {
            assertThat(archive.handler()).isEqualTo("object_detector");
        }
    }

    @Test
    void versionIsOneWhereNoneIsGiven() {
        String manifest =
                "{\"model\": {\"modelName\": \"n\", \"handler\": \"base_handler\", \"serializedFile\": \"net.onnx\"}}";
        try (TorchArchive archive = open("net.mar", files(manifest))) {
            assertThat(archive.manifest().modelVersion()).isEqualTo("1.0");
        }
    }

    @Test
    void archiveThatIsNotThereIsNotFound() {
        assertThatThrownBy(() -> TorchArchive.open(store.resolve("x.mar"), workspace, Optional.empty()))
                .isInstanceOfSatisfying(
                        InferException.class, e -> assertThat(e.code()).isEqualTo(InferException.Code.NOT_FOUND))
                .hasMessage("model archive 'x.mar' not found");
    }

    @Test
    void eagerModelIsRefused() {
        refuses(
                Archives.manifest("image_classifier", "net.pt", ", \"modelFile\": \"model.py\""),
                "model file 'model.py' is a Python class (eager mode), which is not run here: export the model with"
                        + " torch.export.save(torch.export.export(model, (example,)), 'model.pt2') or"
                        + " torch.onnx.export(model, example, 'model.onnx') and pack that as the serialized file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"my_handler.py", "my_handler.py:handle"})
    void handlerInPythonIsRefusedWithWhatThereIs(String handler) {
        refuses(
                Archives.manifest(handler, "net.onnx", ""),
                "handler '" + handler + "' is Python, which is not run here; there are base_handler, image_classifier,"
                        + " image_segmenter, object_detector, text_classifier, and one of your own can be written in Java"
                        + " (docs/java-models.md)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dali_image_classifier", "", "happy"})
    void unknownHandlerIsRefused(String handler) {
        refuses(
                Archives.manifest(handler, "net.onnx", ""),
                "handler '" + handler + "' is unknown; there are base_handler, image_classifier, image_segmenter,"
                        + " object_detector, text_classifier, and one of your own can be written in Java"
                        + " (docs/java-models.md)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"net.pth", "net.safetensors", "net.so", "net"})
    void serializedFilesOfOtherFormatsAreRefused(String name) {
        Map<String, byte[]> files = files(Archives.manifest("image_classifier", name, ""));
        files.put(name, Archives.bytes("weights"));

        assertThatThrownBy(() -> open("net.mar", files))
                .hasMessage(
                        "model archive 'net.mar': serialized file '" + name + "' is no model that can be served, which"
                                + " end in .onnx, .pt2, .pt: export the model with"
                                + " torch.export.save(torch.export.export(model, (example,)), 'model.pt2') or"
                                + " torch.onnx.export(model, example, 'model.onnx') and pack that as the serialized file");
        assertThat(workspace).isEmptyDirectory();
    }

    @Test
    void archiveWithoutASerializedFileIsRefused() {
        refuses(
                "{\"model\": {\"modelName\": \"n\", \"handler\": \"base_handler\"}}",
                "its manifest names no 'serializedFile', the file with the model");
        refuses(
                Archives.manifest("base_handler", "other.onnx", ""),
                "its manifest names 'other.onnx' as 'serializedFile', expected a file that is in it");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../secret.onnx", "/etc/hostname.onnx", "a/../../secret.onnx", "MAR-INF"})
    void filesOutsideOfTheArchiveAreRefused(String name) throws IOException {
        Files.writeString(workspace.resolve("secret.onnx"), "?");
        Map<String, byte[]> files = files(Archives.manifest("base_handler", name, ""));

        assertThatThrownBy(() -> open("net.mar", files)).hasMessageContaining("expected a file that is in it");
        assertThatThrownBy(() -> open("net", files)).hasMessageContaining("expected a file that is in it");
    }

    @Test
    void archiveWithoutAManifestIsRefused() {
        for (String name : List.of("net.mar", "net.tgz", "net")) {
            assertThatThrownBy(() -> open(name, Map.of("net.onnx", new byte[1])))
                    .hasMessage(
                            "model archive '" + name + "': expected MAR-INF/MANIFEST.json in it, got none: make it with"
                                    + " torch-model-archiver");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]|expected an object with the object 'model'",
                "{\"model\": 1}|expected an object with the object 'model'",
                "{\"model\": {}}|expected a text 'modelName' in 'model'",
                "{\"model\": {\"modelName\": 1}}|expected a text as 'modelName'"
            })
    void manifestOfAnotherFormIsRefused(String manifest, String message) {
        refuses(manifest, "MAR-INF/MANIFEST.json: " + message);
    }

    @Test
    void manifestThatIsNoJsonOrTooLargeIsRefused() {
        assertThatThrownBy(() -> open("net.mar", files("{")))
                .hasMessageStartingWith("model archive 'net.mar': MAR-INF/MANIFEST.json: failed to parse");
        refuses(" ".repeat((1 << 20) + 1), "MAR-INF/MANIFEST.json: expected at most 1048576 bytes, got 1048577");
    }

    @Test
    void filesThatAreNoArchivesAreRefused() throws IOException {
        for (String name : List.of("net.mar", "net.tar.gz")) {
            Files.writeString(store.resolve(name), "hello");
            assertThatThrownBy(() -> TorchArchive.open(store.resolve(name), workspace, Optional.empty()))
                    .isInstanceOf(InferException.class)
                    .hasMessageStartingWith("model archive '" + name + "': it cannot be unpacked: ");
        }
        assertThat(workspace).isEmptyDirectory();
    }

    @Test
    void configThatIsMissingOrBrokenIsRefused() {
        String manifest = Archives.manifest("base_handler", "net.onnx", ", \"configFile\": \"c.yaml\"");
        refuses(manifest, "its manifest names 'c.yaml' as 'configFile', expected a file that is in it");
        Map<String, byte[]> files = files(manifest);
        files.put("c.yaml", Archives.bytes("batchSize: many\n"));
        assertThatThrownBy(() -> open("net.mar", files))
                .hasMessage("model archive 'net.mar': c.yaml: batchSize: expected a whole number from 0 to 2147483647,"
                        + " got 'many'");
    }

    /** Archives of TorchScript, from the folder that {@code NEREID_TEST_DATA} names. */
    private void refuses(String manifest, String message) {
        assertThatThrownBy(() -> open("net.mar", files(manifest)))
                .isInstanceOf(InferException.class)
                .hasMessage("model archive 'net.mar': " + message);
        assertThat(workspace).isEmptyDirectory();
    }

    private static Map<String, byte[]> files(String manifest) {
        Map<String, byte[]> files = Archives.files(manifest);
        files.put("net.onnx", Archives.bytes("a model"));
        return files;
    }

    private TorchArchive open(String name, Map<String, byte[]> files) {
        return TorchArchive.open(write(name, files), workspace, Optional.empty());
    }

    private Path write(String name, Map<String, byte[]> files) {
        Path archive = store.resolve(name);
        if (name.endsWith(".mar")) {
            return Archives.zip(archive, files);
        }
        if (name.contains(".")) {
            return Archives.tar(archive, files);
        }
        files.forEach((path, content) -> {
            try {
                Files.createDirectories(archive.resolve(path).getParent());
                Files.write(archive.resolve(path), content);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        return archive;
    }
}
