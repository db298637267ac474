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
    private record Model(
            LinearScores functions, List<Float> intercepts, ClassLabels labels, PostTransform transform, int scores) {}

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
        int functions = functions(attributes, labels);
        Model model = new Model(
                LinearScores.of(lowering, "coefficients", coefficients, functions),
                attributes.reals("intercepts").orElse(List.of()),
                labels,
                PostTransform.of(attributes),
                scores(functions, labels));
        FeatureRows rows = FeatureRows.of(lowering, DataType.FP32);
        lowering.step(run -> run(run, rows, model));
    }

    private static void run(StepRun run, FeatureRows features, Model model) {
        Shape shape = run.input(0).shape();
        int rows = FeatureRows.rows(shape);
        int functions = model.functions().count();
        MemorySegment products = run.scratch(4L * rows * functions);
        model.functions().run(run, rows, FeatureRows.features(shape), features.read(run), products);
        double[] values = new double[Math.max(2, functions)];
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < functions; i++) {
                float product = products.get(FLOAT, 4 * ((long) row * functions + i));
                values[i] = model.intercepts().isEmpty()
                        ? product
                        : product + model.intercepts().get(i);
            }
            if (run.wants(0)) {
                label(model, values, run.output(0), row);
            }
            if (run.wants(1)) {
                scores(model, values, run.output(1), row);
            }
        }
    }

    private static void label(Model model, double[] values, Tensor y, int row) {
        int functions = model.functions().count();
        if (functions > 1) {
            int best = 0;
            for (int i = 1; i < functions; i++) {
                best = values[i] > values[best] ? i : best;
            }
            model.labels().set(y, row, best);
        } else if (model.labels().count() == 2) {
            model.labels().set(y, row, values[0] > 0 ? 1 : 0);
        } else {
            model.labels().setPlain(y, row, values[0] > 0);
        }
    }

    private static void scores(Model model, double[] values, Tensor z, int row) {
        int functions = model.functions().count();
        if (functions > 1 || model.transform() == PostTransform.PROBIT) {
            model.transform().apply(values, functions);
        }
        values[1] = functions == 1 ? 0 : values[1];
        if (functions == 1 && model.scores() == 2 && model.transform() != PostTransform.PROBIT) {
            model.transform().complete(values[0], values);
        }
        for (int i = 0; i < model.scores(); i++) {
            z.segment().set(FLOAT, 4 * ((long) row * model.scores() + i), (float) values[i]);
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
