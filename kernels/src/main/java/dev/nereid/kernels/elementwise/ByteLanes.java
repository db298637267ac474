package dev.nereid.kernels.elementwise;

import java.util.Map;
import java.util.Optional;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.VectorOperators;

/** What operators do to vectors of bytes, booleans among them. */
final class ByteLanes {
    private static final Map<BinaryOp, Binary> BINARY = Map.of(
            BinaryOp.BITWISE_AND, (x, y) -> x.and(y),
            BinaryOp.BITWISE_OR, (x, y) -> x.or(y),
            BinaryOp.BITWISE_XOR, (x, y) -> x.lanewise(VectorOperators.XOR, y));

    private ByteLanes() {}

    /** A function of two vectors. */
    @FunctionalInterface
    interface Binary {
        ByteVector apply(ByteVector x, ByteVector y);
    }

    static Optional<Binary> of(BinaryOp op) {
        return Optional.ofNullable(BINARY.get(op));
    }
}
