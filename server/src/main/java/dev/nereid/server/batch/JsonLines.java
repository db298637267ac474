package dev.nereid.server.batch;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nereid.engine.TensorSpec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A JSON object a line. Empty lines are no rows. */
record JsonLines(int maxRowBytes) implements RowFormat {
    static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            // Numbers that are copied keep all of their digits.
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .configure(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES, false);

    @SuppressWarnings("ArrayRecordComponent")
    private record Row(long line, byte[] text) implements SourceRow {
        @Override
        public ObjectNode columns() {
            JsonNode node;
            try {
                node = MAPPER.readTree(text);
            } catch (JsonProcessingException e) {
                throw new BatchException("not JSON: " + e.getOriginalMessage(), e);
            } catch (IOException e) {
                throw new BatchException("not JSON: " + e.getMessage(), e);
            }
            if (node instanceof ObjectNode object) {
                return object;
            }
            throw new BatchException("expected a JSON object, got " + node.getNodeType());
        }
    }

    @Override
    public Reader open(Path file, Chunk.Position from) throws IOException {
        return new RecordReader(
                file,
                from,
                false,
                maxRowBytes,
                (line, record) -> new String(record, StandardCharsets.UTF_8).isBlank()
                        ? Optional.empty()
                        : Optional.of(new Row(line, record)));
    }

    @Override
    public List<String> columns(Path file) {
        return List.of();
    }

    @Override
    public Writer writer(List<String> kept, List<TensorSpec> outputs) {
        return new Writer() {
            @Override
            public byte[] header() {
                return new byte[0];
            }

            @Override
            public Encoded rows(List<ResultRow> rows) {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                try (JsonGenerator json = MAPPER.createGenerator(bytes)) {
                    json.setRootValueSeparator(null);
                    for (ResultRow row : rows) {
                        write(json, row, outputs);
                        json.writeRaw('\n');
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
                return Encoded.of(bytes.toByteArray());
            }
        };
    }

    private static void write(JsonGenerator json, ResultRow row, List<TensorSpec> outputs) throws IOException {
        json.writeStartObject();
        for (Map.Entry<String, JsonNode> column : row.kept().properties()) {
            json.writeFieldName(column.getKey());
            json.writeTree(column.getValue());
        }
        for (int i = 0; i < outputs.size(); i++) {
            json.writeFieldName(outputs.get(i).name());
            RowJson.write(json, row.outputs().get(i));
        }
        json.writeEndObject();
    }
}
