package dev.nereid.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Executors in processes of their own, one of which is killed. */
class NereidClusterTest {
    private static final Path IRIS = Path.of("../models/examples/iris");
    private static final int ROWS = 12_000;
    private static final int PARTITIONS = 24;

    @TempDir
    private Path model;

    @Test
    void aKilledExecutorLosesAndDoublesNoRow() throws Exception {
        for (String file : List.of("config.pbtxt", "labels.txt", "1", "1/model.onnx")) {
            Files.copy(IRIS.resolve(file), model.resolve(file));
        }
        try (SparkSession spark = SparkSessions.cluster(2)) {
            Dataset<Row> rows = spark.range(0, ROWS, 1, PARTITIONS)
                    .withColumn(
                            "features",
                            functions.expr(
                                    "array(cast(id % 8 as float), cast(3 as float), cast(id % 7 as float), cast(1 as float))"));
            Dataset<Row> results = Nereid.infer(rows, model.toString());
            // Executors load the version that was there when the query was made.
            Files.writeString(Files.createDirectories(model.resolve("2")).resolve("model.onnx"), "not a model");
            Map<Long, String> expected = results.limit(56).select("id", "label").collectAsList().stream()
                    .collect(Collectors.toMap(row -> row.getLong(0), row -> row.getString(1)));

            CompletableFuture<List<String>> job = CompletableFuture.supplyAsync(() -> results.select("id", "label")
                    .map((MapFunction<Row, String>) NereidClusterTest::slow, Encoders.STRING())
                    .collectAsList());
            ProcessHandle victim =
                    executors().findFirst().orElseThrow(() -> new AssertionError("there is no executor"));
            Thread.sleep(1000);
            assertThat(job).isNotDone();
            assertThat(victim.destroyForcibly()).isTrue();
            List<String> found = job.get(2, TimeUnit.MINUTES);

            assertThat(found).hasSize(ROWS);
            Map<Long, String> labels = found.stream()
                    .map(each -> each.split(" ", 2))
                    .collect(Collectors.toMap(each -> Long.valueOf(each[0]), each -> each[1]));
            assertThat(labels.keySet())
                    .containsExactlyInAnyOrderElementsOf(
                            LongStream.range(0, ROWS).boxed().toList());
            labels.forEach((id, label) -> assertThat(label).isEqualTo(expected.get(id % 56)));
        }
    }

    /** Some tenths of a millisecond a row, so that there is time for a kill. */
    private static String slow(Row row) throws InterruptedException {
        if (row.getLong(0) % 2 == 0) {
            Thread.sleep(1);
        }
        return row.getLong(0) + " " + row.getString(1);
    }

    private static Stream<ProcessHandle> executors() {
        return ProcessHandle.current()
                .descendants()
                .filter(process -> process.info().commandLine().orElse("").contains("CoarseGrainedExecutorBackend"));
    }
}
