package dev.nereid.models.operators.signal;

import dev.nereid.models.ModelFormatException;
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
import java.util.Arrays;
import java.util.List;

/**
 * com.microsoft.DynamicTimeWarping: the cheapest way through a matrix of costs from its first element to its last, by steps to
 * the next row, the next column or both; Whisper aligns tokens and frames so.
 *
 * <p>costs: [rows, columns] or [1, rows, columns]; path: [2, length], the row and the column of each step.
 */
final class DynamicTimeWarping implements Operator {
    private static final byte BOTH = 0;
    private static final byte ROW = 1;
    private static final byte COLUMN = 2;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType x = inference.type(0);
        boolean fits = !x.hasRank()
                || x.rank() == 2
                || (x.rank() == 3 && (!x.dim(0).isKnown() || x.dim(0).is(1)));
        if (!fits) {
            throw new ModelFormatException(
                    "DynamicTimeWarping, input 0: expected [rows, columns] or [1, rows, columns], got " + x);
        }
        return List.of(TensorType.of(DataType.INT32, List.of(Dim.of(2), inference.unknownDim())));
    }

    @Override
    public void lower(Lowering lowering) {
        lowering.stepPutting(DynamicTimeWarping::warp);
    }

    private static void warp(StepRun run) {
        Shape shape = run.input(0).shape();
        if (shape.rank() != 2 && (shape.rank() != 3 || shape.dim(0) != 1)) {
            throw new IllegalArgumentException(
                    "DynamicTimeWarping, input 0: expected [rows, columns] or [1, rows, columns], got " + shape);
        }
        int rows = Math.toIntExact(shape.dim(-2));
        int columns = Math.toIntExact(shape.dim(-1));
        byte[][] steps = steps(run.input(0).segment(), rows, columns);
        int[] path = new int[Math.addExact(Math.addExact(rows, columns), 1)];
        int[] columnsOfPath = new int[path.length];
        int first = path.length;
        int row = rows;
        int column = columns;
        while (row > 0 && column > 0) {
            first--;
            path[first] = row - 1;
            columnsOfPath[first] = column - 1;
            byte step = steps[row - 1][column - 1];
            row -= step == COLUMN ? 0 : 1;
            column -= step == ROW ? 0 : 1;
        }
        int length = path.length - first;
        Tensor y = run.allocate(0, Shape.of(2, length));
        MemorySegment.copy(path, first, y.segment(), ValueLayout.JAVA_INT_UNALIGNED, 0, length);
        MemorySegment.copy(columnsOfPath, first, y.segment(), ValueLayout.JAVA_INT_UNALIGNED, 4L * length, length);
    }

    /** By which step each element is reached most cheaply. */
    private static byte[][] steps(MemorySegment costs, int rows, int columns) {
        byte[][] steps = new byte[rows][columns];
        float[] before = new float[columns + 1];
        float[] sums = new float[columns + 1];
        Arrays.fill(before, Float.POSITIVE_INFINITY);
        before[0] = 0;
        for (int row = 0; row < rows; row++) {
            sums[0] = Float.POSITIVE_INFINITY;
            for (int column = 1; column <= columns; column++) {
                byte step = step(before[column - 1], before[column], sums[column - 1]);
                float sum = step == BOTH ? before[column - 1] : step == ROW ? before[column] : sums[column - 1];
                long at = (long) row * columns + column - 1;
                sums[column] = sum + costs.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4 * at);
                steps[row][column - 1] = step;
            }
            float[] last = before;
            before = sums;
            sums = last;
        }
        return steps;
    }

    /** The cheapest of three; where two are alike, the next column. */
    private static byte step(float both, float row, float column) {
        if (both < row && both < column) {
            return BOTH;
        }
        return row < both && row < column ? ROW : COLUMN;
    }
}
