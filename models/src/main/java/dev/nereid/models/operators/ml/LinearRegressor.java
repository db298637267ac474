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
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * ONNX LinearRegressor: linear functions of rows of features. x: [rows, features]; y: FP32 [rows, targets]. A single
 * score is transformed by PROBIT alone.
 */
final class LinearRegressor implements Operator {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(TensorType.of(
                DataType.FP32, List.of(FeatureRows.rows(inference), Dim.of(targets(inference.attributes())))));
    }

    @Override
    public void lower(Lowering lowering) {
        Attributes attributes = lowering.attributes();
        int targets = targets(attributes);
        LinearScores functions = LinearScores.of(
                lowering, "coefficients", attributes.reals("coefficients").orElse(List.of()), targets);
        List<Float> intercepts = attributes.reals("intercepts").orElse(List.of());
        if (!intercepts.isEmpty() && intercepts.size() != targets) {
            throw new ModelFormatException(
                    "attribute 'intercepts': expected " + targets + " numbers, got " + intercepts.size());
        }
        PostTransform transform = PostTransform.of(attributes);
        FeatureRows rows = FeatureRows.of(lowering, DataType.FP32);
        lowering.step(run -> run(run, rows, functions, intercepts, transform));
    }

    private static void run(
            StepRun run,
            FeatureRows features,
            LinearScores functions,
            List<Float> intercepts,
            PostTransform transform) {
        Shape shape = run.input(0).shape();
        int rows = FeatureRows.rows(shape);
        int targets = functions.count();
        MemorySegment y = run.output(0).segment();
        functions.run(run, rows, FeatureRows.features(shape), features.read(run), y);
        double[] values = new double[targets];
        for (int row = 0; row < rows; row++) {
            long at = 4L * row * targets;
            for (int i = 0; i < targets; i++) {
                float product = y.get(FLOAT, at + 4L * i);
                values[i] = intercepts.isEmpty() ? product : product + intercepts.get(i);
            }
            if (targets > 1 || transform == PostTransform.PROBIT) {
                transform.apply(values, targets);
            }
            for (int i = 0; i < targets; i++) {
                y.set(FLOAT, at + 4L * i, (float) values[i]);
            }
        }
    }

    private static int targets(Attributes attributes) {
        long targets = attributes.integer("targets", 1);
        if (targets < 1 || targets > Integer.MAX_VALUE) {
            throw new ModelFormatException("attribute 'targets': expected at least 1, got " + targets);
        }
        return (int) targets;
    }
}
