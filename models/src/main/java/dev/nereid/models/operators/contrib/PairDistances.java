package dev.nereid.models.operators.contrib;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Attributes;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.lowering.StepRun;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.Parallel;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;

/**
 * com.microsoft.CDist: the distance of each row of a from each row of b, its square with the metric {@code sqeuclidean}.
 *
 * <p>a: [m, size]; b: [n, size]; y: [m, n].
 */
final class PairDistances implements Operator {
    private static boolean squared(Attributes attributes) {
        String metric = attributes.text("metric", "sqeuclidean");
        if (!metric.equals("sqeuclidean") && !metric.equals("euclidean")) {
            throw new ModelFormatException(
                    "attribute 'metric': expected sqeuclidean or euclidean, got '" + metric + "'");
        }
        return metric.equals("sqeuclidean");
    }

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        var _ = squared(inference.attributes());
        TensorType a = inference.type(0);
        TensorType b = inference.type(1);
        if ((a.hasRank() && a.rank() != 2) || (b.hasRank() && b.rank() != 2)) {
            throw new ModelFormatException("expected two matrices, got " + a + " and " + b);
        }
        Dim m = a.hasRank() ? a.dim(0) : inference.unknownDim();
        Dim n = b.hasRank() ? b.dim(0) : inference.unknownDim();
        return List.of(TensorType.of(a.dataType(), List.of(m, n)));
    }

    @Override
    public void lower(Lowering lowering) {
        boolean squared = squared(lowering.attributes());
        lowering.step(run -> run(run, squared));
    }

    private static void run(StepRun run, boolean squared) {
        Tensor a = run.input(0);
        Tensor b = run.input(1);
        Tensor y = run.output(0);
        Shape shape = a.shape();
        if (shape.dim(1) != b.shape().dim(1)) {
            throw new IllegalArgumentException("expected rows of one length, got " + shape + " and " + b.shape());
        }
        long n = b.shape().dim(0);
        long size = shape.dim(1);
        Parallel.rows(run.workers(), shape.dim(0), n * size, y.dataType(), (from, count) -> {
            for (long row = from; row < from + count; row++) {
                for (long other = 0; other < n; other++) {
                    double sum = 0;
                    for (long i = 0; i < size; i++) {
                        double difference = RealNumbers.at(a, row * size + i) - RealNumbers.at(b, other * size + i);
                        sum += difference * difference;
                    }
                    RealNumbers.set(y, row * n + other, squared ? sum : Math.sqrt(sum));
                }
            }
        });
    }
}
