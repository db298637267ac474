package dev.nereid.models.operators.ml;

import dev.nereid.kernels.tree.Aggregate;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import java.util.List;

/**
 * ONNX TreeEnsemble: scores of rows by decision trees, whose nodes may also ask whether a feature is in a set. x: [rows,
 * features]; y, of the type of x: [rows, n_targets].
 */
public final class TreeEnsemble implements Operator {
    private static final List<Aggregate> AGGREGATES =
            List.of(Aggregate.SUM, Aggregate.SUM, Aggregate.MINIMUM, Aggregate.MAXIMUM);
    private static final int AVERAGE = 0;
    private static final int SUM = 1;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return ForestRegression.outputTypes(
                inference,
                TreeEnsembleRegressor.targets(inference.attributes()),
                inference.type(0).dataType());
    }

    @Override
    public void lower(Lowering lowering) {
        regression(lowering.attributes()).lower(lowering);
    }

    public static ForestRegression regression(Attributes attributes) {
        int aggregate = number(attributes, "aggregate_function", SUM, AGGREGATES.size());
        int transform = number(attributes, "post_transform", 0, PostTransform.BY_NUMBER.size());
        return new ForestRegression(
                LeafLists.read(attributes, TreeEnsembleRegressor.targets(attributes)),
                AGGREGATES.get(aggregate),
                aggregate == AVERAGE,
                new double[0],
                PostTransform.BY_NUMBER.get(transform));
    }

    private static int number(Attributes attributes, String name, long whenAbsent, int count) {
        long number = attributes.integer(name, whenAbsent);
        if (number < 0 || number >= count) {
            throw new ModelFormatException(
                    "attribute '" + name + "': expected a number from 0 to " + (count - 1) + ", got " + number);
        }
        return (int) number;
    }
}
