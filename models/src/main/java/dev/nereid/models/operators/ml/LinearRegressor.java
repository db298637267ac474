package dev.nereid.models.operators.ml;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * ONNX LinearRegressor: linear functions of rows of features. x: [rows, features]; y: FP32 [rows, targets]. A single
 * score is transformed by PROBIT alone.
 */
final class LinearRegressor implements Operator {
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
        LinearScores scores = functions.withIntercepts(lowering, intercepts);
        PostTransform transform = PostTransform.of(attributes);
        RowTransform finish = RowTransform.of(
                lowering, targets > 1 || transform == PostTransform.PROBIT ? transform : PostTransform.NONE);
        FeatureRows features = FeatureRows.of(lowering, DataType.FP32);
        lowering.step(run -> {
            Shape x = run.input(0).shape();
            int rows = FeatureRows.rows(x);
            MemorySegment y = run.output(0).segment();
            scores.run(run, rows, FeatureRows.features(x), features.read(run), y);
            finish.apply(y, rows, targets);
        });
    }

    private static int targets(Attributes attributes) {
        long targets = attributes.integer("targets", 1);
        if (targets < 1 || targets > Integer.MAX_VALUE) {
            throw new ModelFormatException("attribute 'targets': expected at least 1, got " + targets);
        }
        return (int) targets;
    }
}
