package dev.nereid.perf.client;

import com.google.protobuf.ByteString;
import dev.nereid.proto.tensorflow.DataType;
import dev.nereid.proto.tensorflow.TensorProto;
import dev.nereid.proto.tensorflow.TensorShapeProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/** Reads the elements of TensorFlow's tensors, which stand in one of several places. */
final class TfServingTensors {
    /** Writes element {@code i} of the list that is for a datatype. */
    private interface Writer {
        void put(ByteBuffer to, TensorProto from, int i);
    }

    /**
     * Where the elements of a datatype stand when they are not bytes.
     *
     * @param size of an element, in bytes
     */
    private record Elements(int size, ToIntFunction<TensorProto> count, Writer writer) {}

    private static final Elements BYTE =
            new Elements(1, TensorProto::getIntValCount, (to, from, i) -> to.put((byte) from.getIntVal(i)));
    private static final Elements SHORT =
            new Elements(2, TensorProto::getIntValCount, (to, from, i) -> to.putShort((short) from.getIntVal(i)));
    private static final Elements HALF =
            new Elements(2, TensorProto::getHalfValCount, (to, from, i) -> to.putShort((short) from.getHalfVal(i)));

    private static final Map<DataType, Elements> LISTS = new EnumMap<>(Map.ofEntries(
            Map.entry(
                    DataType.DT_BOOL,
                    new Elements(
                            1,
                            TensorProto::getBoolValCount,
                            (to, from, i) -> to.put((byte) (from.getBoolVal(i) ? 1 : 0)))),
            Map.entry(DataType.DT_UINT8, BYTE),
            Map.entry(DataType.DT_INT8, BYTE),
            Map.entry(DataType.DT_UINT16, SHORT),
            Map.entry(DataType.DT_INT16, SHORT),
            Map.entry(DataType.DT_HALF, HALF),
            Map.entry(DataType.DT_BFLOAT16, HALF),
            Map.entry(
                    DataType.DT_INT32,
                    new Elements(4, TensorProto::getIntValCount, (to, from, i) -> to.putInt(from.getIntVal(i)))),
            Map.entry(
                    DataType.DT_UINT32,
                    new Elements(4, TensorProto::getUint32ValCount, (to, from, i) -> to.putInt(from.getUint32Val(i)))),
            Map.entry(
                    DataType.DT_INT64,
                    new Elements(8, TensorProto::getInt64ValCount, (to, from, i) -> to.putLong(from.getInt64Val(i)))),
            Map.entry(
                    DataType.DT_UINT64,
                    new Elements(8, TensorProto::getUint64ValCount, (to, from, i) -> to.putLong(from.getUint64Val(i)))),
            Map.entry(
                    DataType.DT_FLOAT,
                    new Elements(4, TensorProto::getFloatValCount, (to, from, i) -> to.putFloat(from.getFloatVal(i)))),
            Map.entry(
                    DataType.DT_DOUBLE,
                    new Elements(
                            8, TensorProto::getDoubleValCount, (to, from, i) -> to.putDouble(from.getDoubleVal(i))))));

    private TfServingTensors() {}

    /**
     * The elements as KServe's protocol has them: little-endian, strings with four bytes of length before each.
     *
     * @throws IllegalStateException if the tensor's datatype is not known, or its shape is larger than a buffer
     */
    static ByteBuffer bytes(TensorProto tensor) {
        if (tensor.getDtype() == DataType.DT_STRING) {
            return strings(tensor.getStringValList());
        }
        if (!tensor.getTensorContent().isEmpty()) {
            return tensor.getTensorContent().asReadOnlyByteBuffer();
        }
        Elements elements = LISTS.get(tensor.getDtype());
        if (elements == null) {
            throw new IllegalStateException("an answer has a tensor of the datatype " + tensor.getDtype());
        }
        int count = elements.count().applyAsInt(tensor);
        int all = count == 0 ? 0 : count(tensor);
        ByteBuffer bytes =
                ByteBuffer.allocate(Math.multiplyExact(all, elements.size())).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < all; i++) {
            elements.writer().put(bytes, tensor, Math.min(i, count - 1));
        }
        return bytes.flip();
    }

    /** The number of elements by the shape. */
    private static int count(TensorProto tensor) {
        try {
            return Math.toIntExact(tensor.getTensorShape().getDimList().stream()
                    .mapToLong(TensorShapeProto.Dim::getSize)
                    .reduce(1, Math::multiplyExact));
        } catch (ArithmeticException e) {
            throw new IllegalStateException("an answer has a tensor that is too large", e);
        }
    }

    private static ByteBuffer strings(List<ByteString> strings) {
        int size = strings.stream()
                .mapToInt(string -> Math.addExact(string.size(), Integer.BYTES))
                .reduce(0, Math::addExact);
        ByteBuffer bytes = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
        strings.forEach(string -> {
            bytes.putInt(string.size());
            string.copyTo(bytes);
        });
        return bytes.flip();
    }
}
