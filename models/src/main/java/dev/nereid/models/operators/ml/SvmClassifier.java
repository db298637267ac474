package dev.nereid.models.operators.ml;

import dev.nereid.kernels.svm.WeightGroups;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * ONNX SVMClassifier: the class of each row by support vector machines, one a pair of classes, or by linear functions, one
 * a class. x: [rows, features]; labels: STRING or INT64 [rows]; scores: FP32 [rows, n] with a probability or a linear
 * score a class, else a score a pair (with two classes a score and its opposite).
 */
final class SvmClassifier implements Operator {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        ClassLabels labels = labels(inference.attributes());
        Dim rows = FeatureRows.rows(inference);
        return List.of(
                TensorType.of(labels.dataType(), List.of(rows)),
                TensorType.of(DataType.FP32, List.of(rows, Dim.of(scores(inference.attributes(), labels)))));
    }

    @Override
    public void lower(Lowering lowering) {
        Attributes attributes = lowering.attributes();
        ClassLabels labels = labels(attributes);
        FeatureRows rows = FeatureRows.of(lowering, DataType.FP32);
        int scores = scores(attributes, labels);
        if (isLinear(attributes)) {
            SvmLinearRows finish = SvmLinearRows.of(attributes, labels);
            LinearScores functions = LinearScores.of(
                    lowering, "coefficients", attributes.reals("coefficients").orElse(List.of()), labels.count());
            lowering.step(run -> {
                Shape x = run.input(0).shape();
                MemorySegment products = run.scratch(4L * FeatureRows.rows(x) * labels.count());
                functions.run(run, FeatureRows.rows(x), FeatureRows.features(x), rows.read(run), products);
                double[] values = new double[labels.count()];
                finish(run, labels, scores, (row, results) -> {
                    for (int i = 0; i < values.length; i++) {
                        values[i] = products.get(FLOAT, 4 * ((long) row * values.length + i));
                    }
                    return finish.finish(values, results);
                });
            });
        } else {
            SvmPairRows finish = SvmPairRows.of(attributes, labels.count());
            SupportVectors vectors = SupportVectors.of(lowering, finish.supportVectors());
            WeightGroups weights = finish.weights(lowering);
            int terms = weights.groups() * weights.lists();
            lowering.step(run -> {
                Shape x = run.input(0).shape();
                MemorySegment sums =
                        vectors.weigh(run, FeatureRows.rows(x), FeatureRows.features(x), rows.read(run), weights);
                SvmPairRows.Scratch scratch = finish.scratch();
                finish(run, labels, scores, (row, results) -> {
                    MemorySegment.copy(sums, DOUBLE, 8L * row * terms, scratch.sums(), 0, terms);
                    return finish.finish(scratch, results);
                });
            });
        }
    }

    /** From what is known of one row to its class and scores. */
    @FunctionalInterface
    private interface RowFinish {
        /**
         * Computes a row.
         *
         * @param scores receives the scores
         * @return the class
         */
        int finish(int row, double[] scores);
    }

    private static void finish(StepRun run, ClassLabels labels, int scores, RowFinish finish) {
        int rows = FeatureRows.rows(run.input(0).shape());
        double[] results = new double[Math.max(2, Math.max(scores, labels.count()))];
        for (int row = 0; row < rows; row++) {
            int label = finish.finish(row, results);
            if (run.wants(0)) {
                labels.set(run.output(0), row, label);
            }
            if (run.wants(1)) {
                Tensor z = run.output(1);
                for (int i = 0; i < scores; i++) {
                    z.segment().set(FLOAT, 4 * ((long) row * scores + i), (float) results[i]);
                }
            }
        }
    }

    private static boolean isLinear(Attributes attributes) {
        for (long count : attributes.integers("vectors_per_class").orElse(new long[0])) {
            if (count > 0) {
                return false;
            }
        }
        return true;
    }

    private static int scores(Attributes attributes, ClassLabels labels) {
        int classes = labels.count();
        boolean probabilities = attributes.reals("prob_a").map(List::size).orElse(0) > 0;
        return isLinear(attributes) || probabilities || classes <= 2 ? classes : classes * (classes - 1) / 2;
    }

    private static ClassLabels labels(Attributes attributes) {
        ClassLabels labels = ClassLabels.of(attributes, "classlabels_ints");
        if (labels.count() < 2 || labels.count() > 0xffff) {
            throw new ModelFormatException("expected labels of 2 to 65535 classes, got " + labels.count());
        }
        return labels;
    }
}
