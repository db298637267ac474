package dev.nereid.models.operators.ml;

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
                finish(run, products, labels.count(), finish, labels, scores);
            });
        } else {
            SvmPairRows finish = SvmPairRows.of(attributes, labels.count());
            SupportVectors vectors = SupportVectors.of(lowering, finish.supportVectors());
            lowering.step(run -> {
                Shape x = run.input(0).shape();
                MemorySegment near = vectors.compare(run, FeatureRows.rows(x), FeatureRows.features(x), rows.read(run));
                finish(run, near, vectors.count(), finish, labels, scores);
            });
        }
    }

    /** From what is known of one row to its class and scores. */
    @FunctionalInterface
    interface RowFinish {
        /**
         * Computes a row.
         *
         * @param values one a support vector, or one a linear function
         * @param scores receives the scores
         * @return the class
         */
        int finish(float[] values, double[] scores);
    }

    private static void finish(
            StepRun run, MemorySegment terms, int count, RowFinish finish, ClassLabels labels, int scores) {
        int rows = FeatureRows.rows(run.input(0).shape());
        float[] values = new float[count];
        double[] results = new double[Math.max(2, Math.max(scores, labels.count()))];
        for (int row = 0; row < rows; row++) {
            MemorySegment.copy(terms, FLOAT, 4L * row * count, values, 0, count);
            int label = finish.finish(values, results);
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
