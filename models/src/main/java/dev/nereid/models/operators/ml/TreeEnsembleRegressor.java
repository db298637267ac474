package dev.nereid.models.operators.ml;

import dev.nereid.kernels.tree.Aggregate;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import java.util.List;

/** ONNX TreeEnsembleRegressor: scores of rows by decision trees. x: [rows, features]; y: FP32 [rows, n_targets]. */
public final class TreeEnsembleRegressor implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return ForestRegression.outputTypes(inference, targets(inference.attributes()), DataType.FP32);
    }

    @Override
    public void lower(Lowering lowering) {
        regression(lowering.attributes()).lower(lowering);
    }

    public static ForestRegression regression(Attributes attributes) {
        int targets = targets(attributes);
        String aggregate = attributes.text("aggregate_function", "SUM");
        return new ForestRegression(
                NodeLists.read(attributes, "target", targets),
                aggregate(aggregate),
                aggregate.equals("AVERAGE"),
                BaseValues.read(attributes, targets, false),
                PostTransform.of(attributes));
    }

    static int targets(Attributes attributes) {
        long targets = attributes.integer("n_targets", 0);
        if (targets < 1 || targets > Integer.MAX_VALUE) {
            throw new ModelFormatException("attribute 'n_targets': expected at least 1, got " + targets);
        }
        return (int) targets;
    }

    private static Aggregate aggregate(String name) {
        return switch (name) {
            case "SUM", "AVERAGE" -> Aggregate.SUM;
            case "MIN" -> Aggregate.MINIMUM;
            case "MAX" -> Aggregate.MAXIMUM;
            default ->
                throw new ModelFormatException(
                        "attribute 'aggregate_function': expected AVERAGE, SUM, MIN or MAX, got '" + name + "'");
        };
    }
}
