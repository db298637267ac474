package dev.nereid.models.operators.linear;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.elementwise.RealNumbers;
import dev.nereid.tensor.Tensor;
import java.util.List;

/**
 * ONNX Det: the determinant of each matrix, by elimination with partial pivoting.
 *
 * <p>x: [..., n, n]; y: [...].
 */
final class Det implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (!x.hasRank()) {
            return List.of(x);
        }
        if (x.rank() < 2
                || (x.dim(-1).isKnown() && x.dim(-2).isKnown() && !x.dim(-1).equals(x.dim(-2)))) {
            throw new ModelFormatException("expected square matrices, got " + x);
        }
        return List.of(TensorType.of(x.dataType(), x.dims().orElseThrow().subList(0, x.rank() - 2)));
    }

    @Override
    public void lower(Lowering lowering) {
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            int n = Math.toIntExact(x.shape().dim(-1));
            for (int i = 0; i < y.shape().elements(); i++) {
                RealNumbers.set(y, i, determinant(matrix(x, (long) i * n * n, n)));
            }
        });
    }

    private static double[][] matrix(Tensor x, long first, int n) {
        double[][] matrix = new double[n][n];
        for (int i = 0; i < n * n; i++) {
            matrix[i / n][i % n] = RealNumbers.at(x, first + i);
        }
        return matrix;
    }

    private static double determinant(double[][] rows) {
        double determinant = 1;
        for (int column = 0; column < rows.length; column++) {
            int pivot = column;
            for (int row = column + 1; row < rows.length; row++) {
                if (Math.abs(rows[row][column]) > Math.abs(rows[pivot][column])) {
                    pivot = row;
                }
            }
            if (rows[pivot][column] == 0) {
                return 0;
            }
            if (pivot != column) {
                double[] other = rows[pivot];
                rows[pivot] = rows[column];
                rows[column] = other;
                determinant = -determinant;
            }
            determinant *= rows[column][column];
            for (int row = column + 1; row < rows.length; row++) {
                double factor = rows[row][column] / rows[column][column];
                for (int i = column; i < rows.length; i++) {
                    rows[row][i] -= factor * rows[column][i];
                }
            }
        }
        return determinant;
    }
}
