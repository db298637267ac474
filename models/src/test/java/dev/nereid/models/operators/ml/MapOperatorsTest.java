package dev.nereid.models.operators.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.Workers;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.execute.PlanRunner;
import dev.nereid.models.execute.RunResult;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Attributes.Attribute;
import dev.nereid.models.graph.Graph;
import dev.nereid.models.graph.MapType;
import dev.nereid.models.graph.Node;
import dev.nereid.models.graph.RunValue;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.graph.Value;
import dev.nereid.models.graph.ValueType;
import dev.nereid.models.operators.Tensors;
import dev.nereid.models.plan.Plan;
import dev.nereid.models.plan.PlanBuilder;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class MapOperatorsTest {
    private static String run(String operator, Map<String, Attribute> attributes, ValueType type, RunValue input) {
        Value x = new Value("x");
        Value y = new Value("y");
        Node node = Node.of("n", "ai.onnx.ml", operator, 1, List.of(x), List.of(y), new Attributes(attributes));
        Graph graph = new Graph("g", List.of(x), List.of(y), List.of(node), Map.of(), Map.of(x, type));
        try (SlabPool pool = new SlabPool(1 << 20);
                Plan plan = PlanBuilder.build(graph, ModelLoader.operators(), KernelSet.scalar());
                PlanRunner runner = new PlanRunner(plan, pool);
                RunResult result = runner.runValues(List.of(input), Workers.single())) {
            return text(result.values().getFirst());
        }
    }

    private static String text(RunValue value) {
        return switch (value) {
            case RunValue.OfTensor(Tensor tensor) -> Tensors.text(tensor);
            case RunValue.OfSequence(List<RunValue> elements) ->
                elements.stream().map(MapOperatorsTest::text).collect(Collectors.joining("; "));
            case RunValue.OfMap(Tensor keys, Tensor values) -> Tensors.text(keys) + " to " + Tensors.text(values);
            case RunValue.OfOptional optional -> optional.toString();
        };
    }

    private static MapType map(DataType keys, DataType values) {
        return new MapType(keys, TensorType.of(values, Shape.SCALAR));
    }

    private static String zip(Attribute labels, String name, Tensor scores) {
        return run("ZipMap", Map.of(name, labels), TensorType.ofUnknownRank(DataType.FP32), RunValue.of(scores));
    }

    @Test
    void putsTheScoresOfEachRowUnderTheirLabels() {
        Attribute.Texts labels = new Attribute.Texts(List.of("a", "b"));
        assertThat(zip(labels, "classlabels_strings", Tensors.floats(new float[] {1, 2, 3, 4}, 2, 2)))
                .isEqualTo("STRING[2] ['a', 'b'] to FP32[2] [1.0, 2.0]; STRING[2] ['a', 'b'] to FP32[2] [3.0, 4.0]");
        assertThat(zip(new Attribute.Ints(List.of(7L, 5L)), "classlabels_int64s", Tensors.floats(new float[] {1, 2})))
                .isEqualTo("INT64[2] [7, 5] to FP32[2] [1.0, 2.0]");
        assertThat(zip(labels, "classlabels_strings", Tensors.floats(new float[0], 0, 2)))
                .isEmpty();
    }

    @Test
    void refusesScoresThatAreNotAsManyAsTheLabels() {
        assertThatThrownBy(() -> zip(
                        new Attribute.Ints(List.of(7L, 5L)),
                        "classlabels_int64s",
                        Tensors.floats(new float[] {1, 2, 3}, 1, 3)))
                .hasMessageContaining("each of the 2 labels");
        assertThatThrownBy(() -> zip(
                        new Attribute.Ints(List.of(7L, 7L)), "classlabels_int64s", Tensors.floats(new float[] {1, 2})))
                .hasMessageContaining("differ");
    }

    @Test
    void ordersValuesByAVocabulary() {
        Map<String, Attribute> vocabulary = Map.of("string_vocabulary", new Attribute.Texts(List.of("x", "y", "z")));
        assertThat(run(
                        "DictVectorizer",
                        vocabulary,
                        map(DataType.STRING, DataType.FP32),
                        new RunValue.OfMap(Tensors.strings("z", "w", "x"), Tensors.floats(new float[] {1.5f, 2, 3}))))
                .isEqualTo("FP32[1,3] [3.0, 0.0, 1.5]");
        assertThat(run(
                        "DictVectorizer",
                        Map.of("int64_vocabulary", new Attribute.Ints(List.of(4L, 2L))),
                        map(DataType.INT64, DataType.STRING),
                        new RunValue.OfMap(Tensors.longs(2), Tensors.strings("two"))))
                .isEqualTo("STRING[1,2] ['', 'two']");
    }

    @Test
    void castsTheValuesOfAMap() {
        RunValue numbers = new RunValue.OfMap(Tensors.longs(3, 1), Tensors.floats(new float[] {2.5f, -1}));
        MapType floats = map(DataType.INT64, DataType.FP32);
        assertThat(run("CastMap", Map.of(), floats, numbers)).isEqualTo("FP32[1,2] [-1.0, 2.5]");
        assertThat(run("CastMap", Map.of("cast_to", new Attribute.Text("TO_STRING")), floats, numbers))
                .isEqualTo("STRING[1,2] ['-1.000000', '2.500000']");
        assertThat(run(
                        "CastMap",
                        Map.of(
                                "cast_to",
                                new Attribute.Text("TO_INT64"),
                                "map_form",
                                new Attribute.Text("SPARSE"),
                                "max_map",
                                new Attribute.Int(4)),
                        floats,
                        numbers))
                .isEqualTo("INT64[1,4] [0, -1, 0, 2]");
        assertThatThrownBy(() -> run(
                        "CastMap",
                        Map.of(),
                        map(DataType.INT64, DataType.STRING),
                        new RunValue.OfMap(Tensors.longs(1), Tensors.strings("many"))))
                .hasMessageContaining("'many'");
    }
}
