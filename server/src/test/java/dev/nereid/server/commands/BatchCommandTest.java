package dev.nereid.server.commands;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.server.cli.CommandLineException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchCommandTest {
    private static final String EXAMPLES = "--model-repository=../models/examples";

    @TempDir
    private Path folder;

    private Path output = Path.of("");

    private int batch(String input, String content, String... flags) throws IOException {
        Path file = folder.resolve(input);
        if (!Files.exists(file) || !Files.readString(file).equals(content)) {
            Files.writeString(file, content);
        }
        output = folder.resolve("out" + input.substring(input.indexOf('.')));
        List<String> all = new ArrayList<>(List.of("--input=" + file, "--output=" + output, EXAMPLES, "--quiet"));
        all.addAll(List.of(flags));
        return BatchCommand.run(all);
    }

    @Test
    void jsonLinesGetTheirOutputsAndKeepOtherColumns() throws IOException {
        int code = batch("in.jsonl", """
                {"id": "a", "features": [5.1, 3.5, 1.4, 0.2]}

                {"id": "b", "features": [6.7, 3.0, 5.2, 2.3]}
                """, "--model=iris");

        assertThat(code).isZero();
        assertThat(output).hasContent("""
                {"id":"a","label":"setosa","probabilities":[1.0,0.0,0.0]}
                {"id":"b","label":"virginica","probabilities":[0.0,0.021739125,0.9782609]}
                """);
        assertThat(folder).isDirectoryNotContaining("glob:**{partial,checkpoint,errors}*");
    }

    @Test
    void cellsOfCsvBecomeAVectorByAMapping() throws IOException {
        int code = batch("in.csv", """
                name,sl,sw,pl,pw
                "a, ""quoted"" one",5.1,3.5,1.4,0.2
                b,6.7,3.0,5.2,2.3
                """, "--model=iris", "--column=features=sl,sw,pl,pw");

        assertThat(code).isZero();
        assertThat(output).hasContent("""
                name,label,probabilities
                "a, ""quoted"" one",setosa,"[1.0,0.0,0.0]"
                b,virginica,"[0.0,0.021739125,0.9782609]"
                """);
    }

    @Test
    void aCellOfCsvMayHoldAList() throws IOException {
        batch("in.csv", "features\n\"[5.1, 3.5, 1.4, 0.2]\"\n", "--model=iris", "--keep=none");

        assertThat(output).hasContent("label,probabilities\nsetosa,\"[1.0,0.0,0.0]\"\n");
    }

    @Test
    void textsOfDifferentLengthsKeepTheirOwnShapes() throws IOException {
        int code = batch("in.jsonl", """
                {"id": 1, "input_ids": [101, 102], "attention_mask": [1, 1], "token_type_ids": [0, 0]}
                {"id": 2, "input_ids": [101, 7592, 102], "attention_mask": [1, 1, 1], "token_type_ids": [0, 0, 0]}
                """, "--model=minilm");

        assertThat(code).isZero();
        List<String> lines = Files.readAllLines(output);
        assertThat(lines).hasSize(2);
        assertThat(lines.get(0)).startsWith("{\"id\":1,\"last_hidden_state\":[[");
        assertThat(lines.get(0).split("\\],\\[", -1)).hasSize(2);
        assertThat(lines.get(1).split("\\],\\[", -1)).hasSize(3);
    }

    @Test
    void aFailingRowEndsTheJobAndNamesItsLine() {
        assertThatThrownBy(() -> batch("in.jsonl", """
                        {"features": [1, 2, 3, 4]}
                        {"features": [1, 2, "x", 4]}
                        """, "--model=iris"))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining(
                        "line 2: column [features] for input 'features' FP32[4]: expected a number, got \"x\"")
                .hasMessageContaining("--on-error=skip");
        assertThat(output).doesNotExist();
    }

    @Test
    void failingRowsAreSkippedIntoAFileWithTheirLines() throws IOException {
        int code = batch("in.jsonl", """
                {"id": 1, "features": [5.1, 3.5, 1.4, 0.2]}
                not json
                {"id": 3, "features": [1, 2]}
                {"id": 4}
                {"id": 5, "features": [[1, 2], [3]]}
                {"id": 6, "features": [6.7, 3.0, 5.2, 2.3]}
                """, "--model=iris", "--on-error=skip");

        assertThat(code).isEqualTo(2);
        assertThat(Files.readAllLines(output)).hasSize(2);
        assertThat(Files.readAllLines(folder.resolve("out.jsonl.errors.jsonl")))
                .satisfiesExactly(
                        line -> assertThat(line).startsWith("{\"line\":2,\"error\":\"not JSON: "),
                        line -> assertThat(line).contains("\"line\":3", "FP32[4]: got shape [2]"),
                        line -> assertThat(line).contains("\"line\":4", "no column 'features'"),
                        line -> assertThat(line)
                                .contains(
                                        "\"line\":5",
                                        "'features' FP32[4]: expected lists of equal lengths",
                                        "got a list of 1 at depth 1"));
    }

    @Test
    void textsForInputsOfStringsStayAsTheyAre() throws IOException {
        Path model = textModel();
        String texts = "{\"text\": \"1\"}\n{\"text\": \"[1]\"}\n{\"text\": \"null\"}\n{\"text\": \"\\\"x\\\"\"}\n";
        assertThat(run(model, "in.jsonl", texts)).isZero();
        assertThat(output).content().isEqualTo("""
                {"same":["1"]}
                {"same":["[1]"]}
                {"same":["null"]}
                {"same":["\\"x\\""]}
                """);

        assertThat(run(model, "in.csv", "text\n1\n[1]\nnull\n\" 1 \"\n\"[\"\"a\"\"]\"\n"))
                .isZero();
        assertThat(output).content().isEqualTo("""
                same
                "[""1""]"
                "[""[1]""]"
                "[""null""]"
                "["" 1 ""]"
                "[""[\\""a\\""]""]"
                """);
    }

    private int run(Path model, String input, String content) throws IOException {
        Path file = Files.writeString(folder.resolve(input), content);
        output = folder.resolve("out" + input.substring(input.indexOf('.')));
        return BatchCommand.run(List.of("--model=" + model, "--input=" + file, "--output=" + output, "--quiet"));
    }

    /** [batch, 1] of strings to the same. */
    private Path textModel() throws IOException {
        return Files.write(
                folder.resolve("text.onnx"),
                new GraphWriter("text")
                        .input("text", TensorProto.DataType.STRING, "batch", "1")
                        .output("same", TensorProto.DataType.STRING, "batch", "1")
                        .node("Identity", "same", "text")
                        .model()
                        .toByteArray());
    }

    @Test
    void aListOfStringsInACellOfCsvIsSeveralStrings() throws IOException {
        batch("in.csv", "INPUT0\n\"[\"\"a\"\", \"\"1\"\"]\"\n\"[1]\"\n", "--model=simple_identity");

        assertThat(output).hasContent("OUTPUT0\n\"[\"\"a\"\",\"\"1\"\"]\"\n\"[\"\"[1]\"\"]\"\n");
    }

    @Test
    void numbersAreCopiedWithAllTheirDigits() throws IOException {
        String numbers = "123456789012345678901234567890,0.1000000000000000055511151231257827,1.10,-9007199254740993";
        batch("in.jsonl", "{\"n\":[" + numbers + "],\"features\":[5.10,3.5,1.4,0.2]}\n", "--model=iris");

        assertThat(output).content().startsWith("{\"n\":[" + numbers + "],\"label\":\"setosa\"");
    }

    @Test
    void aColumnWithTheNameOfAnOutputIsNotCopied() {
        String twice = "column 'label' would be copied to the output, where an output of the model has this name";
        refused(twice, "in.csv", "label,a,b,c,d\nx,1,2,3,4\n", "--model=iris", "--column=features=a,b,c,d");
        refused(twice, "in.jsonl", "{\"features\": [1, 2, 3, 4]}\n", "--model=iris", "--keep=label");
        refused("line 1: column 'label'", "in.jsonl", "{\"features\": [1, 2, 3, 4], \"label\": 1}\n", "--model=iris");
        refused("'id' is there twice", "in.jsonl", "{\"features\": [1, 2, 3, 4]}\n", "--model=iris", "--keep=id,id");
    }

    @Test
    void anOutputThatIsThereIsNotReplacedUnasked() throws IOException {
        String row = "{\"features\": [1, 2, 3, 4]}\n";
        batch("in.jsonl", row, "--model=iris");

        assertThatThrownBy(() -> batch("in.jsonl", row, "--model=iris"))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining("--restart replaces it");
        assertThat(batch("in.jsonl", row, "--model=iris", "--restart")).isZero();
    }

    @Test
    void aJobThatEndedWhileItsFilesGotTheirNamesOnlyNamesThem() throws IOException {
        String rows = "{\"features\": [1, 2, 3, 4]}\n{\"features\": 1}\n";
        Path obstacle = Files.createDirectories(folder.resolve("out.jsonl/in the way"));
        refused("the job cannot go on", "in.jsonl", rows, "--model=iris", "--on-error=skip", "--restart");
        assertThat(folder.resolve("out.jsonl.errors.jsonl")).exists();
        Files.delete(obstacle);
        Files.delete(output);
        FileTime past = FileTime.fromMillis(1_000_000);
        Files.setLastModifiedTime(folder.resolve("out.jsonl.partial"), past);

        assertThat(batch("in.jsonl", rows, "--model=iris", "--on-error=skip")).isEqualTo(2);

        assertThat(Files.readAllLines(output)).hasSize(1);
        assertThat(Files.getLastModifiedTime(output)).as("not computed again").isEqualTo(past);
        assertThat(Files.readAllLines(folder.resolve("out.jsonl.errors.jsonl"))).hasSize(1);
        assertThat(folder).isDirectoryNotContaining("glob:**{partial,checkpoint,lock}*");
    }

    @Test
    void aModelOrADelimiterThatChangedMeanwhileIsRefused() throws IOException {
        String rows = "text\na\n\"b\"\"\n";
        Path model = textModel();
        assertThatThrownBy(() -> run(model, "in.csv", rows)).hasMessageContaining("line 3");
        FileTime written = Files.getLastModifiedTime(model);
        List<String> again = List.of("--model=" + model, "--input=" + folder.resolve("in.csv"), "--output=" + output);

        Files.setLastModifiedTime(model, FileTime.fromMillis(1_000_000));
        assertThatThrownBy(() -> BatchCommand.run(again))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining("belongs to another job")
                .hasMessageContaining("text.onnx of ");

        Files.setLastModifiedTime(model, written);
        assertThatThrownBy(() -> BatchCommand.run(Stream.concat(again.stream(), Stream.of("--delimiter=;"))
                        .toList()))
                .hasMessageContaining("belongs to another job");
        assertThatThrownBy(() -> BatchCommand.run(again)).hasMessageContaining("line 3");
    }

    @Test
    void anOutputThatAnotherProcessWritesIsLeftAlone() throws IOException {
        String row = "{\"features\": [1, 2, 3, 4]}\n";
        Path checkpoint = Files.writeString(folder.resolve("out.jsonl.checkpoint"), "another's");
        Path lock = folder.resolve("out.jsonl.lock");
        try (FileChannel other = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock _ = other.lock()) {
            refused("the output is being written by another", "in.jsonl", row, "--model=iris", "--restart");
            assertThat(checkpoint).hasContent("another's");
        }
        assertThat(batch("in.jsonl", row, "--model=iris", "--restart")).isZero();
    }

    @Test
    void theInputIsNotAnOutput() throws IOException {
        Path both = Files.writeString(folder.resolve("both.jsonl"), "{\"features\": [1, 2, 3, 4]}\n");
        Path link = Files.createSymbolicLink(folder.resolve("link.jsonl"), both);
        Path errors = Files.copy(both, folder.resolve("x.jsonl.errors.jsonl"));

        for (List<Path> files :
                List.of(List.of(both, both), List.of(both, link), List.of(errors, folder.resolve("x.jsonl")))) {
            assertThatThrownBy(() -> BatchCommand.run(List.of(
                            EXAMPLES,
                            "--model=iris",
                            "--restart",
                            "--input=" + files.getFirst(),
                            "--output=" + files.getLast())))
                    .isInstanceOf(CommandLineException.class)
                    .hasMessageContaining("is a file that the job writes");
        }
        assertThat(both).exists();
    }

    @Test
    void mistakesAreNamed() {
        String row = "{\"features\": [1, 2, 3, 4]}\n";
        refused("--column: the model has no input 'nothing'", "in.jsonl", row, "--model=iris", "--column=nothing=x");
        refused("no column 'features'", "in.csv", "a,b\n1,2\n", "--model=iris");
        refused("ends in .jsonl, .ndjson, .csv or .parquet", "in.txt", row, "--model=iris");
        refused("there is no file or folder", "in.jsonl", row, "--model=nothing");
        refused("--on-error: expected fail or skip", "in.jsonl", row, "--model=iris", "--on-error=retry");
        refused("raise --max-row-bytes", "in.jsonl", row, "--model=iris", "--max-row-bytes=10");
    }

    private void refused(String part, String input, String content, String... flags) {
        assertThatThrownBy(() -> batch(input, content, flags))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining(part);
    }

    @Test
    void theLaunchersHelpIsThatOfTheCommand() throws IOException {
        Path renewed = Files.writeString(Path.of("target/usage-batch.txt"), BatchCommand.usage());
        assertThat(Path.of("../docs/usage-batch.txt"))
                .as("docs/usage-batch.txt differs: copy server/target/usage-batch.txt over it")
                .hasSameTextualContentAs(renewed);
    }
}
