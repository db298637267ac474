package dev.nereid.models.pytorch.script;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.kernels.KernelSelection;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.cpu.Cpu;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.golden.Agreement;
import dev.nereid.models.golden.GoldenCase;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.nativekernels.NativeOverlay;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;

/** TorchScript files, traced, scripted and frozen, give what PyTorch gave for them. */
@Tag("golden")
class ScriptGoldenTest {
    @TestFactory
    Stream<DynamicTest> scriptsGiveTheirRecordedOutputs() throws IOException {
        String data = System.getenv("NEREID_TEST_DATA");
        Path folder = Path.of(data == null ? "" : data, "later", "golden-ts");
        if (data == null || !Files.isDirectory(folder)) {
            System.out.println("SKIPPED TorchScript models: there is no folder later/golden-ts in NEREID_TEST_DATA");
            return Stream.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> models = files.filter(file -> file.toString().endsWith(".pt"))
                    .sorted()
                    .toList();
            assertThat(models).isNotEmpty();
            return models.stream()
                    .map(file -> DynamicTest.dynamicTest(folder.relativize(file).toString(), () -> check(file)));
        }
    }

    private static void check(Path file) throws IOException {
        Path folder = file.resolveSibling("b1");
        KernelSet kernels = KernelSelection.of(
                        KernelSelection.parse("native"),
                        List.of(VectorKernels.layer(Cpu.detect()), NativeOverlay.layer()))
                .kernels();
        try (Arena arena = Arena.ofShared();
                SlabPool memory = new SlabPool(1L << 28)) {
            GoldenCase golden = GoldenCase.read(folder, arena);
            List<Tensor> inputs = List.copyOf(golden.inputs().values());
            List<Tensor> outputs = List.copyOf(golden.outputs().values());
            List<DeclaredPorts.Input> declared = new ArrayList<>();
            for (int i = 0; i < inputs.size(); i++) {
                Tensor input = inputs.get(i);
                declared.add(new DeclaredPorts.Input("INPUT__" + i, TensorType.of(input.dataType(), input.shape())));
            }
            LoadOptions options = LoadOptions.DEFAULT.withDeclared(new DeclaredPorts(declared, List.of()));
            try (LoadedModel loaded = ModelLoader.load(file, options, kernels, memory);
                    RunResult result = loaded.run(inputs, Workers.single())) {
                assertThat(result.outputs()).hasSameSizeAs(outputs);
                for (int i = 0; i < outputs.size(); i++) {
                    assertThat(Agreement.CLOSE.compare(
                                    outputs.get(i), result.outputs().get(i)))
                            .as("output %s", i)
                            .isEmpty();
                }
            }
        }
    }
}
