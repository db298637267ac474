package dev.nereid.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class NereidTest {
    private static final String EXAMPLES =
            Path.of("../models/examples").toAbsolutePath().normalize() + "/";
    private static final StructType FLOWERS = new StructType()
            .add("id", DataTypes.IntegerType)
            .add("features", DataTypes.createArrayType(DataTypes.FloatType));

    private static SparkSession spark;

    @BeforeAll
    static void start() {
        spark = SparkSessions.local(2);
    }

    @AfterAll
    static void stop() {
        spark.stop();
    }

    private static Row flower(int id) {
        return RowFactory.create(id, id % 2 == 0 ? List.of(5.1f, 3.5f, 1.4f, 0.2f) : List.of(6.7f, 3.0f, 5.2f, 2.3f));
    }

    private static Dataset<Row> flowers(int count) {
        return spark.createDataFrame(
                IntStream.range(0, count).mapToObj(NereidTest::flower).toList(), FLOWERS);
    }

    @Test
    void outputsBecomeColumnsOfTheirOwnTypes() {
        Dataset<Row> result = Nereid.infer(flowers(1000).repartition(4), EXAMPLES + "iris");

        assertThat(result.schema().simpleString())
                .isEqualTo("struct<id:int,features:array<float>,label:string,probabilities:array<float>>");
        List<Row> rows = result.orderBy("id").collectAsList();
        assertThat(rows).hasSize(1000);
        for (Row row : rows) {
            assertThat(row.getString(2)).isEqualTo(row.getInt(0) % 2 == 0 ? "setosa" : "virginica");
            assertThat(row.getList(3)).hasSize(3);
        }
    }

    @Test
    void inputsAreReadFromColumnsOfOtherNames() {
        Dataset<Row> renamed = flowers(2).withColumnRenamed("features", "measured");

        assertThat(Nereid.infer(renamed, EXAMPLES + "iris", "features=measured")
                        .select("label")
                        .collectAsList())
                .map(row -> row.getString(0))
                .containsExactlyInAnyOrder("setosa", "virginica");
        assertThatThrownBy(() -> Nereid.infer(renamed, EXAMPLES + "iris"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has no column 'features' among [id, measured]");
        assertThatThrownBy(() -> Nereid.infer(renamed, EXAMPLES + "iris", "nothing=measured"))
                .hasMessageContaining("the model has no input 'nothing'");
    }

    @Test
    void integersBecomeArraysOfIntegers() {
        StructType schema = new StructType()
                .add("INPUT0", DataTypes.createArrayType(DataTypes.IntegerType))
                .add("INPUT1", DataTypes.createArrayType(DataTypes.IntegerType));
        List<Integer> ones = java.util.Collections.nCopies(16, 1);
        Row row = Nereid.infer(
                        spark.createDataFrame(List.of(RowFactory.create(ones, ones)), schema),
                        EXAMPLES + "simple",
                        InferOptions.DEFAULT.withOutputs("OUTPUT0"))
                .first();

        assertThat(row.size()).isEqualTo(3);
        assertThat(row.getList(2)).isEqualTo(java.util.Collections.nCopies(16, 2));
    }

    @Test
    void textsOfDifferentLengthsBecomeArraysWithinArrays() {
        StructType schema = new StructType()
                .add("input_ids", DataTypes.createArrayType(DataTypes.LongType))
                .add("attention_mask", DataTypes.createArrayType(DataTypes.LongType))
                .add("token_type_ids", DataTypes.createArrayType(DataTypes.LongType));
        List<Row> texts = IntStream.rangeClosed(1, 5)
                .mapToObj(n -> RowFactory.create(
                        java.util.Collections.nCopies(n, 2000L + n),
                        java.util.Collections.nCopies(n, 1L),
                        java.util.Collections.nCopies(n, 0L)))
                .toList();
        List<Row> rows = Nereid.infer(spark.createDataFrame(texts, schema).coalesce(1), EXAMPLES + "minilm")
                .collectAsList();

        for (int i = 0; i < rows.size(); i++) {
            assertThat(rows.get(i).getList(3)).hasSize(i + 1);
        }
    }

    @Test
    void aRowThatFailsFailsItsTaskUnlessErrorsHaveAColumn() {
        Dataset<Row> flowers = spark.createDataFrame(
                List.of(flower(0), RowFactory.create(1, List.of(1f, 2f)), RowFactory.create(2, null), flower(3)),
                FLOWERS);

        assertThatThrownBy(() -> Nereid.infer(flowers, EXAMPLES + "iris").count())
                .rootCause()
                .hasMessageContaining("row ")
                .hasMessageContaining("'features'");

        List<Row> rows = Nereid.infer(flowers, EXAMPLES + "iris", InferOptions.DEFAULT.withErrorColumn("error"))
                .orderBy("id")
                .collectAsList();
        assertThat(rows.get(0).isNullAt(4)).isTrue();
        assertThat(rows.get(1).isNullAt(2)).isTrue();
        assertThat(rows.get(1).getString(4)).contains("FP32[4]: got shape [2]");
        assertThat(rows.get(2).getString(4)).contains("the value is null");
        assertThat(rows.get(3).getString(2)).isEqualTo("virginica");
    }

    @Test
    void aModelThatWasSentWithTheJobIsFound() {
        String model = Nereid.addModel(spark, EXAMPLES + "iris");

        assertThat(Nereid.infer(flowers(4), model).filter("label = 'setosa'").count())
                .isEqualTo(2);
    }

    @Test
    void aJvmLoadsAModelOnceForAllTasks() {
        Nereid.infer(flowers(100).repartition(10), EXAMPLES + "colour_classifier/../iris")
                .count();
        int before = ExecutorModels.count();
        Nereid.infer(flowers(100).repartition(10), EXAMPLES + "colour_classifier/../iris")
                .count();

        assertThat(ExecutorModels.count()).isEqualTo(before);
    }

    @Test
    void modelsOfAJvmShareAnEngine() {
        Nereid.infer(flowers(1), EXAMPLES + "iris");
        Nereid.infer(flowers(1), EXAMPLES + "colour_classifier/../iris");

        assertThat(ExecutorModels.count()).isGreaterThanOrEqualTo(2);
        assertThat(ExecutorModels.engines()).isEqualTo(1);
    }

    @Test
    void columnsThatWouldBeThereTwiceAreRefused() {
        Dataset<Row> flowers = flowers(1).withColumnRenamed("id", "label");

        assertThatThrownBy(() -> Nereid.infer(flowers, EXAMPLES + "iris"))
                .hasMessageContaining("the column 'label' would be there twice");
        assertThat(Arrays.asList(flowers.columns())).contains("label");
    }
}
