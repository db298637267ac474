package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelParameter;
import dev.nereid.server.repository.config.ModelConfigReader;
import dev.nereid.server.repository.folders.ModelId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which models have each other's answers in a response cache that servers share. */
class ModelDigestTest {
    private static final int PARAMETERS = 50;

    @TempDir
    Path first;

    @TempDir
    Path second;

    private static void write(Path root) throws IOException {
        TestRepository.write(root, "m", TestRepository.IDENTITY, 1, 2);
        Files.writeString(root.resolve("m/1/model.onnx"), "weights");
        Files.writeString(root.resolve("m/2/model.onnx"), "other weights");
        Files.writeString(root.resolve("m/labels.txt"), "cat\ndog\n");
    }

    private static String digest(Path root, String name, long version, ModelConfig more) {
        ModelSource source = ModelSource.read(
                new ModelId(root.toString(), name),
                root.resolve("m"),
                LoadParameters.NONE,
                new ModelConfigReader("", false),
                true,
                ModelSource.Origin.HERE);
        ModelConfig config = source.config().toBuilder().mergeFrom(more).build();
        return ModelDigest.of(source, config, version).get();
    }

    private static String digest(Path root) {
        return digest(root, "m", 1, ModelConfig.getDefaultInstance());
    }

    @Test
    void theSameModelIsTheSameElsewhere() throws IOException {
        write(first);
        write(second);
        assertThat(digest(first)).isEqualTo(digest(second)).hasSize(64);
        Files.writeString(second.resolve("m/2/model.onnx"), "changed");
        assertThat(digest(first)).isEqualTo(digest(second));
    }

    @Test
    void nameVersionConfigAndFilesMakeAnother() throws IOException {
        write(first);
        write(second);
        String digest = digest(first);
        ModelConfig none = ModelConfig.getDefaultInstance();
        assertThat(digest(first, "n", 1, none)).isNotEqualTo(digest);
        assertThat(digest(first, "m", 2, none)).isNotEqualTo(digest);
        assertThat(digest(
                        first,
                        "m",
                        1,
                        ModelConfig.newBuilder().setMaxBatchSize(9).build()))
                .isNotEqualTo(digest);
        Files.writeString(first.resolve("m/labels.txt"), "cat\ncow\n");
        assertThat(digest(first)).isNotEqualTo(digest);
        Files.writeString(second.resolve("m/1/model.onnx"), "Weights");
        assertThat(digest(second)).isNotEqualTo(digest);
    }

    /** What a file is called and what it holds are told apart. */
    @Test
    void aFileUnderAnotherNameMakesAnother() throws IOException {
        write(first);
        String digest = digest(first);
        Files.move(first.resolve("m/labels.txt"), first.resolve("m/label.txt"));
        assertThat(digest(first)).isNotEqualTo(digest);
    }

    @Test
    void theOrderOfParametersDoesNotMatter() throws IOException {
        write(first);
        ModelConfig.Builder forwards = ModelConfig.newBuilder();
        ModelConfig.Builder backwards = ModelConfig.newBuilder();
        for (int i = 0; i < PARAMETERS; i++) {
            forwards.putParameters("p" + i, parameter(i));
            backwards.putParameters("p" + (PARAMETERS - 1 - i), parameter(PARAMETERS - 1 - i));
        }
        assertThat(digest(first, "m", 1, forwards.build())).isEqualTo(digest(first, "m", 1, backwards.build()));
    }

    private static ModelParameter parameter(int value) {
        return ModelParameter.newBuilder().setStringValue("v" + value).build();
    }

    @Test
    void whatDependsOnModelsBesideItIsLikeNoOther() {
        assertThat(ModelDigest.ofNoOther()).isNotEqualTo(ModelDigest.ofNoOther());
    }
}
