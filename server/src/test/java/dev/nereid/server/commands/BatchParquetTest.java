package dev.nereid.server.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hardwood.InputFile;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.row.PqList;
import dev.hardwood.schema.SchemaNode;
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

/** Files of Parquet in and out. The inputs were written by Spark 4.2 and by parquet-java 1.17. */
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
    void integersOfEveryWidthAreCopied() throws IOException {
        Path input = resource("integers.parquet");
        Path output = folder.resolve("out.parquet");
        String[] names = {"i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"};
        assertThat(batch("iris", input, output, "--keep=small," + String.join(",", names)))
                .isZero();

        try (ParquetFileReader from = ParquetFileReader.open(InputFile.of(input));
                RowReader expected = from.rowReader();
                ParquetFileReader file = ParquetFileReader.open(InputFile.of(output));
                RowReader rows = file.rowReader()) {
            for (String name : names) {
                assertThat(logicalType(file, name)).as(name).isEqualTo(logicalType(from, name));
            }
            for (int i = 0; i < 2; i++) {
                expected.next();
                rows.next();
                for (String name : names) {
                    assertThat(rows.getValue(name)).as(name).isEqualTo(expected.getValue(name));
                }
                assertThat(rows.getList("small").values())
                        .isEqualTo(expected.getList("small").values());
            }
        }
    }

    private static String logicalType(ParquetFileReader file, String column) {
        return file.getFileSchema().getRootNode().children().stream()
                .filter(node -> node.name().equals(column))
                .map(node -> ((SchemaNode.PrimitiveNode) node).logicalType())
                .map(type -> type == null ? "none" : type.toString())
                .findFirst()
                .orElse("no such column");
    }

    @Test
    void nullsWithinListsAreCopied() throws IOException {
        Path output = folder.resolve("out.parquet");
        assertThat(batch("iris", resource("integers.parquet"), output, "--keep=nested"))
                .isZero();

        try (ParquetFileReader file = ParquetFileReader.open(InputFile.of(output));
                RowReader rows = file.rowReader()) {
            rows.next();
            PqList nested = rows.getList("nested");
            assertThat(nested.size()).isEqualTo(3);
            assertThat(((PqList) nested.get(0)).values()).containsExactly((short) -7, null);
            assertThat(nested.isNull(1)).isTrue();
            assertThat(((PqList) nested.get(2)).isEmpty()).isTrue();
            rows.next();
            assertThat(rows.getList("nested").isEmpty()).isTrue();
        }
    }

    @Test
    void smallIntegersAreInputs() throws IOException {
        Path output = folder.resolve("out.parquet");
        assertThat(batch(
                        "simple_int8",
                        resource("integers.parquet"),
                        output,
                        "--column=INPUT0=small",
                        "--column=INPUT1=small",
                        "--keep=u64"))
                .isZero();

        try (ParquetFileReader file = ParquetFileReader.open(InputFile.of(output));
                RowReader rows = file.rowReader()) {
            rows.next();
            assertThat(rows.getList("OUTPUT0").values()).hasSize(16).endsWith((byte) -28, (byte) -30);
        }
    }

    @Test
    void aCodecThatIsNotReadIsNamed() throws IOException {
        Path file = resource("zstd.parquet");
        assertThatThrownBy(() -> batch("iris", file, folder.resolve("out.parquet")))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining("column 'features.list.element'")
                .hasMessageContaining("gzip or Snappy, got ZSTD");
    }

    @Test
    void aDamagedPageIsNamedWithItsRow() throws IOException {
        Path file = resource("flowers.parquet");
        byte[] bytes = Files.readAllBytes(file);
        java.util.Arrays.fill(bytes, 4, 100, (byte) 0xff);
        Files.write(file, bytes);
        assertThatThrownBy(() -> batch("iris", file, folder.resolve("out.parquet")))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining("flowers.parquet', row 1 cannot be read");
    }

    @Test
    void aFileThatIsNotParquetIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("wrong.parquet"), "not parquet, but long enough for its magic");
        assertThatThrownBy(() -> batch("iris", file, folder.resolve("out.parquet")))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining("Not a Parquet file");
    }
}
