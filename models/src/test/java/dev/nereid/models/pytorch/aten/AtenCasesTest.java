package dev.nereid.models.pytorch.aten;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Operators of PyTorch against what PyTorch gives. The scripts in {@code src/test/python} write the cases: those of the
 * tree, and with a folder as their argument many more, which {@code NEREID_ATEN_CASES} names.
 */
class AtenCasesTest {
    private static final List<String> FILES = List.of(
            "compositions.txt",
            "elementwise.txt",
            "indexing.txt",
            "layers.txt",
            "movement.txt",
            "quantized.txt",
            "reductions.txt");

    @TestFactory
    Stream<DynamicTest> operatorsGiveWhatPyTorchGives() {
        return FILES.stream().flatMap(file -> tests(lines(file)));
    }

    @TestFactory
    Stream<DynamicTest> operatorsGiveWhatPyTorchGivesForManyMoreArguments() throws IOException {
        String folder = System.getenv("NEREID_ATEN_CASES");
        if (folder == null) {
            System.out.println("SKIPPED the long list of cases of ATen operators: NEREID_ATEN_CASES is not set");
            return Stream.empty();
        }
        try (Stream<Path> files = Files.list(Path.of(folder))) {
            List<Path> all = files.filter(file -> file.toString().endsWith(".txt"))
                    .sorted()
                    .toList();
            assertThat(all).isNotEmpty();
            return all.stream().flatMap(file -> tests(read(file)));
        }
    }

    private static Stream<DynamicTest> tests(List<String> lines) {
        return AtenCase.parse(lines).stream()
                .map(each -> DynamicTest.dynamicTest(each.name(), () -> AtenBed.check(each)));
    }

    private static List<String> lines(String resource) {
        try (var in = AtenCasesTest.class.getResourceAsStream(resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> read(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
