package dev.nereid.server.repository.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.ConfigText;
import dev.nereid.server.repository.folders.ModelLoadException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backend and platform of configs that name one of them, both or neither. */
class BackendNamesTest {
    @TempDir
    Path folder;

    private ModelConfig complete(String text) {
        return BackendNames.complete(ConfigText.parse(text), folder);
    }

    @Test
    void refusesAPlatformThatNobodyKnows() {
        assertThatThrownBy(() -> complete("name: 'm' platform: 'onnxruntim'"))
                .isInstanceOf(ModelLoadException.class)
                .hasMessage("unexpected platform type 'onnxruntim' for m");
        assertThatThrownBy(() -> complete("name: 'm' default_model_filename: 'weights'"))
                .hasMessage("unexpected platform type '' for m; config.pbtxt names a file and no backend: add backend: "
                        + "\"onnxruntime\" if it is an ONNX model");
    }

    @Test
    void refusesAPlatformOfAnotherBackend() {
        assertThatThrownBy(() -> complete("name: 'm' platform: 'onnxruntim' backend: 'onnxruntime'"))
                .hasMessage("unexpected 'platform' and 'backend' pair, got:onnxruntim, onnxruntime");
        assertThatThrownBy(() -> complete("name: 'm' platform: 'tensorrt_plan' backend: 'onnxruntime'"))
                .hasMessage("unexpected 'platform' and 'backend' pair, got:tensorrt_plan, onnxruntime");
    }

    @Test
    void leavesThePlatformOfOtherBackendsToThem() {
        assertThat(complete("name: 'm' platform: 'mine' backend: 'identity'").getPlatform())
                .isEqualTo("mine");
    }

    @Test
    void takesTheNameOfTheFileForTheFile() throws IOException {
        Files.createFile(folder.resolve("model.pt"));
        assertThat(complete("name: 'm' default_model_filename: 'model.onnx'").getBackend())
                .isEqualTo("onnxruntime");
    }

    @Test
    void takesWhatFollowsTheFirstDotOfTheName() {
        assertThat(complete("name: 'm.identity.v2'").getBackend()).isEqualTo("identity.v2");
    }
}
