package dev.nereid.bench.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSet;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CaseCatalogTest {
    @TempDir
    private Path folder;

    @Test
    void fileOfARepositoryIsNamedAsItsModel() {
        assertThat(CaseCatalog.file(Path.of("/models/resnet/1/model.onnx")).model())
                .isEqualTo("resnet");
        assertThat(CaseCatalog.file(Path.of("/somewhere/yolo.onnx")).model()).isEqualTo("yolo");
    }

    @Test
    void goldenCaseTakesTheInputsThatItsFilesHold() throws Exception {
        Path golden = Files.createDirectories(folder.resolve("m/golden/b1"));
        Files.createDirectories(folder.resolve("m/golden/stream9"));
        Files.write(folder.resolve("m/model.onnx"), new byte[0]);
        Files.write(golden.resolve("in_0.bin"), new byte[] {1, 2, 3});
        Files.writeString(golden.resolve("case.json"), """
                {"inputs": [{"name": "x", "datatype": "UINT8", "shape": [1, 3], "file": "in_0.bin"}]}
                """);
        List<EngineCase> cases = CaseCatalog.golden(folder);
        assertThat(cases).hasSize(1);
        try (Arena arena = Arena.ofConfined()) {
            Map<String, Tensor> inputs =
                    cases.getFirst().inputs(List.of(new InputPort("x", DataType.UINT8, Shape.of(1, 1))), arena);
            assertThat(Objects.requireNonNull(inputs.get("x")).shape()).isEqualTo(Shape.of(1, 3));
            assertThat(Objects.requireNonNull(inputs.get("x")).segment().toArray(ValueLayout.JAVA_BYTE))
                    .containsExactly(1, 2, 3);
        }
    }

    @Test
    void modelIsMadeUpWhereOneIsAskedFor() {
        String before = System.getProperty("nereid.home");
        System.setProperty("nereid.home", folder.toString());
        try (SlabPool memory = new SlabPool(1 << 20)) {
            EngineCase made = CaseCatalog.of(List.of("dense-24")).getFirst();
            assertThat(made.label()).isEqualTo("dense-24/b1");
            try (LoadedModel model = ModelLoader.load(made.file(), LoadOptions.DEFAULT, KernelSet.scalar(), memory)) {
                assertThat(model.inputs()).hasSize(1);
                assertThat(model.plan().steps()).hasSize(3);
            }
        } finally {
            if (before == null) {
                System.clearProperty("nereid.home");
            } else {
                System.setProperty("nereid.home", before);
            }
        }
    }

    @Test
    void inputsThatAreMadeUpDoNotDependOnTheirOrder() {
        EngineCase engineCase = CaseCatalog.file(Path.of("m.onnx"));
        InputPort x = new InputPort("x", DataType.FP32, Shape.of(4));
        InputPort y = new InputPort("y", DataType.FP32, Shape.of(4));
        try (Arena arena = Arena.ofConfined()) {
            Map<String, Tensor> one = engineCase.inputs(List.of(x, y), arena);
            Map<String, Tensor> other = engineCase.inputs(List.of(y, x), arena);
            assertThat(TensorNumbers.of(Objects.requireNonNull(one.get("x"))))
                    .isEqualTo(TensorNumbers.of(Objects.requireNonNull(other.get("x"))));
            assertThat(TensorNumbers.of(Objects.requireNonNull(one.get("x"))))
                    .isNotEqualTo(TensorNumbers.of(Objects.requireNonNull(one.get("y"))));
        }
    }
}
