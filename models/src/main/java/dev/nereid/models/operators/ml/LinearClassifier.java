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
 * ONNX LinearClassifier: the class of each row by linear functions of its features. x: [rows, features]; labels: STRING
 * or INT64 [rows]; scores: FP32 [rows, classes]. A single function may decide between two classes: its value is then the
 * second one's score.
 */
final class LinearClassifier implements Operator {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    /** The functions and what is done with them. */
    private record Model(LinearScores functions, ClassLabels labels, PostTransform transform, RowTransform rows) {}

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        Attributes attributes = inference.attributes();
        ClassLabels labels = labels(attributes);
        Dim rows = FeatureRows.rows(inference);
        return List.of(
                TensorType.of(labels.dataType(), List.of(rows)),
                TensorType.of(DataType.FP32, List.of(rows, Dim.of(scores(functions(attributes, labels), labels)))));
    }

    @Override
    public void lower(Lowering lowering) {
        Attributes attributes = lowering.attributes();
        ClassLabels labels = labels(attributes);
        List<Float> coefficients = attributes.reals("coefficients").orElse(List.of());
        LinearScores functions = LinearScores.of(lowering, "coefficients", coefficients, functions(attributes, labels))
                .withIntercepts(lowering, attributes.reals("intercepts").orElse(List.of()));
        PostTransform transform = PostTransform.of(attributes);
        Model model = new Model(functions, labels, transform, RowTransform.of(lowering, transform));
        FeatureRows rows = FeatureRows.of(lowering, DataType.FP32);
        if (functions.count() > 1) {
            lowering.step(run -> runSeveral(run, rows, model));
        } else {
            lowering.step(run -> runOne(run, rows, model));
        }
    }

    /** A function a class: the highest one decides. */
    private static void runSeveral(StepRun run, FeatureRows features, Model model) {
        Shape shape = run.input(0).shape();
        int rows = FeatureRows.rows(shape);
        int functions = model.functions().count();
        MemorySegment scores = run.wants(1) ? run.output(1).segment() : run.scratch(4L * rows * functions);
        model.functions().run(run, rows, FeatureRows.features(shape), features.read(run), scores);
        if (run.wants(0)) {
            Tensor labels = run.output(0);
            for (int row = 0; row < rows; row++) {
                model.labels().set(labels, row, highest(scores, (long) row * functions, functions));
            }
        }
        if (run.wants(1)) {
            model.rows().apply(scores, rows, functions);
        }
    }

    private static int highest(MemorySegment scores, long first, int count) {
        int best = 0;
        float highest = scores.get(FLOAT, 4 * first);
        for (int i = 1; i < count; i++) {
            float score = scores.get(FLOAT, 4 * (first + i));
            if (score > highest) {
                best = i;
                highest = score;
            }
        }
        return best;
    }

    private static void runOne(StepRun run, FeatureRows features, Model model) {
        Shape shape = run.input(0).shape();
        int rows = FeatureRows.rows(shape);
        MemorySegment products = run.scratch(4L * rows);
        model.functions().run(run, rows, FeatureRows.features(shape), features.read(run), products);
        int scores = scores(1, model.labels());
        double[] values = new double[2];
        for (int row = 0; row < rows; row++) {
            values[0] = products.get(FLOAT, 4L * row);
            values[1] = 0;
            if (run.wants(0)) {
                label(model.labels(), values[0] > 0, run.output(0), row);
            }
            if (run.wants(1)) {
                finish(model.transform(), scores, values);
                for (int i = 0; i < scores; i++) {
                    run.output(1).segment().set(FLOAT, 4 * ((long) row * scores + i), (float) values[i]);
                }
            }
        }
    }

    private static void label(ClassLabels labels, boolean positive, Tensor y, int row) {
        if (labels.count() == 2) {
            labels.set(y, row, positive ? 1 : 0);
        } else {
            labels.setPlain(y, row, positive);
        }
    }

    /** From the value of the one function to one or two scores. */
    private static void finish(PostTransform transform, int scores, double[] values) {
        if (transform == PostTransform.PROBIT) {
            transform.apply(values, 1);
        } else if (scores == 2) {
            transform.complete(values[0], values);
        }
    }

    /** One function an intercept; without intercepts, one a class. */
    private static int functions(Attributes attributes, ClassLabels labels) {
        int intercepts = attributes.reals("intercepts").map(List::size).orElse(0);
        int functions = intercepts > 0 ? intercepts : labels.count();
        if (functions > 1 && functions > labels.count()) {
            throw new ModelFormatException("attribute 'intercepts': expected at most one for each of the "
                    + labels.count() + " labels, got " + functions);
        }
        return functions;
    }

    private static int scores(int functions, ClassLabels labels) {
        return functions == 1 && labels.count() == 2 ? 2 : functions;
    }

    private static ClassLabels labels(Attributes attributes) {
        return ClassLabels.of(attributes, "classlabels_ints");
    }
}
