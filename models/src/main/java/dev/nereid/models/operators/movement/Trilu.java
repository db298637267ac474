package dev.nereid.models.operators.movement;

import dev.nereid.kernels.device.DeviceAbilities;
import dev.nereid.kernels.layout.Triangle;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.device.lowering.DeviceStep;
import dev.nereid.models.device.lowering.DeviceTensor;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.DeviceOperator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.util.List;
import java.util.Optional;

/** ONNX Trilu: the upper or lower triangle of each innermost matrix, zeros elsewhere; k moves the diagonal right. */
final class Trilu implements DeviceOperator {
    @Override
    public List<TensorType> outputTypes(Inference in) {
        if (in.type(0).hasRank() && in.type(0).rank() < 2) {
            throw new ModelFormatException("expected matrices, got " + in.type(0));
        }
        return List.of(in.type(0));
    }

    @Override
    public void lower(Lowering lowering) {
        Elements elements = new Elements(lowering.kernels().layout());
        boolean upper = lowering.attributes().integer("upper", 1) != 0;
        lowering.step(run -> {
            Tensor x = run.input(0);
            Tensor y = run.output(0);
            Shape shape = x.shape();
            long diagonal = run.has(1) ? Elements.raw(run.input(1), 0) : 0;
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
        Elements.clear(y);
        Positions positions = new Positions(x.shape());
        int rank = x.shape().rank();
        for (int i = 0; i < x.shape().elements(); i++) {
            if (triangle.keeps(positions.at(rank - 2), positions.at(rank - 1))) {
                y.strings()[i] = x.strings()[i];
            }
            positions.next();
        }
    }

    @Override
    public Optional<DeviceStep> onDevice(Inference node, DeviceAbilities abilities) {
        int bytes = node.type(0).dataType().bytes();
        if (!abilities.makesTriangles(bytes)) {
            return Optional.empty();
        }
        boolean upper = node.attributes().integer("upper", 1) != 0;
        return Optional.of(DeviceStep.moving(List.of(0, 1), run -> {
            DeviceTensor x = run.input(0);
            int rank = x.shape().rank();
            run.kernels()
                    .positions()
                    .triangle(
                            bytes,
                            upper,
                            x.address(),
                            run.has(1) ? run.input(1).address() : 0,
                            run.output(0).address(),
                            Math.toIntExact(x.shape().elements(0, rank - 2)),
                            Math.toIntExact(x.shape().dim(-2)),
                            Math.toIntExact(x.shape().dim(-1)));
        }));
    }
}
