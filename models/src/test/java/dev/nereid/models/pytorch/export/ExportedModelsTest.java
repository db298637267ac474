package dev.nereid.models.pytorch.export;

import static org.assertj.core.api.Assertions.assertThat;

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
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Exported programs give what PyTorch gave: small ones of our own, and those of the test data. */
class ExportedModelsTest {
    private static final KernelSet KERNELS = new VectorKernels(Cpu.detect()).over(KernelSet.scalar());

    @TestFactory
    Stream<DynamicTest> smallProgramsAgreeWithPyTorch() throws IOException, URISyntaxException {
        URL own = ExportedModelsTest.class.getResource("programs");
        return tests(Path.of(own.toURI()));
    }

    @TestFactory
    Stream<DynamicTest> programsOfTheTestDataAgreeWithPyTorch() throws IOException {
        String data = System.getenv("NEREID_TEST_DATA");
        Path folder = Path.of(data == null ? "." : data).resolve("later/golden-ts");
        if (data == null || !Files.isDirectory(folder)) {
            System.out.println("SKIPPED exported programs: there is no folder later/golden-ts in NEREID_TEST_DATA");
            return Stream.empty();
        }
        return tests(folder);
    }

    private static Stream<DynamicTest> tests(Path root) throws IOException {
        List<DynamicTest> tests = new ArrayList<>();
        try (Stream<Path> folders = Files.list(root)) {
            for (Path folder : folders.sorted().toList()) {
                Path file = folder.resolve("model.pt2");
                if (Files.exists(file)) {
                    try (Stream<Path> cases = Files.list(folder)) {
                        for (Path each :
                                cases.filter(Files::isDirectory).sorted().toList()) {
                            for (LoadOptions options : List.of(LoadOptions.UNOPTIMIZED, LoadOptions.DEFAULT)) {
                                tests.add(DynamicTest.dynamicTest(
                                        folder.getFileName() + " " + each.getFileName()
                                                + (options.optimize() ? "" : " unoptimised"),
                                        () -> check(file, each, options)));
                            }
                        }
                    }
                }
            }
        }
        return tests.stream();
    }

    private static void check(Path file, Path folder, LoadOptions options) throws IOException {
        try (Arena arena = Arena.ofShared();
                SlabPool memory = new SlabPool(1 << 20);
                LoadedModel model = ModelLoader.load(file, options, KERNELS, memory)) {
            GoldenCase golden = GoldenCase.read(folder, arena);
            List<Tensor> inputs = new ArrayList<>();
            for (Tensor input : golden.inputs().values()) {
                boolean scalar = model.inputs().get(inputs.size()).type().rank() == 0;
                inputs.add(scalar ? input.withShape(Shape.SCALAR) : input);
            }
            try (RunResult result = model.run(inputs, Workers.single())) {
                List<Tensor> expected = List.copyOf(golden.outputs().values());
                assertThat(result.outputs()).hasSameSizeAs(expected);
                for (int i = 0; i < expected.size(); i++) {
                    Tensor output = result.outputs().get(i);
                    assertThat(Agreement.CLOSE.compare(expected.get(i), output))
                            .as("output %d", i)
                            .isEmpty();
                }
            }
        }
    }
}
