package dev.nereid.kernels.elementwise;

import java.util.Map;
import java.util.Optional;
import jdk.incubator.vector.DoubleVector;

/** What operators do to vectors of doubles: arithmetic, which the pipelines of classical models consist of. */
final class DoubleLanes {
    private static final Map<BinaryOp, Binary> BINARY = Map.of(
            BinaryOp.ADD, (x, y) -> x.add(y),
            BinaryOp.SUB, (x, y) -> x.sub(y),
            BinaryOp.MUL, (x, y) -> x.mul(y),
            BinaryOp.DIV, (x, y) -> x.div(y));

    private DoubleLanes() {}

    /** A function of two vectors. */
    @FunctionalInterface
    interface Binary {
        DoubleVector apply(DoubleVector x, DoubleVector y);
    }

    static Optional<Binary> of(BinaryOp op) {
        return Optional.ofNullable(BINARY.get(op));
    }
}
