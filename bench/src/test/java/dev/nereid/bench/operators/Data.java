package dev.nereid.bench.operators;

import com.google.protobuf.ByteString;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntToDoubleFunction;

/** Small tensors for both engines. */
final class Data {
    private Data() {}

    /** Floats between -1 and 1, the same for the same seed. */
    static Tensor floats(long seed, long... dims) {
        Random random = new Random(seed);
        return of(DataType.FP32, _ -> 2 * random.nextDouble() - 1, dims);
    }

    /** Numbers of INT32. */
    static Tensor ints(int[] values, long... dims) {
        return of(DataType.INT32, i -> values[i], dims);
    }

    /** Numbers of INT64. */
    static Tensor longs(long[] values, long... dims) {
        return of(DataType.INT64, i -> values[i], dims);
    }

    /** Random bytes. */
    static Tensor bytes(long seed, long... dims) {
        Random random = new Random(seed);
        return of(DataType.UINT8, _ -> random.nextInt(256), dims);
    }

    /** A tensor of FP32, FP64, INT32, INT64, UINT8, INT8 or BOOL, element by element. */
    static Tensor of(DataType type, IntToDoubleFunction element, long... dims) {
        Shape shape = Shape.of(dims);
        MemorySegment segment = Arena.ofAuto().allocate(Math.max(8, shape.elements() * type.bytes()), 64);
        for (int i = 0; i < shape.elements(); i++) {
            double value = element.applyAsDouble(i);
            switch (type) {
                case FP32 -> segment.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) value);
                case FP64 -> segment.setAtIndex(ValueLayout.JAVA_DOUBLE, i, value);
                case INT32 -> segment.setAtIndex(ValueLayout.JAVA_INT, i, (int) value);
                case INT64 -> segment.setAtIndex(ValueLayout.JAVA_LONG, i, (long) value);
                case UINT8, INT8, BOOL -> segment.set(ValueLayout.JAVA_BYTE, i, (byte) value);
                default -> throw new IllegalArgumentException("elements of " + type);
            }
        }
        return Tensor.of(type, shape, segment);
    }

    static double[] values(Tensor tensor) {
        double[] values = new double[Math.toIntExact(tensor.shape().elements())];
        MemorySegment segment = tensor.segment();
        Arrays.setAll(values, i -> switch (tensor.dataType()) {
            case FP32 -> segment.get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i);
            case FP64 -> segment.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 8L * i);
            case INT32 -> segment.get(ValueLayout.JAVA_INT_UNALIGNED, 4L * i);
            case INT64 -> segment.get(ValueLayout.JAVA_LONG_UNALIGNED, 8L * i);
            case UINT8 -> Byte.toUnsignedInt(segment.get(ValueLayout.JAVA_BYTE, i));
            case INT8, BOOL -> segment.get(ValueLayout.JAVA_BYTE, i);
            default -> throw new IllegalArgumentException("elements of " + tensor.dataType());
        });
        return values;
    }

    static TensorProto.DataType type(DataType type) {
        return switch (type) {
            case FP32 -> TensorProto.DataType.FLOAT;
            case FP64 -> TensorProto.DataType.DOUBLE;
            case INT32 -> TensorProto.DataType.INT32;
            case INT64 -> TensorProto.DataType.INT64;
            case UINT8 -> TensorProto.DataType.UINT8;
            case INT8 -> TensorProto.DataType.INT8;
            case BOOL -> TensorProto.DataType.BOOL;
            default -> throw new IllegalArgumentException("elements of " + type);
        };
    }

    /** The tensor as a constant of a model. */
    static TensorProto proto(String name, Tensor tensor) {
        TensorProto.Builder proto = TensorProto.newBuilder()
                .setName(name)
                .setDataType(type(tensor.dataType()).getNumber())
                .setRawData(ByteString.copyFrom(
                        tensor.segment().asSlice(0, tensor.byteSize()).asByteBuffer()));
        Arrays.stream(tensor.shape().dims()).forEach(proto::addDims);
        return proto.build();
    }
}
