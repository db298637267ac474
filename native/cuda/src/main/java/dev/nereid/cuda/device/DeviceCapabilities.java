package dev.nereid.cuda.device;

import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.elementwise.BinaryOp;
import dev.nereid.kernels.elementwise.CompareOp;
import dev.nereid.kernels.elementwise.UnaryOp;
import dev.nereid.kernels.reduce.Accumulation;
import dev.nereid.kernels.reduce.ReduceOp;
import dev.nereid.tensor.DataType;
import java.util.Optional;

/** Which operators and datatypes a device has kernels for. Immutable. */
public interface DeviceCapabilities {
    /** Functions of one operand, of {@code FP32}. */
    boolean has(UnaryOp op);

    /** Functions of one operand, of integers or truth values. */
    boolean has(UnaryOp op, DataType type);

    boolean has(BinaryOp op, DataType type);

    boolean has(CompareOp op, DataType type);

    /** Whether a function of {@code FP32} can be a part of a chain. */
    boolean chains(UnaryOp op);

    /** Whether a function of {@code FP32} can be a part of a chain. */
    boolean chains(BinaryOp op);

    boolean has(ReduceOp op, DataType type);

    /** Running totals. */
    boolean has(Accumulation accumulation, DataType type);

    boolean hasCast(DataType from, DataType to);

    /** Bytes of elements that can be moved. */
    boolean moves(int elementBytes);

    /** Bytes of elements that can be chosen from two tensors. */
    boolean chooses(int elementBytes);

    /** Bytes of elements that can be gathered by indices of {@code indexType}. */
    boolean gathers(int elementBytes, DataType indexType);

    /** Bytes of elements that can be gathered one by one, by indices of {@code indexType}. */
    boolean gathersElements(int elementBytes, DataType indexType);

    /** Bytes of elements whose blocks can be gathered by vectors of indices of {@code indexType}. */
    boolean gathersBlocks(int elementBytes, DataType indexType);

    /** How updates of {@code type} can be joined with a tensor, at indices of {@code indexType}; empty for putting them in. */
    boolean scatters(Optional<BinaryOp> reduction, DataType type, DataType indexType);

    /** Numbers whose greatest and least can be found. */
    boolean findsArgMinMax(DataType type);

    /** Bytes of elements that one-hot vectors can be made of, by indices of {@code indexType}. */
    boolean makesOneHot(int elementBytes, DataType indexType);

    /** Numbers that ranges can be made of. */
    boolean makesRanges(DataType type);

    /** Bytes of elements that triangles can be made of. */
    boolean makesTriangles(int elementBytes);

    /**
     * Whether a convolution of {@code FP32} that {@link DeviceWinogradFilters#suit} is faster by Winograd's algorithm, as far as an
     * estimate can tell: a matter of one item, whatever the batch.
     */
    boolean prefersWinograd(ConvShape shape);

    /** The longest query, key and value of one head that an attention takes. */
    int mostHeadSize();
}
