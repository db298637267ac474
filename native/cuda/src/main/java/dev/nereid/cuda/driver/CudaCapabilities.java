package dev.nereid.cuda.driver;

import dev.nereid.cuda.device.DeviceCapabilities;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.CompareOp;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.kernels.reduce.Accumulation;
import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.tensor.DataType;
import java.util.Optional;

/** Capabilities of the CUDA kernels, read from the PTX files: the same on every card. */
final class CudaCapabilities implements DeviceCapabilities {
    static final CudaCapabilities INSTANCE = new CudaCapabilities();

    private final KernelTexts texts = KernelTexts.all();

    private CudaCapabilities() {}

    @Override
    public boolean has(UnaryOp op) {
        return texts.has(FunctionKernelNames.unary(op));
    }

    @Override
    public boolean has(UnaryOp op, DataType type) {
        return texts.has(FunctionKernelNames.unary(op, type));
    }

    @Override
    public boolean has(BinaryOp op, DataType type) {
        return texts.has(FunctionKernelNames.binary(op, type, true));
    }

    @Override
    public boolean has(CompareOp op, DataType type) {
        return texts.has(FunctionKernelNames.compare(op, type, true));
    }

    @Override
    public boolean chains(UnaryOp op) {
        return PtxFunctions.UNARY.containsKey(op);
    }

    @Override
    public boolean chains(BinaryOp op) {
        return PtxFunctions.BINARY.containsKey(op);
    }

    @Override
    public boolean has(ReduceOp op, DataType type) {
        return texts.has(FunctionKernelNames.reduce(op, type, true));
    }

    @Override
    public boolean has(Accumulation accumulation, DataType type) {
        return texts.has(FunctionKernelNames.running(accumulation, type));
    }

    @Override
    public boolean hasCast(DataType from, DataType to) {
        return texts.has(FunctionKernelNames.cast(from, to));
    }

    @Override
    public boolean moves(int elementBytes) {
        return texts.has("copy_" + elementBytes);
    }

    @Override
    public boolean chooses(int elementBytes) {
        return texts.has("where_" + elementBytes);
    }

    private static boolean areIndices(DataType type) {
        return type == DataType.INT32 || type == DataType.INT64;
    }

    @Override
    public boolean gathers(int elementBytes, DataType indexType) {
        return areIndices(indexType) && texts.has("gather_" + elementBytes + "_" + indexType.bytes());
    }

    @Override
    public boolean gathersElements(int elementBytes, DataType indexType) {
        return areIndices(indexType) && texts.has("gather_elements_" + elementBytes + "_" + indexType.bytes());
    }

    @Override
    public boolean gathersBlocks(int elementBytes, DataType indexType) {
        return areIndices(indexType) && texts.has("gather_blocks_" + elementBytes + "_" + indexType.bytes());
    }

    @Override
    public boolean scatters(Optional<BinaryOp> reduction, DataType type, DataType indexType) {
        return areIndices(indexType) && texts.has(FunctionKernelNames.scatter(reduction, type));
    }

    @Override
    public boolean findsArgMinMax(DataType type) {
        return texts.has(FunctionKernelNames.argMinMax(type, true));
    }

    @Override
    public boolean makesOneHot(int elementBytes, DataType indexType) {
        return areIndices(indexType) && texts.has("one_hot_" + elementBytes + "_" + indexType.bytes());
    }

    @Override
    public boolean makesRanges(DataType type) {
        return texts.has(FunctionKernelNames.range(type));
    }

    @Override
    public boolean makesTriangles(int elementBytes) {
        return texts.has("triangle_" + elementBytes);
    }

    @Override
    public boolean prefersWinograd(ConvShape shape) {
        return WinogradCostModel.pays(shape);
    }

    @Override
    public int mostHeadSize() {
        return CudaAttention.MOST_SIZE;
    }
}
