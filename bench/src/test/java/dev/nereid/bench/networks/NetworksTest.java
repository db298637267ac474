package dev.nereid.bench.networks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.bench.models.OperatorFamilies;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.kernels.KernelSet;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NetworksTest {
    static Stream<Arguments> networks() {
        return Networks.ALL.stream()
                .flatMap(family -> family.models().stream().map(network -> Arguments.of(family.name(), network)));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("networks")
    void everyNetworkLoads(String family, OperatorModel network, @TempDir Path folder) throws Exception {
        Path file = folder.resolve("model.onnx");
        Files.write(file, network.graph().get().toByteArray());
        try (SlabPool memory = new SlabPool(1 << 20);
                LoadedModel model = ModelLoader.load(file, LoadOptions.DEFAULT, KernelSet.scalar(), memory)) {
            assertThat(model.inputs())
                    .isNotEmpty()
                    .allSatisfy(
                            port -> assertThat(port.type().dims().orElseThrow()).allMatch(dim -> dim.isKnown()));
            assertThat(model.plan().steps()).isNotEmpty();
        }
    }

    @Test
    void familiesAndNetworksHaveNamesOfTheirOwn() {
        assertThat(Stream.of(Networks.ALL, OperatorFamilies.ALL)
                        .flatMap(all -> all.stream().map(OperatorFamily::name)))
                .doesNotHaveDuplicates();
        assertThat(Networks.ALL)
                .allSatisfy(family -> assertThat(family.models())
                        .extracting(OperatorModel::name)
                        .doesNotHaveDuplicates());
    }
}
