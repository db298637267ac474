package dev.nereid.kernels.elementwise;

import dev.nereid.tensor.DataType;

/**
 * The kernels that work element by element. A kernel is looked up when a plan is lowered, which may build it, and is
 * kept; look-ups are for any thread. No kernel takes {@code STRING} or complex elements.
 */
public interface ElementwiseKernels {
    /**
     * The kernel of an operator for elements of {@code type}, the result of the same type.
     *
     * @throws UnsupportedOperationException if {@code op} has no meaning for {@code type}
     */
    UnaryKernel unary(UnaryOp op, DataType type);

    /**
     * The kernel of an operator of two operands of {@code type}, the result of the same type.
     *
     * @throws UnsupportedOperationException if {@code op} has no meaning for {@code type}
     */
    BinaryKernel binary(BinaryOp op, DataType type);

    /** The kernel of a relation of two operands of {@code type}; the result is {@code BOOL}. */
    BinaryKernel compare(CompareOp op, DataType type);

    /**
     * The kernel of a property of elements of the real {@code type}; the result is {@code BOOL}. Its parameters are
     * those of {@link PredicateOp}.
     */
    UnaryKernel test(PredicateOp op, DataType type);

    /** The kernel that selects among elements of {@code elementBytes} bytes: 1, 2, 4 or 8. */
    WhereKernel where(int elementBytes);

    /** The kernel that turns elements of one type into another, in the way {@code rule} says. */
    UnaryKernel cast(DataType from, DataType to, CastRule rule);
}
