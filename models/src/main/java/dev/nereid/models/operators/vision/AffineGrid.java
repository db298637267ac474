package dev.nereid.models.operators.vision;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.Dim;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.models.operators.movement.ScalarElements;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * ONNX AffineGrid: the positions that {@link GridSample} wants, of an image that is moved by an affine map.
 *
 * <p>theta: [batch, axes, axes + 1] for 2 or 3 axes; size: [batch, channels, spatial...]; grid: [batch, spatial...,
 * axes].
 */
final class AffineGrid implements Operator {
    private static final int SIZE = 1;

    @Override
    public List<TensorType> outputTypes(Inference inference) {
        TensorType theta = inference.type(0);
        Optional<List<Dim>> size = inference.content(SIZE);
        if (theta.hasRank() && theta.rank() != 3) {
            throw new ModelFormatException("expected theta: [batch, axes, axes + 1], got " + theta);
        }
        if (size.isEmpty()) {
            return List.of(TensorType.ofUnknownRank(theta.dataType()));
        }
        int axes = size.get().size() - 2;
        if (axes != 2 && axes != 3) {
            throw new ModelFormatException("expected the size of an image of 2 or 3 axes, got " + size.get());
        }
        List<Dim> dims = new ArrayList<>(List.of(size.get().get(0)));
        dims.addAll(size.get().subList(2, axes + 2));
        dims.add(Dim.of(axes));
        return List.of(TensorType.of(theta.dataType(), dims));
    }

    @Override
    public void lower(Lowering lowering) {
        boolean alignsCorners = lowering.attributes().integer("align_corners", 0) != 0;
        lowering.step(run -> fill(run.input(0), run.output(0), alignsCorners));
    }

    private static void fill(Tensor theta, Tensor grid, boolean alignsCorners) {
        int axes = grid.shape().rank() - 2;
        if (!theta.shape().equals(Shape.of(grid.shape().dim(0), axes, axes + 1))) {
            throw new IllegalArgumentException("expected theta: ["
                    + grid.shape().dim(0) + "," + axes + "," + (axes + 1) + "], got " + theta.shape());
        }
        long cells = grid.shape().elements(1, axes + 1);
        double[] position = new double[axes];
        for (long i = 0; i < grid.shape().dim(0) * cells; i++) {
            long rest = i % cells;
            // The grid has the last axis first.
            for (int axis = 0; axis < axes; axis++) {
                long extent = grid.shape().dim(axes - axis);
                position[axis] = coordinate(rest % extent, extent, alignsCorners);
                rest /= extent;
            }
            for (int row = 0; row < axes; row++) {
                long first = (i / cells * axes + row) * (axes + 1);
                double sum = ScalarElements.real(theta, first + axes);
                for (int axis = 0; axis < axes; axis++) {
                    sum += ScalarElements.real(theta, first + axis) * position[axis];
                }
                ScalarElements.setReal(grid, i * axes + row, sum);
            }
        }
    }

    private static double coordinate(long cell, long extent, boolean alignsCorners) {
        if (!alignsCorners) {
            return (2.0 * cell + 1) / extent - 1;
        }
        return extent == 1 ? 0 : 2.0 * cell / (extent - 1) - 1;
    }
}
