package dev.nereid.server.grpc;

import dev.nereid.proto.inference.InferTensorContents;
import dev.nereid.tensor.DataType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/** The fields that carry tensor elements as numbers: which datatypes each may hold, and how it is copied. */
@SuppressWarnings("ImmutableEnumChecker") // the functions are stateless, the sets unmodifiable
enum TypedContents {
    BOOL(InferTensorContents::getBoolContentsList, "BOOL", DataType.BOOL) {
        @Override
        void copy(InferTensorContents contents, DataType type, MemorySegment to) {
            for (int i = 0; i < contents.getBoolContentsCount(); i++) {
                to.set(ValueLayout.JAVA_BYTE, i, (byte) (contents.getBoolContents(i) ? 1 : 0));
            }
        }
    },
    INT32(InferTensorContents::getIntContentsList, "INT32", DataType.INT8, DataType.INT16, DataType.INT32) {
        @Override
        void copy(InferTensorContents contents, DataType type, MemorySegment to) {
            for (int i = 0; i < contents.getIntContentsCount(); i++) {
                put(to, type, i, contents.getIntContents(i));
            }
        }
    },
    INT64(InferTensorContents::getInt64ContentsList, "INT64", DataType.INT64) {
        @Override
        void copy(InferTensorContents contents, DataType type, MemorySegment to) {
            for (int i = 0; i < contents.getInt64ContentsCount(); i++) {
                to.setAtIndex(ValueLayout.JAVA_LONG, i, contents.getInt64Contents(i));
            }
        }
    },
    UINT32(InferTensorContents::getUintContentsList, "UINT32", DataType.UINT8, DataType.UINT16, DataType.UINT32) {
        @Override
        void copy(InferTensorContents contents, DataType type, MemorySegment to) {
            for (int i = 0; i < contents.getUintContentsCount(); i++) {
                put(to, type, i, contents.getUintContents(i));
            }
        }
    },
    UINT64(InferTensorContents::getUint64ContentsList, "UINT64", DataType.UINT64) {
        @Override
        void copy(InferTensorContents contents, DataType type, MemorySegment to) {
            for (int i = 0; i < contents.getUint64ContentsCount(); i++) {
                to.setAtIndex(ValueLayout.JAVA_LONG, i, contents.getUint64Contents(i));
            }
        }
    },
    FP32(InferTensorContents::getFp32ContentsList, "FP32", DataType.FP32) {
        @Override
        void copy(InferTensorContents contents, DataType type, MemorySegment to) {
            for (int i = 0; i < contents.getFp32ContentsCount(); i++) {
                to.setAtIndex(ValueLayout.JAVA_FLOAT, i, contents.getFp32Contents(i));
            }
        }
    },
    FP64(InferTensorContents::getFp64ContentsList, "FP64", DataType.FP64) {
        @Override
        void copy(InferTensorContents contents, DataType type, MemorySegment to) {
            for (int i = 0; i < contents.getFp64ContentsCount(); i++) {
                to.setAtIndex(ValueLayout.JAVA_DOUBLE, i, contents.getFp64Contents(i));
            }
        }
    },
    BYTES(InferTensorContents::getBytesContentsList, "BYTES", DataType.STRING) {
        @Override
        void copy(InferTensorContents contents, DataType type, MemorySegment to) {
            throw new IllegalStateException("strings have no native memory");
        }
    };

    private final Function<InferTensorContents, List<?>> elements;
    private final String fieldType;
    private final Set<DataType> types;

    TypedContents(Function<InferTensorContents, List<?>> elements, String fieldType, DataType... types) {
        this.elements = elements;
        this.fieldType = fieldType;
        this.types = Set.of(types);
    }

    /** The elements of this field. */
    List<?> elements(InferTensorContents contents) {
        return elements.apply(contents);
    }

    /** What error texts call the field's type. */
    String fieldType() {
        return fieldType;
    }

    boolean holds(DataType type) {
        return types.contains(type);
    }

    /** Copies the elements; narrower types keep the low bytes. */
    abstract void copy(InferTensorContents contents, DataType type, MemorySegment to);

    private static void put(MemorySegment to, DataType type, int index, int value) {
        switch (type.bytes()) {
            case 1 -> to.set(ValueLayout.JAVA_BYTE, index, (byte) value);
            case 2 -> to.setAtIndex(ValueLayout.JAVA_SHORT, index, (short) value);
            default -> to.setAtIndex(ValueLayout.JAVA_INT, index, value);
        }
    }
}
