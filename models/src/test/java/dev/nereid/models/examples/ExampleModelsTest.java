package dev.nereid.models.examples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.proto.onnx.ModelProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ExampleModelsTest {
    @ParameterizedTest
    @MethodSource("paths")
    void committedFileIsWhatTheWriterWrites(String path) throws IOException {
        ModelProto model = java.util.Objects.requireNonNull(ExampleModels.all().get(path), path);

        assertThat(Files.readAllBytes(Path.of(path)))
                .as("models/%s: write it again with ExampleModels.main", path)
                .isEqualTo(model.toByteArray());
    }

    static Iterable<String> paths() {
        return ExampleModels.all().keySet();
    }
}
