package dev.nereid.bench.models;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for families of made-up models of any kind. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class FamiliesTest {
    private final List<OperatorFamily> families;

    protected FamiliesTest(List<OperatorFamily> families) {
        this.families = families;
    }

    Stream<Arguments> models() {
        return families.stream()
                .flatMap(family -> family.models().stream().map(model -> Arguments.of(family.name(), model)));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("models")
    void everyModelLoads(String family, OperatorModel made, @TempDir Path folder) throws Exception {
        Path file = folder.resolve("model.onnx");
        Files.write(file, made.graph().get().toByteArray());
        try (SlabPool memory = new SlabPool(1 << 20);
                LoadedModel model = ModelLoader.load(file, LoadOptions.DEFAULT, KernelSet.scalar(), memory)) {
            assertThat(model.inputs())
                    .isNotEmpty()
                    .allSatisfy(
                            port -> assertThat(port.type().dims().orElseThrow()).allMatch(dim -> dim.isKnown()));
            assertThat(model.plan().steps()).isNotEmpty();
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("models")
    void modelIsTheSameEachTime(String family, OperatorModel made) {
        assertThat(made.graph().get()).isEqualTo(made.graph().get());
    }

    @Test
    void familiesAndTheirMembersHaveNamesOfTheirOwn() {
        assertThat(families).extracting(OperatorFamily::name).doesNotHaveDuplicates();
        assertThat(families)
                .allSatisfy(family -> assertThat(family.models())
                        .extracting(OperatorModel::name)
                        .doesNotHaveDuplicates());
    }
}
