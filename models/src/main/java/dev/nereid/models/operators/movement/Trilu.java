package dev.nereid.models.operators.movement;

import dev.nereid.kernels.device.DeviceAbilities;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.DeviceStep;
import dev.nereid.models.lowering.DeviceTensor;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.DeviceOperator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
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
            long columns = x.shape().dim(-1);
            long rows = x.shape().dim(-2);
            long k = run.has(1) ? Elements.raw(run.input(1), 0) : 0;
            Elements.clear(y);
            long[] one = {1};
            long allRows = columns == 0 ? 0 : x.shape().elements() / columns;
            for (long row = 0; row < allRows; row++) {
                long diagonal = Math.clamp(row % rows + Math.clamp(k, -rows, columns), 0, columns);
                long from = upper ? diagonal : 0;
                long to = upper ? columns : Math.clamp(row % rows + Math.clamp(k, -rows, columns) + 1, 0, columns);
                long start = row * columns + from;
                long length = Math.max(0, to - from);
                if (x.dataType() == DataType.STRING) {
                    elements.copy(new long[] {length}, x, start, one, y, start, one, run.workers());
                } else {
                    long bytes = x.dataType().bytes();
                    MemorySegment.copy(x.segment(), start * bytes, y.segment(), start * bytes, length * bytes);
                }
            }
        });
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
