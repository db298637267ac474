package dev.nereid.server.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.row.PqList;
import dev.nereid.server.cli.CommandLineException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of Parquet in and out. The inputs were written by Spark 4.2. */
class BatchParquetTest {
    @TempDir
    private Path folder;

    private Path resource(String name) throws IOException {
        try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream("/parquet/" + name), name)) {
            Path file = folder.resolve(name);
            Files.copy(in, file);
            return file;
        }
    }

    private static int batch(String model, Path input, Path output, String... flags) {
        List<String> all = new ArrayList<>(List.of(
                "--model-repository=../models/examples",
                "--model=" + model,
                "--input=" + input,
                "--output=" + output,
                "--quiet"));
        all.addAll(List.of(flags));
        return BatchCommand.run(all);
    }

    @Test
    void rowsOfSparkGetTheirOutputs() throws IOException {
        Path output = folder.resolve("out.parquet");
        assertThat(batch("iris", resource("flowers.parquet"), output, "--chunk-rows=3"))
                .isZero();

        try (ParquetFileReader file = ParquetFileReader.open(InputFile.of(output));
                RowReader rows = file.rowReader()) {
            assertThat(file.getFileMetaData().numRows()).isEqualTo(10);
            assertThat(file.getFileMetaData().rowGroups()).hasSize(4);
            for (int id = 0; rows.hasNext(); id++) {
                rows.next();
                assertThat(rows.getLong("id")).isEqualTo(id);
                assertThat(rows.getString("note")).isEqualTo(id == 3 ? null : "note " + id);
                assertThat(tags(rows)).isEqualTo(java.util.Collections.nCopies(id % 3, "tag"));
                assertThat(rows.getString("label")).isEqualTo(id % 2 == 0 ? "setosa" : "virginica");
                PqList probabilities = rows.getList("probabilities");
                assertThat(probabilities.floats()).hasSize(3).element(0).isEqualTo(id % 2 == 0 ? 1f : 0f);
            }
        }
    }

    private static List<String> tags(RowReader rows) {
        return rows.getList("tags").strings();
    }

    @Test
    void outputsOfTwoDimsAreListsWithinLists() throws IOException {
        Path output = folder.resolve("out.parquet");
        assertThat(batch("minilm", resource("texts.parquet"), output, "--keep=id"))
                .isZero();

        try (ParquetFileReader file = ParquetFileReader.open(InputFile.of(output));
                RowReader rows = file.rowReader()) {
            for (int id = 1; id <= 4; id++) {
                rows.next();
                List<PqList> tokens = rows.getList("last_hidden_state").lists();
                assertThat(tokens)
                        .hasSize(id)
                        .allSatisfy(token -> assertThat(token.size()).isEqualTo(384));
            }
            assertThat(rows.hasNext()).isFalse();
        }
    }

    @Test
    void aFileThatIsNotParquetIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("wrong.parquet"), "not parquet, but long enough for its magic");
        assertThatThrownBy(() -> batch("iris", file, folder.resolve("out.parquet")))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining("Not a Parquet file");
    }
}
