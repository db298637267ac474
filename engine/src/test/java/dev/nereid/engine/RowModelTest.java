package dev.nereid.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.engine.RowModel.Batching;
import dev.nereid.engine.RowResults.Done;
import dev.nereid.engine.RowResults.Failed;
import dev.nereid.models.examples.GraphWriter;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.tensor.Shape;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RowModelTest {
    private static final Path EXAMPLES = Path.of("../models/examples");
    private static Engine engine;

    @BeforeAll
    static void start() {
        engine = Engine.start(EngineOptions.callingThread());
    }

    @AfterAll
    static void stop() {
        engine.close();
    }

    private static RowModel load(String model, RowOptions options) {
        return engine.loadRows(EXAMPLES.resolve(model), ModelOptions.DEFAULT, options);
    }

    private static List<RowTensor> flower(float... features) {
        return List.of(RowTensor.ofFloats(Shape.of(features.length), features));
    }

    @Test
    void rowsOfEqualShapesAreOneRun() {
        try (RowModel model = load("iris", RowOptions.DEFAULT.withMaxRows(4))) {
            List<List<RowTensor>> rows = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                rows.add(i % 2 == 0 ? flower(5.1f, 3.5f, 1.4f, 0.2f) : flower(6.7f, 3.0f, 5.2f, 2.3f));
            }
            RowResults results = model.run(rows);

            assertThat(model.batching()).isEqualTo(Batching.EQUAL_SHAPES);
            assertThat(results.runs()).isEqualTo(3);
            for (int i = 0; i < 10; i++) {
                Done done = (Done) results.outcomes().get(i);
                assertThat(new String(done.outputs().getFirst().strings()[0], java.nio.charset.StandardCharsets.UTF_8))
                        .isEqualTo(i % 2 == 0 ? "setosa" : "virginica");
                assertThat(done.outputs().get(1).shape()).isEqualTo(Shape.of(3));
            }
        }
    }

    @Test
    void aRowThatDoesNotSuitFailsAlone() {
        try (RowModel model = load("iris", RowOptions.DEFAULT)) {
            RowResults results =
                    model.run(List.of(flower(5.1f, 3.5f, 1.4f, 0.2f), flower(1, 2), flower(6.7f, 3.0f, 5.2f, 2.3f)));

            assertThat(results.outcomes().get(0)).isInstanceOf(Done.class);
            assertThat(results.outcomes().get(1))
                    .isInstanceOfSatisfying(
                            Failed.class,
                            failed -> assertThat(failed.error())
                                    .hasMessageContaining("input 'features' FP32[4]: got shape [2]"));
            assertThat(results.outcomes().get(2)).isInstanceOf(Done.class);
        }
    }

    @Test
    void aRowThatFailsInItsRunFailsAlone(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("gather.onnx");
        Files.write(
                file,
                new GraphWriter("gather")
                        .input("index", TensorProto.DataType.INT64, "batch")
                        .output("value", TensorProto.DataType.FLOAT, "batch")
                        .constant("table", 10f, 20f, 30f)
                        .node("Gather", "value", "table", "index")
                        .model()
                        .toByteArray());
        try (RowModel model = engine.loadRows(file, ModelOptions.DEFAULT, RowOptions.DEFAULT)) {
            List<List<RowTensor>> rows = new ArrayList<>();
            for (long index : new long[] {0, 99, 2}) {
                rows.add(List.of(RowTensor.ofLongs(Shape.SCALAR, index)));
            }
            RowResults results = model.run(rows);

            assertThat(((Done) results.outcomes().get(0)).outputs().getFirst().floats())
                    .containsExactly(10);
            assertThat(results.outcomes().get(1)).isInstanceOf(Failed.class);
            assertThat(((Done) results.outcomes().get(2)).outputs().getFirst().floats())
                    .containsExactly(30);
        }
    }

    @Test
    void aModelWithoutABatchRunsRowByRow(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("fixed.onnx");
        Files.write(
                file,
                new GraphWriter("fixed")
                        .input("x", TensorProto.DataType.FLOAT, "2", "2")
                        .output("y", TensorProto.DataType.FLOAT, "2", "2")
                        .node("Neg", "y", "x")
                        .model()
                        .toByteArray());
        try (RowModel model = engine.loadRows(file, ModelOptions.DEFAULT, RowOptions.DEFAULT)) {
            RowResults results = model.run(List.of(flower(1, 2, 3, 4), flower(5, 6, 7, 8)));

            assertThat(model.batching()).isEqualTo(Batching.ONE_BY_ONE);
            assertThat(results.runs()).isEqualTo(2);
            RowTensor second = ((Done) results.outcomes().get(1)).outputs().getFirst();
            assertThat(second.shape()).isEqualTo(Shape.of(2, 2));
            assertThat(second.floats()).containsExactly(-5, -6, -7, -8);
        }
    }

    private static Path negation(Path file, Object... dims) throws Exception {
        return Files.write(
                file,
                new GraphWriter("negation")
                        .input("x", TensorProto.DataType.FLOAT, dims)
                        .output("y", TensorProto.DataType.FLOAT, dims)
                        .node("Neg", "y", "x")
                        .model()
                        .toByteArray());
    }

    @Test
    void aFirstDimOfOneIsABatchOfOneRow(@TempDir Path folder) throws Exception {
        Path file = negation(folder.resolve("one.onnx"), "1", "2", "2");
        try (RowModel model = engine.loadRows(file, ModelOptions.DEFAULT, RowOptions.DEFAULT)) {
            RowResults results =
                    model.run(List.of(flower(1, 2, 3, 4), List.of(RowTensor.ofFloats(Shape.of(2, 2), 5, 6, 7, 8))));

            assertThat(model.inputs().toString()).isEqualTo("['x' FP32[2,2]]");
            assertThat(results.runs()).isEqualTo(2);
            RowTensor second = ((Done) results.outcomes().get(1)).outputs().getFirst();
            assertThat(second.shape()).isEqualTo(Shape.of(2, 2));
            assertThat(second.floats()).containsExactly(-5, -6, -7, -8);
        }
    }

    @Test
    void theConfigBoundsTheRowsOfARun(@TempDir Path folder) throws Exception {
        negation(Files.createDirectories(folder.resolve("3")).resolve("model.onnx"), "batch", "2");
        Path config = Files.writeString(folder.resolve("config.pbtxt"), "max_batch_size: 2");
        List<List<RowTensor>> rows = List.of(flower(1, 2), flower(3, 4), flower(5, 6));
        try (RowModel model = engine.loadRows(folder, ModelOptions.DEFAULT, RowOptions.DEFAULT)) {
            assertThat(model.run(rows).runs()).isEqualTo(2);
            assertThat(model.version()).hasValue(3);
        }

        Files.writeString(config, "input { name: 'x' data_type: TYPE_FP32 dims: [ -1, 2 ] }");
        try (RowModel model = engine.loadRows(folder, ModelOptions.DEFAULT, RowOptions.DEFAULT)) {
            assertThat(model.batching()).isEqualTo(Batching.ONE_BY_ONE);
            assertThat(model.inputs().toString()).isEqualTo("['x' FP32[-1,2]]");
        }
    }

    @Test
    void textsOfDifferentLengthsRunSideBySideAndGetWhatTheyGetAlone() {
        Random random = new Random(7);
        List<List<RowTensor>> texts = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            texts.add(text(random, 3 + random.nextInt(20)));
        }
        texts.add(
                5,
                List.of(
                        texts.getFirst().getFirst(),
                        texts.get(1).get(1),
                        texts.getFirst().get(2)));
        try (RowModel packed = load("minilm", RowOptions.DEFAULT.withMaxTokens(64));
                RowModel alone =
                        load("minilm", RowOptions.DEFAULT.withPackedTexts(false).withMaxRows(1))) {
            RowResults together = packed.run(texts);
            RowResults single = alone.run(texts);

            assertThat(packed.batching()).isEqualTo(Batching.PACKED_TEXTS);
            assertThat(alone.batching()).isEqualTo(Batching.EQUAL_SHAPES);
            assertThat(together.runs()).isLessThan(texts.size() / 2);
            for (int i = 0; i < texts.size(); i++) {
                if (i == 5) {
                    assertThat(together.outcomes().get(i)).isInstanceOf(Failed.class);
                    continue;
                }
                RowTensor expected = ((Done) single.outcomes().get(i)).outputs().getFirst();
                RowTensor found = ((Done) together.outcomes().get(i)).outputs().getFirst();
                assertThat(found.shape()).isEqualTo(expected.shape());
                assertThat(found.floats())
                        .containsExactly(expected.floats(), org.assertj.core.data.Offset.offset(1e-4f));
            }
            // The same rows in other company get the same bits.
            RowTensor again = ((Done) packed.run(texts.subList(7, 9)).outcomes().getFirst())
                    .outputs()
                    .getFirst();
            assertThat(again.floats())
                    .containsExactly(((Done) together.outcomes().get(7))
                            .outputs()
                            .getFirst()
                            .floats());
        }
    }

    private static List<RowTensor> text(Random random, int tokens) {
        long[] ids = random.longs(tokens, 1000, 30_000).toArray();
        long[] ones = new long[tokens];
        Arrays.fill(ones, 1);
        Shape shape = Shape.of(tokens);
        return List.of(
                RowTensor.ofLongs(shape, ids),
                RowTensor.ofLongs(shape, ones),
                RowTensor.ofLongs(shape, new long[tokens]));
    }
}
