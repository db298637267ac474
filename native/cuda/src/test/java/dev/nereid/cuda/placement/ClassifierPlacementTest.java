package dev.nereid.cuda.placement;

import static dev.nereid.models.operators.ModelSketch.floatList;
import static dev.nereid.models.operators.ModelSketch.graph;
import static dev.nereid.models.operators.ModelSketch.node;
import static dev.nereid.models.operators.ModelSketch.numbers;
import static dev.nereid.models.operators.ModelSketch.text;
import static dev.nereid.models.operators.ModelSketch.texts;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.device.PlacementReport;
import dev.nereid.proto.onnx.AttributeProto;
import dev.nereid.proto.onnx.GraphProto;
import dev.nereid.proto.onnx.NodeProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Classifiers by trees are on the GPU where their labels are integers, and give the CPU's labels. Powers of e and logarithms
 * may round to the neighbouring number.
 */
@Tag("cuda")
class ClassifierPlacementTest {
    private static final int FEATURES = 3;

    @AutoClose
    private final OnBoth both = OnBoth.open("classifiers by trees on a GPU");

    /** Which classes leaves have weights for, and of which sign. */
    private enum Weights {
        OF_ONE_CLASS,
        OF_ONE_CLASS_WITH_BOTH_SIGNS,
        OF_SOME_CLASSES
    }

    /** Trees of one comparison each. */
    private static List<AttributeProto> forest(Random random, int trees, int classes, Weights kind) {
        List<Long> treeIds = new ArrayList<>();
        List<Long> nodeIds = new ArrayList<>();
        List<Long> features = new ArrayList<>();
        List<String> modes = new ArrayList<>();
        List<Long> onTrue = new ArrayList<>();
        List<Long> onFalse = new ArrayList<>();
        List<Long> weightTrees = new ArrayList<>();
        List<Long> weightNodes = new ArrayList<>();
        List<Long> weightClasses = new ArrayList<>();
        float[] thresholds = new float[3 * trees];
        List<Float> weights = new ArrayList<>();
        long one = random.nextInt(classes);
        for (long tree = 0; tree < trees; tree++) {
            for (long place = 0; place < 3; place++) {
                treeIds.add(tree);
                nodeIds.add(place);
                features.add((long) random.nextInt(FEATURES));
                modes.add(place == 0 ? "BRANCH_LEQ" : "LEAF");
                onTrue.add(place == 0 ? 1L : 0L);
                onFalse.add(place == 0 ? 2L : 0L);
                thresholds[(int) (3 * tree + place)] = place == 0 ? (float) random.nextGaussian() : 0;
                for (long c = 0; place > 0 && c < classes; c++) {
                    boolean has = kind == Weights.OF_SOME_CLASSES ? random.nextInt(3) == 0 : c == one;
                    if (has) {
                        weightTrees.add(tree);
                        weightNodes.add(place);
                        weightClasses.add(c);
                        float weight = (float) random.nextGaussian() / trees;
                        weights.add(kind == Weights.OF_ONE_CLASS ? Math.abs(weight) : weight);
                    }
                }
            }
        }
        float[] values = new float[weights.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = weights.get(i);
        }
        return List.of(
                longs("nodes_treeids", treeIds),
                longs("nodes_nodeids", nodeIds),
                longs("nodes_featureids", features),
                texts("nodes_modes", modes),
                floatList("nodes_values", thresholds),
                longs("nodes_truenodeids", onTrue),
                longs("nodes_falsenodeids", onFalse),
                longs("class_treeids", weightTrees),
                longs("class_nodeids", weightNodes),
                longs("class_ids", weightClasses),
                floatList("class_weights", values));
    }

    private static AttributeProto longs(String name, List<Long> values) {
        return numbers(name, values.stream().mapToLong(Long::longValue).toArray());
    }

    private static GraphProto classifier(int classes, List<AttributeProto> attributes, AttributeProto labels) {
        NodeProto node = node("labels, scores = TreeEnsembleClassifier(x)").toBuilder()
                .setDomain("ai.onnx.ml")
                .addAllAttribute(attributes)
                .addAttribute(labels)
                .build();
        return graph("x:f[n," + FEATURES + "]", "labels:i[n] scores:f[n," + classes + "]", node);
    }

    private static AttributeProto integerLabels(int classes) {
        return longs(
                "classlabels_int64s", new Random(classes).longs(classes).boxed().toList());
    }

    private static Tensor rows(int rows) {
        Random random = new Random(rows);
        float[] values = new float[rows * FEATURES];
        for (int i = 0; i < values.length; i++) {
            values[i] = i % 11 == 3 ? Float.NaN : (float) random.nextGaussian();
        }
        return Tensor.of(
                DataType.FP32, Shape.of(rows, FEATURES), Arena.ofAuto().allocateFrom(ValueLayout.JAVA_FLOAT, values));
    }

    @ParameterizedTest
    @ValueSource(strings = {"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"})
    void classifiesByTheSameRules(String transform) {
        List<List<Tensor>> runs = List.of(List.of(rows(1)), List.of(rows(300)), List.of(rows(0)));
        for (int classes : new int[] {1, 2, 3, 10}) {
            for (Weights kind : Weights.values()) {
                for (int bases : new int[] {0, 1, classes}) {
                    if (bases == 1 && classes > 2) {
                        continue;
                    }
                    List<AttributeProto> attributes =
                            new ArrayList<>(forest(new Random(classes + bases), 5, classes, kind));
                    attributes.add(text("post_transform", transform));
                    float[] values = new float[bases];
                    for (int i = 0; i < bases; i++) {
                        values[i] = 0.1f * i - 0.05f;
                    }
                    attributes.add(floatList("base_values", values));
                    PlacementReport report = both.check(classifier(classes, attributes, integerLabels(classes)), runs);
                    assertThat(report.fallenBack()).isEmpty();
                    assertThat(report.regions()).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void findsLabelsThatNobodyWantsScoresFor() {
        List<AttributeProto> attributes = forest(new Random(1), 3, 4, Weights.OF_SOME_CLASSES);
        NodeProto node = node("labels = TreeEnsembleClassifier(x)").toBuilder()
                .setDomain("ai.onnx.ml")
                .addAllAttribute(attributes)
                .addAttribute(integerLabels(4))
                .build();
        PlacementReport report =
                both.check(graph("x:f[n," + FEATURES + "]", "labels:i[n]", node), List.of(List.of(rows(33))));
        assertThat(report.fallenBack()).isEmpty();
    }

    @Test
    void leavesTextLabelsOnTheCpu() {
        NodeProto node = node("labels, scores = TreeEnsembleClassifier(x)").toBuilder()
                .setDomain("ai.onnx.ml")
                .addAllAttribute(forest(new Random(1), 3, 2, Weights.OF_ONE_CLASS))
                .addAttribute(texts("classlabels_strings", List.of("no", "yes")))
                .build();
        GraphProto graph = graph("x:f[n," + FEATURES + "]", "y:f[n,2]", node, node("y = Relu(scores)"));
        PlacementReport report = both.check(graph, List.of(List.of(rows(5))));
        assertThat(report.fallenBack()).containsOnlyKeys("ai.onnx.ml.TreeEnsembleClassifier");
    }
}
