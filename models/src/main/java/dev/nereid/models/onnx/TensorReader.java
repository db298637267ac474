package dev.nereid.models.onnx;

import com.google.protobuf.ByteString;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.imported.ImportMemory;
import dev.nereid.proto.onnx.TensorProto;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;

/**
 * Turns tensor messages of a {@link MessageWithoutWeights} into tensors. Raw and external data become views into the file, which
 * may be aligned to nothing; data in typed fields and types narrower than a byte are written out to native memory. No
 * memory is taken for elements that a message claims and does not hold.
 */
final class TensorReader {
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final List<MemorySegment> rawData;
    private final ImportMemory memory;
    private final ExternalData external;

    TensorReader(List<MemorySegment> rawData, ImportMemory memory, ExternalData external) {
        this.rawData = rawData;
        this.memory = memory;
        this.external = external;
    }

    /**
     * The tensor in {@code proto}.
     *
     * @param what names the tensor in messages
     */
    Tensor read(TensorProto proto, String what) {
        DataType type = ElementTypes.ofNumber(proto.getDataType(), what);
        Shape shape = shape(proto.getDimsList(), type, what);
        if (proto.hasSegment()) {
            throw new ModelFormatException(what + " is one segment of a tensor; only whole tensors can be read");
        }
        if (proto.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
            return ofRaw(type, shape, external.find(proto.getExternalDataList(), what), what);
        }
        if (proto.hasRawData()) {
            int index = proto.getRawData()
                    .asReadOnlyByteBuffer()
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .getInt();
            return ofRaw(type, shape, rawData.get(index), what);
        }
        return type == DataType.STRING ? ofStrings(proto, shape, what) : ofTypedField(proto, type, shape, what);
    }

    /** The shape with these dims, checked so that every size computed from it fits. */
    static Shape shape(List<Long> dims, DataType type, String what) {
        try {
            Shape shape = Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
            Math.multiplyExact(shape.elements(), 8L * Math.max(type.bytes(), 1));
            return shape;
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw new ModelFormatException(what + " has the impossible shape " + dims, e);
        }
    }

    private Tensor ofRaw(DataType type, Shape shape, MemorySegment raw, String what) {
        if (type == DataType.STRING) {
            throw new ModelFormatException(what + " is a tensor of strings with raw data");
        }
        int bits = ElementTypes.bits(type);
        expect(Math.ceilDiv(shape.elements() * bits, 8), raw.byteSize(), "bytes", type, shape, what);
        return Tensor.of(type, shape, bits < 8 ? unpack(type, shape.elements(), raw) : raw);
    }

    private static Tensor ofStrings(TensorProto proto, Shape shape, String what) {
        expect(shape.elements(), proto.getStringDataCount(), "strings", DataType.STRING, shape, what);
        byte[][] elements =
                proto.getStringDataList().stream().map(ByteString::toByteArray).toArray(byte[][]::new);
        return Tensor.ofStrings(shape, elements);
    }

    private Tensor ofTypedField(TensorProto proto, DataType type, Shape shape, String what) {
        int bits = ElementTypes.bits(type);
        int numbersPerElement = type.kind() == DataType.Kind.COMPLEX ? 2 : 1;
        long expected = bits < 8 ? Math.ceilDiv(shape.elements() * bits, 8) : shape.elements() * numbersPerElement;
        int count = typedCount(proto, type);
        expect(expected, count, "numbers", type, shape, what);
        int bytes = bits < 8 ? 1 : type.bytes() / numbersPerElement;
        MemorySegment segment = memory.allocate((long) count * bytes);
        for (int i = 0; i < count; i++) {
            long number = typedNumber(proto, type, i);
            switch (bytes) {
                case 1 -> segment.set(ValueLayout.JAVA_BYTE, i, (byte) number);
                case 2 -> segment.set(SHORT, 2L * i, (short) number);
                case 4 -> segment.set(INT, 4L * i, (int) number);
                default -> segment.set(LONG, 8L * i, number);
            }
        }
        return Tensor.of(type, shape, bits < 8 ? unpack(type, shape.elements(), segment) : segment);
    }

    private static int typedCount(TensorProto proto, DataType type) {
        return switch (type) {
            case FP32, COMPLEX64 -> proto.getFloatDataCount();
            case FP64, COMPLEX128 -> proto.getDoubleDataCount();
            case INT64 -> proto.getInt64DataCount();
            case UINT32, UINT64 -> proto.getUint64DataCount();
            default -> proto.getInt32DataCount();
        };
    }

    private static long typedNumber(TensorProto proto, DataType type, int index) {
        return switch (type) {
            case FP32, COMPLEX64 -> Float.floatToRawIntBits(proto.getFloatData(index));
            case FP64, COMPLEX128 -> Double.doubleToRawLongBits(proto.getDoubleData(index));
            case INT64 -> proto.getInt64Data(index);
            case UINT32, UINT64 -> proto.getUint64Data(index);
            default -> proto.getInt32Data(index);
        };
    }

    /** One element a byte: signed types keep their sign, the others have zeros above. */
    private MemorySegment unpack(DataType type, long elements, MemorySegment packed) {
        int bits = ElementTypes.bits(type);
        int perByte = 8 / bits;
        boolean signed = type.kind() == DataType.Kind.SIGNED;
        MemorySegment segment = memory.allocate(elements);
        for (long i = 0; i < elements; i++) {
            int shifted = packed.get(ValueLayout.JAVA_BYTE, i / perByte) << (32 - bits - (int) (i % perByte) * bits);
            int element = signed ? shifted >> (32 - bits) : shifted >>> (32 - bits);
            segment.set(ValueLayout.JAVA_BYTE, i, (byte) element);
        }
        return segment;
    }

    private static void expect(long expected, long got, String unit, DataType type, Shape shape, String what) {
        if (expected != got) {
            throw new ModelFormatException(
                    what + ": " + type + shape + " takes " + expected + " " + unit + ", the file has " + got);
        }
    }
}
