package dev.nereid.nativekernels.cuda;

import dev.nereid.kernels.conv.ConvShape;
import dev.nereid.kernels.device.DeviceAbilities;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.CompareOp;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.kernels.reduce.Accumulation;
import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.tensor.DataType;
import java.util.Optional;

/** What the PTX texts hold: the same on every card. */
final class CudaAbilities implements DeviceAbilities {
    static final CudaAbilities INSTANCE = new CudaAbilities();

    private final KernelTexts texts = KernelTexts.all();

    private CudaAbilities() {}

    @Override
    public boolean has(UnaryOp op) {
        return texts.has(Names.unary(op));
    }

    @Override
    public boolean has(UnaryOp op, DataType type) {
        return texts.has(Names.unary(op, type));
    }

    @Override
    public boolean has(BinaryOp op, DataType type) {
        return texts.has(Names.binary(op, type, true));
    }

    @Override
    public boolean has(CompareOp op, DataType type) {
        return texts.has(Names.compare(op, type, true));
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
        return texts.has(Names.reduce(op, type, true));
    }

    @Override
    public boolean has(Accumulation accumulation, DataType type) {
        return texts.has(Names.running(accumulation, type));
    }

    @Override
    public boolean hasCast(DataType from, DataType to) {
        return texts.has(Names.cast(from, to));
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
        return areIndices(indexType) && texts.has(Names.scatter(reduction, type));
    }

    @Override
    public boolean findsExtremes(DataType type) {
        return texts.has(Names.extreme(type, true));
    }

    @Override
    public boolean makesOneHot(int elementBytes, DataType indexType) {
        return areIndices(indexType) && texts.has("one_hot_" + elementBytes + "_" + indexType.bytes());
    }

    @Override
    public boolean makesRanges(DataType type) {
        return texts.has(Names.range(type));
    }

    @Override
    public boolean makesTriangles(int elementBytes) {
        return texts.has("triangle_" + elementBytes);
    }

    @Override
    public boolean prefersWinograd(ConvShape shape) {
        return WinogradCosts.pays(shape);
    }

    @Override
    public int mostHeadSize() {
        return CudaAttention.MOST_SIZE;
    }
}
