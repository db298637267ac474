package dev.nereid.server.batch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BinaryNode;
import dev.nereid.engine.RowTensor;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** The values of a column in one row group: a single page of plain values, not compressed. */
final class ParquetPage {
    private static final int PLAIN = 0;
    private static final int RLE = 3;

    private final ParquetColumn column;
    private final Levels definitions;
    private final Levels repetitions;
    private final ByteArrayOutputStream values = new ByteArrayOutputStream();
    private final ByteBuffer scratch = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private int entries;
    private int bits;
    private int bitCount;

    ParquetPage(ParquetColumn column) {
        this.column = column;
        this.definitions = new Levels(column.maxDefinition());
        this.repetitions = new Levels(column.depth());
    }

    /** Adds what one row has: null, a value or a list of values. */
    void add(JsonNode value) {
        if (value.isNull() || value.isMissingNode()) {
            entry(0, 0);
        } else if (column.depth() == 0) {
            entry(column.maxDefinition(), 0);
            value(value);
        } else {
            add(value, 0, 0);
        }
    }

    private void add(JsonNode list, int depth, int repetition) {
        if (list.isNull()) {
            entry(column.definition(depth) - 1, repetition);
            return;
        }
        if (depth == column.depth()) {
            entry(column.maxDefinition(), repetition);
            value(list);
            return;
        }
        if (list.isEmpty()) {
            entry(column.definition(depth), repetition);
            return;
        }
        for (int i = 0; i < list.size(); i++) {
            add(list.get(i), depth + 1, i == 0 ? repetition : depth + 1);
        }
    }

    /** Adds an output of one row. */
    void add(RowTensor tensor) {
        // Of an output whose dims are not known the elements are a flat list.
        Shape shape = tensor.shape().rank() == column.depth()
                ? tensor.shape()
                : Shape.of(tensor.shape().elements());
        Elements elements = new Elements(tensor);
        add(shape, 0, 0, elements);
    }

    private void add(Shape shape, int axis, int repetition, Elements elements) {
        if (axis == shape.rank()) {
            entry(column.maxDefinition(), repetition);
            elements.writeNext();
            return;
        }
        if (shape.dim(axis) == 0) {
            entry(column.definition(axis), repetition);
        }
        for (long i = 0; i < shape.dim(axis); i++) {
            add(shape, axis + 1, i == 0 ? repetition : axis + 1, elements);
        }
    }

    private void entry(int definition, int repetition) {
        entries++;
        definitions.add(definition);
        repetitions.add(repetition);
    }

    int entries() {
        return entries;
    }

    /** The page with its header. */
    byte[] bytes() {
        if (bitCount > 0) {
            values.write(bits);
        }
        byte[] repetition = column.depth() == 0 ? new byte[0] : repetitions.bytes();
        byte[] definition = definitions.bytes();
        int size = repetition.length + definition.length + values.size();
        CompactThrift header = new CompactThrift().i32(1, 0).i32(2, size).i32(3, size);
        header.begin(5).i32(1, entries).i32(2, PLAIN).i32(3, RLE).i32(4, RLE).end();
        ByteArrayOutputStream page = new ByteArrayOutputStream(size + 64);
        page.writeBytes(header.end().bytes());
        page.writeBytes(repetition);
        page.writeBytes(definition);
        page.writeBytes(values.toByteArray());
        return page.toByteArray();
    }

    private void value(JsonNode value) {
        switch (column.type()) {
            case BOOLEAN -> bit(value.booleanValue());
            case STRING -> binary(value.asText().getBytes(StandardCharsets.UTF_8));
            case BINARY ->
                binary(
                        value instanceof BinaryNode binary
                                ? binary.binaryValue()
                                : value.asText().getBytes(StandardCharsets.UTF_8));
            case FLOAT -> number(Float.floatToRawIntBits(value.floatValue()));
            case DOUBLE -> number(Double.doubleToRawLongBits(value.doubleValue()));
            default -> number(value.longValue());
        }
    }

    /** Adds as many of the low bytes as the type has. */
    private void number(long value) {
        scratch.putLong(0, value);
        values.write(scratch.array(), 0, column.type().bytes());
    }

    private void binary(byte[] bytes) {
        scratch.putInt(0, bytes.length);
        values.write(scratch.array(), 0, Integer.BYTES);
        values.writeBytes(bytes);
    }

    private void bit(boolean value) {
        bits |= (value ? 1 : 0) << bitCount++;
        if (bitCount == Byte.SIZE) {
            values.write(bits);
            bits = 0;
            bitCount = 0;
        }
    }

    /** The elements of a tensor one after the other. */
    private final class Elements {
        private final RowTensor tensor;
        private final ByteBuffer buffer;
        private int next;

        Elements(RowTensor tensor) {
            this.tensor = tensor;
            this.buffer = tensor.buffer();
        }

        void writeNext() {
            DataType type = tensor.dataType();
            switch (type) {
                case STRING -> binary(tensor.strings()[next++]);
                case BOOL -> bit(buffer.get() != 0);
                case FP16 -> number(Float.floatToRawIntBits(Float.float16ToFloat(buffer.getShort())));
                case BF16 -> number((long) buffer.getShort() << Short.SIZE);
                case UINT8 -> number(Byte.toUnsignedInt(buffer.get()));
                case INT8 -> number(buffer.get());
                case UINT16 -> number(Short.toUnsignedInt(buffer.getShort()));
                case INT16 -> number(buffer.getShort());
                case FP32, INT32, UINT32 -> number(buffer.getInt());
                case FP64, INT64, UINT64 -> number(buffer.getLong());
                default -> throw new BatchException("no column holds a tensor of " + type.protocolName());
            }
        }
    }

    /** Levels of a page: runs of equal ones, behind their length. */
    private static final class Levels {
        private final int valueBytes;
        private final ByteArrayOutputStream runs = new ByteArrayOutputStream();
        private int current = -1;
        private int count;

        Levels(int most) {
            this.valueBytes = Math.max(1, (Integer.SIZE - Integer.numberOfLeadingZeros(most) + 7) / Byte.SIZE);
        }

        void add(int level) {
            if (level != current) {
                flush();
                current = level;
                count = 0;
            }
            count++;
        }

        private void flush() {
            if (count == 0) {
                return;
            }
            long header = (long) count << 1;
            while ((header & ~0x7fL) != 0) {
                runs.write((int) ((header & 0x7f) | 0x80));
                header >>>= 7;
            }
            runs.write((int) header);
            for (int i = 0; i < valueBytes; i++) {
                runs.write(current >>> (i * Byte.SIZE));
            }
            count = 0;
        }

        byte[] bytes() {
            flush();
            byte[] all = runs.toByteArray();
            return ByteBuffer.allocate(Integer.BYTES + all.length)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(all.length)
                    .put(all)
                    .array();
        }
    }
}
