package dev.nereid.models.onnx;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.proto.onnx.SparseTensorProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Makes sparse tensor messages dense: zeros, or empty strings, where a message has no element. */
final class SparseTensors {
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** A few bytes of file can claim any dense size. */
    private static final long MAXIMUM_BYTES = 1L << 28;

    private final TensorReader tensors;
    private final ImportMemory memory;

    SparseTensors(TensorReader tensors, ImportMemory memory) {
        this.tensors = tensors;
        this.memory = memory;
    }

    Tensor read(SparseTensorProto proto, String what) {
        Tensor values = tensors.read(proto.getValues(), what + " values");
        Tensor indices = tensors.read(proto.getIndices(), what + " indices");
        DataType type = values.dataType();
        Shape shape = TensorReader.shape(proto.getDimsList(), type, what);
        long count = values.shape().elements();
        boolean flat = indices.shape().rank() == 1;
        if (indices.dataType() != DataType.INT64
                || !indices.shape().equals(flat ? Shape.of(count) : Shape.of(count, shape.rank()))) {
            throw new ModelFormatException(what + " has indices " + indices.dataType() + indices.shape() + " for "
                    + count + " values of the shape " + shape);
        }
        if (shape.elements() * Math.max(type.bytes(), 8) > MAXIMUM_BYTES) {
            throw new ModelFormatException(what + " of the shape " + shape + " is too large to be made dense");
        }
        return type == DataType.STRING
                ? denseStrings(values, indices, shape, what)
                : denseElements(values, indices, shape, what);
    }

    private Tensor denseElements(Tensor values, Tensor indices, Shape shape, String what) {
        int bytes = values.dataType().bytes();
        MemorySegment dense = memory.allocate(shape.elements() * bytes);
        for (long i = 0; i < values.shape().elements(); i++) {
            long position = position(indices, i, shape, what);
            MemorySegment.copy(values.segment(), i * bytes, dense, position * bytes, bytes);
        }
        return Tensor.of(values.dataType(), shape, dense);
    }

    private static Tensor denseStrings(Tensor values, Tensor indices, Shape shape, String what) {
        byte[][] dense = new byte[Math.toIntExact(shape.elements())][];
        Arrays.fill(dense, new byte[0]);
        for (int i = 0; i < values.shape().elements(); i++) {
            dense[Math.toIntExact(position(indices, i, shape, what))] = values.strings()[i];
        }
        return Tensor.ofStrings(shape, dense);
    }

    private static long position(Tensor indices, long element, Shape shape, String what) {
        if (indices.shape().rank() == 1) {
            return within(indices.segment().get(LONG, 8 * element), shape.elements(), what);
        }
        long position = 0;
        for (int axis = 0; axis < shape.rank(); axis++) {
            long index = indices.segment().get(LONG, 8 * (element * shape.rank() + axis));
            position = position * shape.dim(axis) + within(index, shape.dim(axis), what);
        }
        return position;
    }

    private static long within(long index, long extent, String what) {
        if (index < 0 || index >= extent) {
            throw new ModelFormatException(what + " has the index " + index + ", beyond the extent " + extent);
        }
        return index;
    }
}
