package dev.nereid.models.operators.movement;

import dev.nereid.kernels.layout.Triangle;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;

/** ONNX Trilu: the upper or lower triangle of each innermost matrix, zeros elsewhere; k moves the diagonal right. */
public final class Trilu implements Operator {
    @Override
    public List<TensorType> outputTypes(Inference in) {
        if (in.type(0).hasRank() && in.type(0).rank() < 2) {
            throw new ModelFormatException("expected matrices, got " + in.type(0));
        }
        return List.of(in.type(0));
    }

    @Override
    public void lower(Lowering lowering) {
        ElementMover elements = new ElementMover(lowering.kernels().layout());
        boolean upper = lowering.attributes().integer("upper", 1) != 0;
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            Shape shape = x.shape();
            long diagonal = run.has(1) ? ElementMover.raw(run.input(1), 0) : 0;
            long matrices = shape.elements(0, shape.rank() - 2);
            Triangle triangle = new Triangle(matrices, shape.dim(-2), shape.dim(-1), diagonal, upper);
            if (x.dataType() == DataType.STRING) {
                strings(x, y, triangle);
            } else {
                elements.kernels().triangle(x.dataType().bytes(), triangle, x.segment(), y.segment(), run.workers());
            }
        });
    }

    private static void strings(Tensor x, Tensor y, Triangle triangle) {
        ElementMover.clear(y);
        IndexWalk positions = new IndexWalk(x.shape());
        int rank = x.shape().rank();
        for (int i = 0; i < x.shape().elements(); i++) {
            if (triangle.keeps(positions.at(rank - 2), positions.at(rank - 1))) {
                y.strings()[i] = x.strings()[i];
            }
            positions.next();
        }
    }
}
