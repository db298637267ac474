package dev.nereid.models.operators.contrib;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.Tensor;
import java.util.List;

/**
 * com.microsoft.Inverse: the inverse of each matrix, by elimination with partial pivoting; of one that has none, infinities
 * and NaN.
 *
 * <p>x and y: [..., n, n].
 */
final class Inverse implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (x.hasRank()
                && (x.rank() < 2
                        || (x.dim(-1).isKnown()
                                && x.dim(-2).isKnown()
                                && !x.dim(-1).equals(x.dim(-2))))) {
            throw new ModelFormatException("input 0: expected square matrices, got " + x);
        }
        return List.of(x);
    }

    @Override
    public void lower(Lowering lowering) {
        lowering.step(run -> {
            Tensor x = run.input(0);
            int n = Math.toIntExact(x.shape().dim(-1));
            if (x.shape().dim(-2) != n) {
                throw new IllegalArgumentException("input 0: expected square matrices, got " + x.shape());
            }
            long matrices = n == 0 ? 0 : x.shape().elements() / n / n;
            for (long matrix = 0; matrix < matrices; matrix++) {
                invert(x, run.output(0), matrix * n * n, n);
            }
        });
    }

    private static void invert(Tensor x, Tensor y, long first, int n) {
        double[][] rows = new double[n][2 * n];
        for (int i = 0; i < n * n; i++) {
            rows[i / n][i % n] = RealNumbers.at(x, first + i);
        }
        for (int i = 0; i < n; i++) {
            rows[i][n + i] = 1;
        }
        for (int column = 0; column < n; column++) {
            int pivot = column;
            for (int row = column + 1; row < n; row++) {
                if (Math.abs(rows[row][column]) > Math.abs(rows[pivot][column])) {
                    pivot = row;
                }
            }
            double[] chosen = rows[pivot];
            rows[pivot] = rows[column];
            rows[column] = chosen;
            double factor = 1 / chosen[column];
            for (int i = 0; i < 2 * n; i++) {
                chosen[i] *= factor;
            }
            for (int row = 0; row < n; row++) {
                double share = rows[row][column];
                for (int i = column; row != column && i < 2 * n; i++) {
                    rows[row][i] -= share * chosen[i];
                }
            }
        }
        for (int i = 0; i < n * n; i++) {
            RealNumbers.set(y, first + i, rows[i / n][n + i % n]);
        }
    }
}
