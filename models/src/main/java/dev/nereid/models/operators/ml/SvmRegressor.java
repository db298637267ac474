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
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/**
 * ONNX SVMRegressor: one score a row by a support vector machine, or 1 and -1 for inliers and outliers. x: [rows,
 * features]; y: FP32 [rows, 1]. Without support vectors the coefficients are those of a linear function.
 */
final class SvmRegressor implements Operator {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        return List.of(TensorType.of(DataType.FP32, List.of(FeatureRows.rows(inference), Dim.of(1))));
    }

    @Override
    public void lower(Lowering lowering) {
        Attributes attributes = lowering.attributes();
        List<Float> coefficients = attributes.reals("coefficients").orElse(List.of());
        List<Float> rho = attributes.reals("rho").orElse(List.of());
        int count = Math.toIntExact(attributes.integer("n_supports", 0));
        if (coefficients.isEmpty() || rho.isEmpty() || (count > 0 && coefficients.size() != count)) {
            throw new ModelFormatException("attributes 'coefficients' and 'rho': expected a coefficient for each of "
                    + count + " support vectors and an offset, got " + coefficients.size() + " and " + rho.size());
        }
        boolean oneClass = attributes.integer("one_class", 0) != 0;
        FeatureRows rows = FeatureRows.of(lowering, DataType.FP32);
        float offset = rho.get(0);
        if (count > 0) {
            SupportVectors vectors = SupportVectors.of(lowering, count);
            WeightGroups weights = new WeightGroups(ConstantFloats.of(lowering, coefficients), 1, 0, count);
            lowering.step(run -> {
                Shape x = run.input(0).shape();
                MemorySegment sums =
                        vectors.weigh(run, FeatureRows.rows(x), FeatureRows.features(x), rows.read(run), weights);
                finish(run, row -> sums.get(DOUBLE, 8L * row), offset, oneClass);
            });
        } else {
            LinearScores function = LinearScores.of(lowering, "coefficients", coefficients, 1);
            lowering.step(run -> {
                Shape x = run.input(0).shape();
                MemorySegment products = run.scratch(4L * FeatureRows.rows(x));
                function.run(run, FeatureRows.rows(x), FeatureRows.features(x), rows.read(run), products);
                finish(run, row -> products.get(FLOAT, 4L * row), offset, oneClass);
            });
        }
    }

    private static void finish(StepRun run, IntToDoubleFunction sum, float offset, boolean oneClass) {
        MemorySegment y = run.output(0).segment();
        int rows = FeatureRows.rows(run.input(0).shape());
        for (int row = 0; row < rows; row++) {
            float score = (float) (sum.applyAsDouble(row) + offset);
            y.set(FLOAT, 4L * row, oneClass ? (score > 0 ? 1 : -1) : score);
        }
    }
}
