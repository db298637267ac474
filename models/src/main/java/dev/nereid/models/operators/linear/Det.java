package dev.nereid.models.operators.linear;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * ONNX Det: the determinant of each matrix of {@code FP32} or {@code FP64}, by elimination with partial pivoting.
 *
 * <p>x: [..., n, n]; y: [...].
 */
final class Det implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        if (x.dataType() != DataType.FP32 && x.dataType() != DataType.FP64) {
            throw new ModelFormatException("expected matrices of FP32 or FP64, got " + x);
        }
        if (!x.hasRank()) {
            return List.of(x);
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
                set(y, i, determinant(matrix(x, (long) i * n * n, n)));
            }
        });
    }

    private static double[][] matrix(Tensor x, long first, int n) {
        MemorySegment segment = x.segment();
        double[][] matrix = new double[n][n];
        for (int i = 0; i < n * n; i++) {
            matrix[i / n][i % n] = x.dataType() == DataType.FP32
                    ? segment.get(ValueLayout.JAVA_FLOAT_UNALIGNED, (first + i) * Float.BYTES)
                    : segment.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, (first + i) * Double.BYTES);
        }
        return matrix;
    }

    private static void set(Tensor y, long index, double value) {
        if (y.dataType() == DataType.FP32) {
            y.segment().set(ValueLayout.JAVA_FLOAT_UNALIGNED, index * Float.BYTES, (float) value);
        } else {
            y.segment().set(ValueLayout.JAVA_DOUBLE_UNALIGNED, index * Double.BYTES, value);
        }
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
