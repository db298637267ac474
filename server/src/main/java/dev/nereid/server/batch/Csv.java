package dev.nereid.server.batch;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.nereid.engine.RowTensor;
import dev.nereid.engine.TensorSpec;
import dev.nereid.tensor.DataType;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;

/**
 * CSV as RFC 4180 has it, with a header. A cell is a text; where an input asks for numbers or for several strings it is read as
 * JSON, so that a cell may hold a list.
 */
record Csv(char delimiter, int maxRowBytes) implements RowFormat {
    private static final String BYTE_ORDER_MARK = "\uFEFF";

    @SuppressWarnings("ArrayRecordComponent")
    private record Row(long line, byte[] text, List<String> header, char delimiter) implements SourceRow {
        @Override
        public ObjectNode columns() {
            List<String> cells = cells(new String(text, StandardCharsets.UTF_8), delimiter);
            if (cells.size() != header.size()) {
                throw new BatchException(
                        "expected " + header.size() + " cells, as the header has, got " + cells.size());
            }
            ObjectNode row = JsonNodeFactory.instance.objectNode();
            for (int i = 0; i < cells.size(); i++) {
                row.set(header.get(i), TextNode.valueOf(cells.get(i)));
            }
            return row;
        }
    }

    /** A text as it is for one string; a list in JSON for several strings, where the cell is one; JSON for other inputs. */
    @Override
    public JsonNode value(JsonNode cell, TensorSpec input) {
        boolean strings = input.dataType() == DataType.STRING;
        boolean one = input.dims()
                .map(dims -> dims.stream().allMatch(dim -> dim == 1))
                .orElse(true);
        if (strings && one) {
            return cell;
        }
        JsonNode value = json(cell.textValue());
        return strings && !isStrings(value) ? cell : value;
    }

    private static JsonNode json(String cell) {
        try {
            JsonNode node = JsonLines.MAPPER.readTree(cell.strip());
            return node.isMissingNode() ? JsonNodeFactory.instance.nullNode() : node;
        } catch (JsonProcessingException e) {
            return TextNode.valueOf(cell);
        }
    }

    private static boolean isStrings(JsonNode value) {
        return value.isArray() && value.valueStream().allMatch(each -> each.isTextual() || isStrings(each));
    }

    @Override
    public Reader open(Path file, Chunk.Position from) throws IOException {
        List<String> header = columns(file);
        RecordReader reader = new RecordReader(
                file,
                from,
                true,
                maxRowBytes,
                (line, record) ->
                        record.length == 0 ? Optional.empty() : Optional.of(new Row(line, record, header, delimiter)));
        if (from.offset() == 0) {
            reader.skip();
        }
        return reader;
    }

    @Override
    public List<String> columns(Path file) throws IOException {
        try (RecordBytes records = new RecordBytes(file, Chunk.Position.START, true, maxRowBytes)) {
            byte[] first =
                    records.next().orElseThrow(() -> new BatchException("'" + file + "' is empty: expected a header"));
            String text = new String(first, StandardCharsets.UTF_8);
            List<String> header = cells(text.startsWith(BYTE_ORDER_MARK) ? text.substring(1) : text, delimiter);
            if (new HashSet<>(header).size() < header.size()) {
                throw new BatchException("'" + file + "': two columns of the header have one name: " + header);
            }
            return header;
        }
    }

    /** The cells of one record. */
    private static List<String> cells(String record, char delimiter) {
        List<String> cells = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        for (int i = 0; i < record.length(); i++) {
            char each = record.charAt(i);
            if (quoted && each == '"' && i + 1 < record.length() && record.charAt(i + 1) == '"') {
                cell.append('"');
                i++;
            } else if (each == '"') {
                quoted = !quoted;
            } else if (each == delimiter && !quoted) {
                cells.add(cell.toString());
                cell.setLength(0);
            } else {
                cell.append(each);
            }
        }
        if (quoted) {
            throw new BatchException("a cell has a quote that does not end");
        }
        cells.add(cell.toString());
        return cells;
    }

    @Override
    public Writer writer(List<String> kept, List<TensorSpec> outputs) {
        List<String> names = new ArrayList<>(kept);
        outputs.forEach(output -> names.add(output.name()));
        return new Writer() {
            @Override
            public byte[] header() {
                return line(names).getBytes(StandardCharsets.UTF_8);
            }

            @Override
            public Encoded rows(List<ResultRow> rows) {
                StringBuilder text = new StringBuilder();
                for (ResultRow row : rows) {
                    List<String> cells = new ArrayList<>(names.size());
                    kept.forEach(column -> cells.add(row.kept().path(column).asText()));
                    row.outputs().forEach(output -> cells.add(cell(output)));
                    text.append(line(cells));
                }
                return Encoded.of(text.toString().getBytes(StandardCharsets.UTF_8));
            }
        };
    }

    private static String cell(RowTensor tensor) {
        if (tensor.dataType() == DataType.STRING && tensor.shape().rank() == 0) {
            return new String(tensor.strings()[0], StandardCharsets.UTF_8);
        }
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JsonLines.MAPPER.createGenerator(text)) {
            RowJson.write(json, tensor);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private String line(List<String> cells) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.size(); i++) {
            String cell = cells.get(i);
            if (i > 0) {
                line.append(delimiter);
            }
            boolean quote = cell.indexOf(delimiter) >= 0
                    || cell.indexOf('"') >= 0
                    || cell.indexOf('\n') >= 0
                    || cell.indexOf('\r') >= 0;
            line.append(quote ? '"' + cell.replace("\"", "\"\"") + '"' : cell);
        }
        return line.append('\n').toString();
    }
}
