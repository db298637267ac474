package dev.nereid.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Nereid beside ONNX Runtime's Java API in one job of Spark, on executors in processes of their own: the sentence model over lines
 * of token ids. What both compute has to agree. Prints a line for each engine and round, and how the medians compare;
 * {@code -Dnereid.test.spark.lines}, {@code .rounds} and {@code .executors} make a measurement of it.
 */
@Tag("soak")
class SparkComparisonTest {
    private static final String MODEL = Path.of("../models/examples/minilm/1/model.onnx")
            .toAbsolutePath()
            .normalize()
            .toString();

    /** Lengths of lines: 4 to 35 tokens, 16 on average, as short sentences have. */
    private static final String LENGTH =
            "cast(4 + pmod(hash(id), 16) + if(pmod(hash(id, 7), 4) = 0, pmod(hash(id, 3), 17), 0) as int)";

    private static final double TOLERANCE = 1e-3;

    @Test
    void bothEnginesComputeTheSame() throws IOException {
        long lines = Long.getLong("nereid.test.spark.lines", 200);
        int rounds = Integer.getInteger("nereid.test.spark.rounds", 1);
        int executors = Integer.getInteger("nereid.test.spark.executors", 1);
        try (SparkSession spark = SparkSessions.cluster(executors)) {
            spark.sparkContext().setLogLevel("ERROR");
            Dataset<Row> warm = lines(spark, 64L * executors, executors);
            Map<String, List<Double>> seconds = new TreeMap<>();
            engines(warm).values().forEach(SparkComparisonTest::sum);
            Dataset<Row> rows = lines(spark, lines, 4 * executors).cache();
            long tokens = rows.selectExpr("sum(size(input_ids))").first().getLong(0);
            for (int round = 0; round < rounds; round++) {
                Map<String, Double> sums = new TreeMap<>();
                for (Map.Entry<String, Dataset<Row>> engine : engines(rows).entrySet()) {
                    long start = System.nanoTime();
                    sums.put(engine.getKey(), sum(engine.getValue()));
                    double took = (System.nanoTime() - start) / 1e9;
                    seconds.computeIfAbsent(engine.getKey(), _ -> new ArrayList<>())
                            .add(took);
                    System.out.printf(
                            Locale.ROOT,
                            "round %d  %-24s %8.2f s  %8.0f lines/s  %9.0f tokens/s%n",
                            round + 1,
                            engine.getKey(),
                            took,
                            lines / took,
                            tokens / took);
                }
                double own = sums.getOrDefault("nereid", Double.NaN);
                assertThat(sums.values()).allSatisfy(sum -> assertThat(sum).isCloseTo(own, offset(TOLERANCE)));
            }
            double own = median(seconds.getOrDefault("nereid", List.of()));
            seconds.forEach((name, all) -> System.out.printf(
                    Locale.ROOT, "median %-24s %8.2f s  %5.2f times nereid%n", name, median(all), median(all) / own));
        }
    }

    private static Map<String, Dataset<Row>> engines(Dataset<Row> rows) {
        StructType schema = rows.schema()
                .add(
                        "last_hidden_state",
                        DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.FloatType, false), false));
        Map<String, Dataset<Row>> engines = new TreeMap<>();
        engines.put("nereid", Nereid.infer(rows, MODEL));
        engines.put(
                "onnxruntime",
                rows.mapPartitions(new OnnxRuntimePartition(MODEL, 32, 256, false), Encoders.row(schema)));
        engines.put(
                "onnxruntime, by length",
                rows.mapPartitions(new OnnxRuntimePartition(MODEL, 32, 256, true), Encoders.row(schema)));
        return engines;
    }

    /** Every line has token ids that depend on its number alone. */
    private static Dataset<Row> lines(SparkSession spark, long lines, int partitions) {
        return spark.range(0, lines, 1, partitions)
                .withColumn("tokens", functions.expr(LENGTH))
                .selectExpr(
                        "id",
                        "transform(sequence(1, tokens), i -> cast(1000 + pmod(hash(id, i), 28000) as bigint)) as input_ids",
                        "transform(sequence(1, tokens), i -> 1L) as attention_mask",
                        "transform(sequence(1, tokens), i -> 0L) as token_type_ids");
    }

    private static double sum(Dataset<Row> results) {
        Row row = results.selectExpr(
                        "count(*)",
                        "sum(cast(last_hidden_state[0][0] as double) * (id % 13) + last_hidden_state[size(last_hidden_state) - 1][383])")
                .first();
        return row.getDouble(1) / row.getLong(0);
    }

    private static double median(List<Double> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }
}
