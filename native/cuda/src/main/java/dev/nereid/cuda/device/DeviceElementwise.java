package dev.nereid.cuda.device;

import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.CompareOp;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.tensor.DataType;
import java.util.List;

/** The kernels that take elements one by one, beside {@link DeviceKernels} and by its rules. */
public interface DeviceElementwise {
    /** {@code y = f(x)}; y may be x. */
    void unary(UnaryOp op, long x, long y, int length, float alpha, float beta);

    /** {@code y = f(x)} of integers or truth values; y may be x. */
    void unary(UnaryOp op, DataType type, long x, long y, int length);

    /** {@code z = f(x, y)} of elements of {@code type}; z may be an operand that lies as it does. */
    void binary(BinaryOp op, DataType type, long x, long y, long z, BroadcastStrides operands);

    /** Whether a relation holds, as {@code BOOL}, of elements of {@code type}. */
    void compare(CompareOp op, DataType type, long x, long y, long z, BroadcastStrides operands);

    /**
     * {@code z = condition ? x : y}.
     *
     * @param operands of the condition, x and y
     */
    void where(int elementBytes, long condition, long x, long y, long z, BroadcastStrides operands);

    void cast(DataType from, DataType to, long x, long y, int length);

    /**
     * Runs a chain.
     *
     * @param operands where each operand lies
     * @param y of the chain's result type; may be an operand that lies as it does
     */
    void chain(DeviceChain chain, List<ElementwiseChain.Place> operands, long y, int length);
}
