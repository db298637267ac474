package dev.nereid.models.operators.movement;

import dev.nereid.models.graph.TensorType;
import dev.nereid.models.lowering.Inference;
import dev.nereid.models.lowering.Lowering;
import dev.nereid.models.operators.Operator;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Operators that tell a tensor's shape. */
final class Shapes {
    /** ONNX Shape: the dims in [start, end) as INT64; since opset 15 the two attributes. */
    static final Operator SHAPE = new ShapeOperator();
    /** ONNX Size: the number of elements as an INT64 scalar. */
    static final Operator SIZE = new SizeOperator();

    private Shapes() {}

    private static final class ShapeOperator implements Operator {
        @Override
        public List<TensorType> outputTypes(Inference in) {
            TensorType x = in.type(0);
            if (!x.hasRank()) {
                return List.of(TensorType.of(DataType.INT64, AxisArguments.unknown(in, 1)));
            }
            int start = start(in, x.rank());
            return List.of(TensorType.of(DataType.INT64, Shape.of(Math.max(0, end(in, x.rank()) - start))));
        }

        @Override
        public void lower(Lowering lowering) {
            Inference in = lowering;
            lowering.step(run -> {
                Shape shape = run.input(0).shape();
                int start = start(in, shape.rank());
                for (int axis = start; axis < end(in, shape.rank()); axis++) {
                    run.output(0).segment().set(ValueLayout.JAVA_LONG_UNALIGNED, 8L * (axis - start), shape.dim(axis));
                }
            });
        }

        private static int start(Inference in, int rank) {
            return position(in.attributes().integer("start", 0), rank);
        }

        private static int end(Inference in, int rank) {
            return position(in.attributes().integer("end", rank), rank);
        }

        private static int position(long axis, int rank) {
            return Math.clamp(axis < 0 ? axis + rank : axis, 0, rank);
        }
    }

    private static final class SizeOperator implements Operator {
        @Override
        public List<TensorType> outputTypes(Inference in) {
            return List.of(TensorType.of(DataType.INT64, Shape.SCALAR));
        }

        @Override
        public void lower(Lowering lowering) {
            lowering.step(run -> run.output(0)
                    .segment()
                    .set(
                            ValueLayout.JAVA_LONG_UNALIGNED,
                            0,
                            run.input(0).shape().elements()));
        }
    }
}
