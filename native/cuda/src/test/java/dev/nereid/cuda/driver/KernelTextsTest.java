package dev.nereid.cuda.driver;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The compressed PTX texts in the tree: one for each source, and their bytes. Needs no nvcc. */
class KernelTextsTest {
    private static final Path SOURCES = Path.of("src/main/cuda");
    private static final Path KEPT = SOURCES.resolve("ptx");

    /** Offsets in the header of a gzip file. A flag is set where a name or a comment follows. */
    private static final int FLAGS = 3;

    private static final int TIME = 4;

    @ParameterizedTest
    @CsvSource({"compute_75,.", "compute_80,compute_80", "compute_90a,compute_90a"})
    void everySourceHasOneTextAndNothingElseHas(String architecture, String folder) throws IOException {
        Set<String> sources = names(SOURCES.resolve(folder), ".cu");
        assertThat(sources).isNotEmpty();
        assertThat(names(KEPT.resolve(architecture), "")).isEqualTo(withEnding(sources, ".ptx.gz"));
    }

    @Test
    void everyTextIsRead() throws IOException {
        Set<String> forAll = names(SOURCES, ".cu");
        Set<String> tensors = names(SOURCES.resolve("compute_80"), ".cu");
        KernelTexts texts = KernelTexts.all();
        assertThat(texts.texts(75).keySet()).isEqualTo(forAll);
        assertThat(texts.texts(80).keySet())
                .containsAll(forAll)
                .containsAll(tensors)
                .hasSize(forAll.size() + tensors.size());
        assertThat(texts.ownTexts(90).keySet()).isEqualTo(names(SOURCES.resolve("compute_90a"), ".cu"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"compute_75", "compute_80", "compute_90a"})
    void theCompressedBytesDependOnTheTextAlone(String architecture) throws IOException {
        for (String name : names(KEPT.resolve(architecture), "")) {
            ByteBuffer header = ByteBuffer.wrap(Files.readAllBytes(KEPT.resolve(architecture, name)))
                    .order(ByteOrder.LITTLE_ENDIAN);
            assertThat(header.get(FLAGS)).as("flags of %s", name).isZero();
            assertThat(header.getInt(TIME)).as("time in %s", name).isZero();
        }
    }

    private static Set<String> names(Path folder, String ending) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(ending))
                    .map(name -> name.substring(0, name.length() - ending.length()))
                    .collect(Collectors.toSet());
        }
    }

    private static Set<String> withEnding(Set<String> names, String ending) {
        return names.stream().map(name -> name + ending).collect(Collectors.toSet());
    }
}
