package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.BroadcastStrides;
import dev.nereid.cuda.device.DeviceChain;
import dev.nereid.cuda.device.DeviceElementwise;
import dev.nereid.cuda.device.ElementwiseChain;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.CompareOp;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.tensor.DataType;
import java.util.List;

/** Starts the kernels of {@code elementwise.cu}, {@code integer_elementwise.cu} and {@code half_casts.cu}, and chains. */
final class CudaElementwise implements DeviceElementwise {
    private final Launcher launcher;

    CudaElementwise(Launcher launcher) {
        this.launcher = launcher;
    }

    @Override
    public void unary(UnaryOp op, long x, long y, int length, float alpha, float beta) {
        launcher.begin().address(x).address(y).number(length).real(alpha).real(beta);
        launcher.elements(FunctionKernelNames.unary(op), length);
    }

    @Override
    public void unary(UnaryOp op, DataType type, long x, long y, int length) {
        launcher.begin().address(x).address(y).number(length).number(0);
        launcher.elements(FunctionKernelNames.unary(op, type), length);
    }

    @Override
    public void binary(BinaryOp op, DataType type, long x, long y, long z, BroadcastStrides operands) {
        binary(FunctionKernelNames.binary(op, type, operands.isDense()), x, y, z, operands);
    }

    @Override
    public void compare(CompareOp op, DataType type, long x, long y, long z, BroadcastStrides operands) {
        binary(FunctionKernelNames.compare(op, type, operands.isDense()), x, y, z, operands);
    }

    private void binary(String kernel, long x, long y, long z, BroadcastStrides operands) {
        launcher.begin().address(x).address(y).address(z).strides(operands, 2);
        launcher.elements(kernel, operands.length());
    }

    @Override
    public void where(int elementBytes, long condition, long x, long y, long z, BroadcastStrides operands) {
        launcher.begin().address(condition).address(x).address(y).address(z).strides(operands, 3);
        launcher.elements("where_" + elementBytes, operands.length());
    }

    @Override
    public void cast(DataType from, DataType to, long x, long y, int length) {
        launcher.begin().address(x).address(y).number(length);
        launcher.elements(FunctionKernelNames.cast(from, to), length);
    }

    @Override
    public void chain(DeviceChain chain, List<ElementwiseChain.Place> operands, long y, int length) {
        if (!(chain instanceof CudaChains.Compiled compiled)) {
            throw new IllegalArgumentException("a chain that another device compiled");
        }
        launcher.begin().address(y).number(length).number(0);
        for (ElementwiseChain.Place operand : operands) {
            launcher.address(operand.address()).number(operand.inner()).number(operand.count());
        }
        launcher.elements(compiled.function(), ChainText.KERNEL, length);
    }
}
