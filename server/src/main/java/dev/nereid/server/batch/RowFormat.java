package dev.nereid.server.batch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.nereid.engine.RowTensor;
import dev.nereid.engine.TensorSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A format of files with rows: how they are read in chunks, and how results are written. */
interface RowFormat {
    /** What a row of the output has. */
    record ResultRow(ObjectNode kept, List<RowTensor> outputs) {}

    /** Reads rows from a place in a file. The caller closes it. */
    interface Reader extends AutoCloseable {
        /** The next rows, at most so many and of about {@link Chunk#BYTES}; none at the end of the file. */
        Chunk next(int rows) throws IOException;

        /** What of the file's size is read, from 0 to 1. */
        double progress();

        @Override
        void close() throws IOException;
    }

    /** Makes the bytes of the output. Any thread. */
    interface Writer {
        /** What stands before the first row. */
        byte[] header();

        /** The rows of a chunk. */
        Encoded rows(List<ResultRow> rows);

        /**
         * What stands behind the last row.
         *
         * @param notes a file with the notes of all chunks, one behind the other
         */
        default byte[] footer(Path notes) throws IOException {
            return new byte[0];
        }
    }

    /**
     * The bytes of a chunk.
     *
     * @param note what the footer has to know of them; empty where there is none
     */
    @SuppressWarnings("ArrayRecordComponent")
    record Encoded(byte[] bytes, byte[] note) {
        static final Encoded NOTHING = new Encoded(new byte[0], new byte[0]);

        static Encoded of(byte[] bytes) {
            return new Encoded(bytes, new byte[0]);
        }
    }

    Reader open(Path file, Chunk.Position from) throws IOException;

    /** What a column holds for an input of the model. */
    default JsonNode value(JsonNode column, TensorSpec input) {
        return column;
    }

    /**
     * What writes the results.
     *
     * @param kept columns that are copied, in order; empty where the rows say it
     */
    Writer writer(List<String> kept, List<TensorSpec> outputs);

    /** The names of a file's columns; none where each row has its own. */
    List<String> columns(Path file) throws IOException;

    /**
     * The format of a file by the end of its name.
     *
     * @throws BatchException if it is none that is known
     */
    static RowFormat of(Path file, BatchOptions options) {
        String name = String.valueOf(file.getFileName());
        Map<String, RowFormat> formats = Map.of(
                ".jsonl", new JsonLines(options.maxRowBytes()),
                ".ndjson", new JsonLines(options.maxRowBytes()),
                ".csv", new Csv(options.delimiter(), options.maxRowBytes()),
                ".parquet", new Parquet(options.input()));
        return formats.entrySet().stream()
                .filter(format -> name.endsWith(format.getKey()))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElseThrow(() -> new BatchException(
                        "'" + file + "': expected a name that ends in .jsonl, .ndjson, .csv or .parquet"));
    }
}
