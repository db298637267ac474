package dev.nereid.models.operators.ml;

import dev.nereid.kernels.tree.Aggregate;
import dev.nereid.kernels.tree.Forest;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.util.List;

/**
 * ONNX TreeEnsembleClassifier: the class of each row by decision trees. x: [rows, features]; labels: STRING or INT64
 * [rows]; scores: FP32 [rows, classes].
 */
public final class TreeEnsembleClassifier implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        ClassLabels labels = labels(inference.attributes());
        Dim rows = FeatureRows.rows(inference);
        return List.of(
                TensorType.of(labels.dataType(), List.of(rows)),
                TensorType.of(DataType.FP32, List.of(rows, Dim.of(labels.count()))));
    }

    @Override
    public void lower(Lowering lowering) {
        Attributes attributes = lowering.attributes();
        ClassLabels labels = labels(attributes);
        Forest forest = forest(attributes, labels);
        ClassScores classes = classes(attributes, forest);
        ForestScores trees = ForestScores.of(lowering, forest, Aggregate.SUM);
        lowering.step(run -> run(run, trees, classes, labels));
    }

    private static void run(StepRun run, ForestScores trees, ClassScores classes, ClassLabels labels) {
        int count = labels.count();
        boolean wantsLabels = run.wants(0);
        boolean wantsScores = run.wants(1);
        Tensor y = run.output(wantsLabels ? 0 : 1);
        Tensor z = run.output(wantsScores ? 1 : 0);
        trees.run(run, (from, length, scores) -> {
            double[] values = new double[Math.max(2, count)];
            for (long row = from; row < from + length; row++) {
                int label = classes.finish(scores, row, values);
                if (wantsLabels && classes.hasPlainLabels() && !labels.areStrings()) {
                    labels.setPlain(y, row, label == 1);
                } else if (wantsLabels) {
                    labels.set(y, row, Math.min(label, count - 1));
                }
                for (int i = 0; wantsScores && i < count; i++) {
                    RealNumbers.set(z, row * count + i, values[i]);
                }
            }
        });
    }

    public static Forest forest(Attributes attributes, ClassLabels labels) {
        return NodeLists.read(attributes, "class", labels.count());
    }

    public static ClassScores classes(Attributes attributes, Forest forest) {
        int count = forest.targets();
        return ClassScores.of(forest, BaseValues.read(attributes, count, count <= 2), PostTransform.of(attributes));
    }

    public static ClassLabels labels(Attributes attributes) {
        return ClassLabels.of(attributes, "classlabels_int64s");
    }
}
