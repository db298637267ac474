package dev.nereid.models.pytorch.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.memory.MappedFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Files that PyTorch wrote: every pickle in them is read, and every tensor but those of traced inputs, which have no data. */
class ArchiveSamplesTest {
    @TestFactory
    Stream<DynamicTest> everyTensorOfAFileIsRead() throws IOException {
        String data = System.getenv("NEREID_TEST_DATA");
        Path folder = Path.of(data == null ? "" : data, "later", "golden-ts");
        if (data == null || !Files.isDirectory(folder)) {
            System.out.println("SKIPPED PyTorch files: there is no folder later/golden-ts in NEREID_TEST_DATA");
            return Stream.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> models = files.filter(file ->
                            file.toString().endsWith(".pt") || file.toString().endsWith(".pt2"))
                    .sorted()
                    .toList();
            assertThat(models).isNotEmpty();
            return models.stream()
                    .map(file -> DynamicTest.dynamicTest(folder.relativize(file).toString(), () -> check(file)));
        }
    }

    private static void check(Path file) throws IOException {
        try (MappedFile mapped = new MappedFile(file);
                Arena arena = Arena.ofConfined()) {
            PyTorchArchive archive = PyTorchArchive.open(mapped.plainSegment(), arena);
            int pickles = check(archive);
            for (String name : archive.names()) {
                if (name.endsWith(".pt")) {
                    pickles += check(PyTorchArchive.open(archive.bytes(name), arena));
                }
            }
            assertThat(pickles).isGreaterThan(1);
        }
    }

    private static int check(PyTorchArchive archive) {
        int pickles = 0;
        for (String name : archive.names()) {
            if (name.endsWith(".pkl")) {
                PickleValue value = archive.pickle(name);
                if (!name.equals("traced_inputs.pkl")) {
                    readTensors(archive, value);
                }
                pickles++;
            }
        }
        return pickles;
    }

    private static void readTensors(PyTorchArchive archive, PickleValue value) {
        switch (value) {
            case PickleValue.OfTensor tensor -> {
                long[] dims = tensor.sizes().stream().mapToLong(Long::longValue).toArray();
                assertThat(archive.tensor(tensor).shape().dims()).isEqualTo(dims);
            }
            case PickleValue.OfTuple(List<PickleValue> items) -> items.forEach(each -> readTensors(archive, each));
            case PickleValue.OfList list -> list.items().forEach(each -> readTensors(archive, each));
            case PickleValue.OfDict dict -> dict.entries().values().forEach(each -> readTensors(archive, each));
            case PickleValue.OfObject object -> object.state().ifPresent(each -> readTensors(archive, each));
            default -> {}
        }
    }
}
