package dev.nereid.server.tensorflow.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.WireFormat;
import dev.nereid.proto.tensorflow.DataType;
import dev.nereid.proto.tensorflow.TensorProto;
import java.io.IOException;

/**
 * Lists of floats and doubles, which lie in a message as little-endian numbers one behind the other: the same bytes as
 * {@code tensor_content}. So a list with a value for every element needs no loop, neither when it is read nor when it is written.
 */
final class PackedFloats {
    /** The tag of tensor_content, in one byte. */
    private static final byte CONTENT = tag(TensorProto.TENSOR_CONTENT_FIELD_NUMBER);

    private static final int INPUTS = 2;
    private static final int MAP_VALUE = 2;
    private static final int DTYPE = 1;
    private static final int SHAPE = 2;
    private static final int DIM = 2;
    private static final int DIM_SIZE = 1;

    private PackedFloats() {}

    private static byte tag(int field) {
        return (byte) (field << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED);
    }

    /** The list of a type as a field of its own: the message is written as if it held the numbers. */
    static UnknownFieldSet field(int number, ByteString packed) {
        return UnknownFieldSet.newBuilder()
                .addField(
                        number,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(packed)
                                .build())
                .build();
    }

    /**
     * Turns lists with a value for every element into {@code tensor_content}, by one byte each, in the inputs of a request to
     * predict. A damaged message stays as it is from there on.
     */
    static void asContent(byte[] request) {
        try {
            CodedInputStream in = CodedInputStream.newInstance(request);
            for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
                if (tag == (INPUTS << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED)) {
                    int limit = in.pushLimit(in.readRawVarint32());
                    entry(in, request);
                    in.popLimit(limit);
                } else {
                    in.skipField(tag);
                }
            }
        } catch (IOException _) {
            // It is refused when it is parsed.
        }
    }

    private static void entry(CodedInputStream in, byte[] request) throws IOException {
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == (MAP_VALUE << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED)) {
                int limit = in.pushLimit(in.readRawVarint32());
                tensor(in, request);
                in.popLimit(limit);
            } else {
                in.skipField(tag);
            }
        }
    }

    private static void tensor(CodedInputStream in, byte[] request) throws IOException {
        int type = 0;
        long elements = 1;
        int list = -1;
        int listBytes = 0;
        byte listTag = 0;
        boolean other = false;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag == (DTYPE << 3 | WireFormat.WIRETYPE_VARINT)) {
                type = in.readRawVarint32();
            } else if (tag == (SHAPE << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED)) {
                int limit = in.pushLimit(in.readRawVarint32());
                elements *= elements(in);
                in.popLimit(limit);
            } else if (tag == tag(TensorProto.FLOAT_VAL_FIELD_NUMBER)
                    || tag == tag(TensorProto.DOUBLE_VAL_FIELD_NUMBER)) {
                other |= list >= 0;
                list = in.getTotalBytesRead() - 1;
                listTag = (byte) tag;
                listBytes = in.readRawVarint32();
                in.skipRawBytes(listBytes);
            } else {
                other = true; // whatever it is, the message is read as it stands
                in.skipField(tag);
            }
        }
        boolean floats = type == DataType.DT_FLOAT_VALUE
                && listTag == tag(TensorProto.FLOAT_VAL_FIELD_NUMBER)
                && listBytes == elements * Float.BYTES;
        boolean doubles = type == DataType.DT_DOUBLE_VALUE
                && listTag == tag(TensorProto.DOUBLE_VAL_FIELD_NUMBER)
                && listBytes == elements * Double.BYTES;
        if (!other && listBytes > 0 && (floats || doubles)) {
            request[list] = CONTENT;
        }
    }

    /** The product of the dims; negative if there is no such number. */
    private static long elements(CodedInputStream in) throws IOException {
        long elements = 1;
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            if (tag != (DIM << 3 | WireFormat.WIRETYPE_LENGTH_DELIMITED)) {
                in.skipField(tag);
                continue;
            }
            int limit = in.pushLimit(in.readRawVarint32());
            long size = 0;
            for (int dim = in.readTag(); dim != 0; dim = in.readTag()) {
                if (dim == (DIM_SIZE << 3 | WireFormat.WIRETYPE_VARINT)) {
                    size = in.readRawVarint64();
                } else {
                    in.skipField(dim);
                }
            }
            in.popLimit(limit);
            elements = size < 0 || size > Integer.MAX_VALUE || elements < 0 || elements > Integer.MAX_VALUE
                    ? -1
                    : elements * size;
        }
        return elements;
    }
}
