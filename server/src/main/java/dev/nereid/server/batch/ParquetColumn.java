package dev.nereid.server.batch;

import dev.nereid.engine.TensorSpec;
import dev.nereid.tensor.DataType;
import java.util.ArrayList;
import java.util.List;

/**
 * A column of a Parquet file: values, or lists within lists of them. A row may have none.
 *
 * @param depth of lists; 0 for plain values
 * @param nulls whether an element of a list, which may be a list itself, can be null
 */
record ParquetColumn(String name, Type type, int depth, boolean nulls) {
    private static final int REQUIRED = 0;
    private static final int OPTIONAL = 1;
    private static final int REPEATED = 2;
    private static final int LIST = 3;
    private static final int NONE = -1;

    /** What its values are, with the numbers that Parquet gives to it. */
    enum Type {
        BOOLEAN(0, NONE, 1),
        INT8(1, 15, 4),
        INT16(1, 16, 4),
        INT32(1, NONE, 4),
        UINT8(1, 11, 4),
        UINT16(1, 12, 4),
        UINT32(1, 13, 4),
        INT64(2, NONE, 8),
        UINT64(2, 14, 8),
        FLOAT(4, NONE, 4),
        DOUBLE(5, NONE, 8),
        STRING(6, 0, 0),
        BINARY(6, NONE, 0);

        private final int physical;
        private final int converted;
        private final int bytes;

        Type(int physical, int converted, int bytes) {
            this.physical = physical;
            this.converted = converted;
            this.bytes = bytes;
        }

        int physical() {
            return physical;
        }

        /** Bytes of one value; 0 where values have lengths of their own. */
        int bytes() {
            return bytes;
        }
    }

    /** The column of an output; one whose dims are not known is a flat list. */
    static ParquetColumn of(TensorSpec output) {
        return new ParquetColumn(
                output.name(),
                type(output.dataType()),
                output.dims().map(List::size).orElse(1),
                false);
    }

    private static Type type(DataType type) {
        return switch (type) {
            case BOOL -> Type.BOOLEAN;
            case INT8 -> Type.INT8;
            case INT16 -> Type.INT16;
            case INT32 -> Type.INT32;
            case UINT8 -> Type.UINT8;
            case UINT16 -> Type.UINT16;
            case UINT32 -> Type.UINT32;
            case INT64 -> Type.INT64;
            case UINT64 -> Type.UINT64;
            case FP16, BF16, FP32 -> Type.FLOAT;
            case FP64 -> Type.DOUBLE;
            case STRING -> Type.STRING;
            default -> throw new BatchException("no column holds a tensor of " + type.protocolName());
        };
    }

    /** The definition level of a value. */
    int maxDefinition() {
        return definition(depth);
    }

    /**
     * The definition level of what lies within so many lists: one for that the row has it, one for each list, and one for each
     * element that is not null.
     */
    int definition(int lists) {
        return 1 + lists * (nulls ? 2 : 1);
    }

    /** The names from the column to its values. */
    List<String> path() {
        List<String> path = new ArrayList<>(List.of(name));
        for (int i = 0; i < depth; i++) {
            path.add("list");
            path.add("element");
        }
        return path;
    }

    /** How many elements of a schema the column takes. */
    int schemaElements() {
        return 1 + 2 * depth;
    }

    /** Writes the column's elements of a schema. */
    void writeSchema(CompactThrift out) {
        int element = nulls ? OPTIONAL : REQUIRED;
        for (int level = 0; level < depth; level++) {
            out.begin()
                    .i32(3, level == 0 ? OPTIONAL : element)
                    .string(4, level == 0 ? name : "element")
                    .i32(5, 1)
                    .i32(6, LIST)
                    .end();
            out.begin().i32(3, REPEATED).string(4, "list").i32(5, 1).end();
        }
        out.begin()
                .i32(1, type.physical)
                .i32(3, depth == 0 ? OPTIONAL : element)
                .string(4, depth == 0 ? name : "element");
        if (type.converted != NONE) {
            out.i32(6, type.converted);
        }
        out.end();
    }
}
