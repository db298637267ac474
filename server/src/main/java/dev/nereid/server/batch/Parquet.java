package dev.nereid.server.batch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BinaryNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hardwood.InputFile;
import dev.hardwood.metadata.ColumnChunk;
import dev.hardwood.metadata.CompressionCodec;
import dev.hardwood.metadata.LogicalType;
import dev.hardwood.metadata.RowGroup;
import dev.hardwood.reader.ParquetFileReader;
import dev.hardwood.reader.RowReader;
import dev.hardwood.row.PqList;
import dev.hardwood.schema.SchemaNode;
import dev.nereid.engine.TensorSpec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Parquet: what any writer makes is read, and written are plain pages without compression, a row group for each chunk. The writer
 * is our own because the reader's library writes nothing, and parquet-java takes Hadoop's classes with it and does not go on
 * with a file at a byte that a checkpoint counts.
 */
final class Parquet implements RowFormat {
    private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);

    private static final Set<CompressionCodec> CODECS =
            Set.of(CompressionCodec.UNCOMPRESSED, CompressionCodec.GZIP, CompressionCodec.SNAPPY);

    private final Path input;

    /** @param input whose schema says the types of columns that are copied */
    Parquet(Path input) {
        this.input = input;
    }

    private record Row(long line, ObjectNode columns) implements SourceRow {}

    @Override
    public Reader open(Path file, Chunk.Position from) throws IOException {
        ParquetFileReader reader = opened(file);
        List<SchemaNode> columns = reader.getFileSchema().getRootNode().children();
        long all = reader.getFileMetaData().numRows();
        RowReader rows;
        try {
            // Beyond the last row there is nothing to skip to.
            rows = readable(
                    file,
                    from.rows(),
                    () -> from.rows() < all
                            ? reader.buildRowReader().skip(from.rows()).build()
                            : reader.buildRowReader().head(1).build());
        } catch (BatchException e) {
            reader.close();
            throw e;
        }
        return new Reader() {
            private long read = from.rows();

            @Override
            public Chunk next(int count) {
                List<SourceRow> chunk = new ArrayList<>();
                long bytes = 0;
                while (chunk.size() < count && bytes < Chunk.BYTES && read < all) {
                    ObjectNode row = readable(file, read, () -> nextRow(columns, rows));
                    read++;
                    bytes += bytes(row);
                    chunk.add(new Row(read, row));
                }
                return new Chunk(chunk, new Chunk.Position(read, read + 1, 0));
            }

            @Override
            public double progress() {
                return all == 0 ? 1 : (double) read / all;
            }

            @Override
            public void close() throws IOException {
                rows.close();
                reader.close();
            }
        };
    }

    private static ParquetFileReader opened(Path file) throws IOException {
        ParquetFileReader reader;
        try {
            reader = ParquetFileReader.open(InputFile.of(file));
        } catch (RuntimeException e) {
            throw new BatchException("'" + file + "' is no Parquet file that can be read: " + e.getMessage(), e);
        }
        try {
            requireCodecs(file, reader);
        } catch (RuntimeException e) {
            reader.close();
            throw e;
        }
        return reader;
    }

    private static void requireCodecs(Path file, ParquetFileReader reader) {
        for (RowGroup group : reader.getFileMetaData().rowGroups()) {
            for (ColumnChunk chunk : group.columns()) {
                CompressionCodec codec = chunk.metaData().codec();
                if (!CODECS.contains(codec)) {
                    throw new BatchException(
                            "'" + file + "', column '" + chunk.metaData().pathInSchema()
                                    + "': expected no compression, or gzip or Snappy, got " + codec
                                    + ": write the file with one of these");
                }
            }
        }
    }

    /** What is read of a file, whose pages may be damaged, behind so many rows. */
    private static <T> T readable(Path file, long rows, Supplier<T> read) {
        try {
            return read.get();
        } catch (VirtualMachineError e) {
            throw e;
        } catch (RuntimeException | Error e) { // Snappy's library is an Error where it cannot be loaded
            throw new BatchException("'" + file + "', row " + (rows + 1) + " cannot be read: " + e, e);
        }
    }

    private static ObjectNode nextRow(List<SchemaNode> columns, RowReader rows) {
        if (!rows.hasNext()) {
            throw new BatchException("the file's metadata counts more rows");
        }
        rows.next();
        return row(columns, rows);
    }

    /** About what a row takes. */
    private static long bytes(JsonNode value) {
        if (value.isTextual()) {
            return value.textValue().length();
        }
        if (value instanceof BinaryNode binary) {
            return binary.binaryValue().length;
        }
        return value.valueStream().mapToLong(Parquet::bytes).sum() + Long.BYTES;
    }

    private static ObjectNode row(List<SchemaNode> columns, RowReader rows) {
        ObjectNode row = JsonNodeFactory.instance.objectNode();
        for (int i = 0; i < rows.getFieldCount(); i++) {
            row.set(
                    rows.getFieldName(i),
                    rows.isNull(i) ? JsonNodeFactory.instance.nullNode() : node(columns.get(i), rows.getValue(i)));
        }
        return row;
    }

    /** @param schema of the value; unsigned numbers come as signed ones of the same bits */
    private static JsonNode node(SchemaNode schema, @Nullable Object value) {
        JsonNodeFactory nodes = JsonNodeFactory.instance;
        return switch (value) {
            case null -> nodes.nullNode();
            case Boolean flag -> nodes.booleanNode(flag);
            case Byte number -> nodes.numberNode(number);
            case Short number -> nodes.numberNode(number);
            case Integer number ->
                unsigned(schema) ? nodes.numberNode(Integer.toUnsignedLong(number)) : nodes.numberNode(number);
            case Long number ->
                unsigned(schema)
                        ? nodes.numberNode(new BigInteger(Long.toUnsignedString(number)))
                        : nodes.numberNode(number);
            case Float number -> nodes.numberNode(number);
            case Double number -> nodes.numberNode(number);
            case String text -> nodes.textNode(text);
            case byte[] bytes -> nodes.binaryNode(bytes);
            case PqList list -> {
                SchemaNode element = schema instanceof SchemaNode.GroupNode group && group.isList()
                        ? group.getListElement()
                        : schema;
                ArrayNode array = nodes.arrayNode(list.size());
                for (int i = 0; i < list.size(); i++) {
                    array.add(list.isNull(i) ? nodes.nullNode() : node(element, list.get(i)));
                }
                yield array;
            }
            default -> nodes.textNode(value.toString());
        };
    }

    private static boolean unsigned(SchemaNode node) {
        return node instanceof SchemaNode.PrimitiveNode primitive
                && primitive.logicalType() instanceof LogicalType.IntType type
                && !type.isSigned();
    }

    @Override
    public List<String> columns(Path file) throws IOException {
        try (ParquetFileReader reader = opened(file)) {
            return reader.getFileSchema().getRootNode().children().stream()
                    .map(SchemaNode::name)
                    .toList();
        }
    }

    @Override
    public Writer writer(List<String> kept, List<TensorSpec> outputs) {
        Map<String, SchemaNode> types = new HashMap<>();
        try (ParquetFileReader reader = opened(input)) {
            reader.getFileSchema().getRootNode().children().forEach(node -> types.put(node.name(), node));
        } catch (IOException e) {
            throw new BatchException("'" + input + "' cannot be read: " + e, e);
        }
        List<ParquetColumn> columns = Stream.concat(
                        kept.stream().map(name -> column(name, types.get(name), 0)),
                        outputs.stream().map(ParquetColumn::of))
                .toList();
        return new ParquetWriter(kept, columns);
    }

    private static ParquetColumn column(String name, @Nullable SchemaNode node, int depth) {
        if (node instanceof SchemaNode.GroupNode group && group.isList()) {
            return column(name, group.getListElement(), depth + 1);
        }
        ParquetColumn.Type type = node instanceof SchemaNode.PrimitiveNode primitive ? type(primitive) : null;
        if (type == null) {
            throw new BatchException(
                    "column '" + name + "' cannot be copied, as it is neither of numbers, booleans, strings"
                            + " nor lists of them: name the columns to copy with --keep");
        }
        return new ParquetColumn(name, type, depth, true);
    }

    private static ParquetColumn.@Nullable Type type(SchemaNode.PrimitiveNode node) {
        LogicalType logical = node.logicalType();
        return switch (node.type()) {
            case BOOLEAN -> ParquetColumn.Type.BOOLEAN;
            case INT32 -> logical == null ? ParquetColumn.Type.INT32 : integer(logical);
            case INT64 -> logical == null ? ParquetColumn.Type.INT64 : integer(logical);
            case FLOAT -> ParquetColumn.Type.FLOAT;
            case DOUBLE -> ParquetColumn.Type.DOUBLE;
            case BYTE_ARRAY -> {
                if (logical == null) {
                    yield ParquetColumn.Type.BINARY;
                }
                yield logical instanceof LogicalType.StringType ? ParquetColumn.Type.STRING : null;
            }
            default -> null;
        };
    }

    private static ParquetColumn.@Nullable Type integer(LogicalType logical) {
        if (!(logical instanceof LogicalType.IntType type)) {
            return null;
        }
        return switch (type.bitWidth()) {
            case Byte.SIZE -> type.isSigned() ? ParquetColumn.Type.INT8 : ParquetColumn.Type.UINT8;
            case Short.SIZE -> type.isSigned() ? ParquetColumn.Type.INT16 : ParquetColumn.Type.UINT16;
            case Integer.SIZE -> type.isSigned() ? ParquetColumn.Type.INT32 : ParquetColumn.Type.UINT32;
            case Long.SIZE -> type.isSigned() ? ParquetColumn.Type.INT64 : ParquetColumn.Type.UINT64;
            default -> null;
        };
    }

    private record ParquetWriter(List<String> kept, List<ParquetColumn> columns) implements Writer {
        @Override
        public byte[] header() {
            return MAGIC;
        }

        @Override
        public Encoded rows(List<ResultRow> rows) {
            if (rows.isEmpty()) {
                return Encoded.NOTHING;
            }
            ByteArrayOutputStream group = new ByteArrayOutputStream();
            StringBuilder note = new StringBuilder().append(rows.size());
            for (int i = 0; i < columns.size(); i++) {
                ParquetPage page = new ParquetPage(columns.get(i));
                for (ResultRow row : rows) {
                    if (i < kept.size()) {
                        page.add(row.kept().path(kept.get(i)));
                    } else {
                        page.add(row.outputs().get(i - kept.size()));
                    }
                }
                byte[] bytes = page.bytes();
                group.writeBytes(bytes);
                note.append(' ').append(page.entries()).append(' ').append(bytes.length);
            }
            return new Encoded(group.toByteArray(), (note.toString() + '\n').getBytes(StandardCharsets.US_ASCII));
        }

        @Override
        public byte[] footer(Path notes) throws IOException {
            List<String[]> groups;
            try (Stream<String> lines = Files.lines(notes, StandardCharsets.US_ASCII)) {
                groups = lines.map(line -> line.split(" ", -1)).toList();
            }
            byte[] metadata = metadata(groups);
            return ByteBuffer.allocate(metadata.length + Integer.BYTES + MAGIC.length)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .put(metadata)
                    .putInt(metadata.length)
                    .put(MAGIC)
                    .array();
        }

        private byte[] metadata(List<String[]> groups) {
            CompactThrift out = new CompactThrift();
            int elements =
                    1 + columns.stream().mapToInt(ParquetColumn::schemaElements).sum();
            out.i32(1, 1).list(2, elements, CompactThrift.STRUCT);
            out.begin().string(4, "schema").i32(5, columns.size()).end();
            columns.forEach(column -> column.writeSchema(out));
            out.i64(
                    3,
                    groups.stream().mapToLong(group -> Long.parseLong(group[0])).sum());
            out.list(4, groups.size(), CompactThrift.STRUCT);
            long offset = MAGIC.length;
            for (String[] group : groups) {
                offset = group(out, group, offset);
            }
            return out.string(6, "nereid").end().bytes();
        }

        /** Writes a row group that begins at an offset; where the next one does. */
        private long group(CompactThrift out, String[] note, long start) {
            out.begin().list(1, columns.size(), CompactThrift.STRUCT);
            long offset = start;
            for (int i = 0; i < columns.size(); i++) {
                ParquetColumn column = columns.get(i);
                long entries = Long.parseLong(note[1 + 2 * i]);
                long bytes = Long.parseLong(note[2 + 2 * i]);
                out.begin().i64(2, offset).begin(3).i32(1, column.type().physical());
                out.list(2, 2, CompactThrift.I32).element(0).element(3);
                out.list(3, column.path().size(), CompactThrift.BINARY);
                column.path().forEach(out::element);
                out.i32(4, 0).i64(5, entries).i64(6, bytes).i64(7, bytes).i64(9, offset);
                out.end().end();
                offset += bytes;
            }
            out.i64(2, offset - start).i64(3, Long.parseLong(note[0])).end();
            return offset;
        }
    }
}
