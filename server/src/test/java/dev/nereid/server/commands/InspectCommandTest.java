package dev.nereid.server.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.TextFormat;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.onnx.TensorProto.DataType;
import dev.nereid.server.cli.CommandLineException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
    @TempDir
    Path folder;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private boolean inspect(Path path) {
        return InspectCommand.inspect(path, new PrintStream(bytes, true, StandardCharsets.UTF_8));
    }

    private String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Three channels, and filters for five. */
    private static GraphWriter unsuitable() {
        return new GraphWriter()
                .input("X", DataType.FLOAT, -1, 3, 8)
                .input("W", DataType.FLOAT, 4, 5, 3)
                .output("Y", DataType.FLOAT, -1, 4, 6)
                .node("Conv", "Y", "X", "W");
    }

    @Test
    @Tag("found-22")
    void saysWhyAFileCannotBeServedAndEndsWithOne() throws Exception {
        unsuitable().write(folder);
        assertThat(inspect(folder.resolve("model.onnx"))).isFalse();
        assertThat(text())
                .contains("cannot be served: node 'Y' (Conv): w: expected filters for the 3 channels of x ")
                .doesNotContain("can be served\n");
        assertThat(Main.run(java.util.List.of(
                        "inspect", folder.resolve("model.onnx").toString())))
                .isEqualTo(1);
    }

    @Test
    @Tag("found-31")
    void showsAFilesMemoryAndAConfigThatAServerWouldComplete() throws Exception {
        GraphWriter.addition(2).write(folder);
        assertThat(inspect(folder.resolve("model.onnx"))).isTrue();
        assertThat(text()).contains("memory      ", "can be served");
        ModelConfig config = config();
        assertThat(config.getName()).isEqualTo("model");
        assertThat(config.getMaxBatchSize()).isEqualTo(4);
        assertThat(config.getInputList())
                .extracting(input -> input.getDimsList().toString())
                .containsExactly("[2]", "[2]");
        assertThat(config.hasDynamicBatching()).isTrue();
    }

    /** What follows the line config.pbtxt. */
    private ModelConfig config() throws TextFormat.ParseException {
        String shown = text().lines()
                .dropWhile(line -> !line.equals("config.pbtxt"))
                .skip(1)
                .takeWhile(line -> line.startsWith("  "))
                .collect(Collectors.joining("\n"));
        return TextFormat.parse(shown, ModelConfig.class);
    }

    @Test
    @Tag("found-31")
    void namesOpenDimsAsTheFileDoes() {
        new GraphWriter()
                .input("X", DataType.FLOAT, -1, -1)
                .output("Y", DataType.FLOAT, -1, -1)
                .node("Neg", "Y", "X")
                .write(folder);
        assertThat(inspect(folder.resolve("model.onnx"))).isTrue();
        assertThat(text()).containsPattern("name: \"X\" data_type: TYPE_FP32 dims: \\[ -1 ] } ]  # \\w+");
    }

    @Test
    @Tag("found-31")
    void showsEveryModelOfARepositoryAndWhatWouldNotLoad() throws IOException {
        GraphWriter.addition(2).write(folder.resolve("sum/1"));
        unsuitable().write(folder.resolve("wrong/1"));
        Files.createDirectories(folder.resolve("empty"));
        assertThat(inspect(folder)).isFalse();
        assertThat(text().lines().filter(line -> line.startsWith("model ")))
                .containsExactly("model empty", "model sum", "model wrong");
        assertThat(text()).contains("node 'Y' (Conv)", "name: \"sum\"");
        assertThat(text().lines().filter(line -> line.startsWith("cannot be served: ")))
                .hasSize(2);
    }

    @Test
    @Tag("found-31")
    void takesAModelsOwnFolder() throws Exception {
        GraphWriter.addition(2).write(folder.resolve("sum/3"));
        GraphWriter.addition(2).write(folder.resolve("other/1"));
        Files.writeString(folder.resolve("sum/config.pbtxt"), "max_batch_size: 7 backend: 'onnxruntime'");
        assertThat(inspect(folder.resolve("sum"))).isTrue();
        assertThat(text().lines().filter(line -> line.startsWith("model "))).containsExactly("model sum");
        assertThat(config().getMaxBatchSize()).isEqualTo(7);
    }

    @Test
    @Tag("found-31")
    void saysWhatAFolderWithoutModelsShouldHold() {
        assertThatThrownBy(() -> inspect(folder))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining("expected <model>/<version>/model.onnx");
    }

    @Test
    @Tag("found-28")
    void theLaunchersHelpIsThatOfTheCommand() throws IOException {
        Path renewed = Files.writeString(Path.of("target/usage-inspect.txt"), InspectCommand.usage());
        assertThat(Path.of("../docs/usage-inspect.txt"))
                .as("docs/usage-inspect.txt differs: copy server/target/usage-inspect.txt over it")
                .hasSameTextualContentAs(renewed);
    }
}
