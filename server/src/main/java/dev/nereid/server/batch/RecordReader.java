package dev.nereid.server.batch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads chunks of rows, each of which is a record of a text. */
final class RecordReader implements RowFormat.Reader {
    /** What a record is. */
    interface Rows {
        /**
         * The row of a record; empty where it is none.
         *
         * @param line at which the record begins
         */
        Optional<SourceRow> row(long line, byte[] record);
    }

    private final RecordBytes records;
    private final Rows rows;
    private long read;

    /**
     * @param quotes whether a line end within double quotes belongs to the record
     * @param maxRowBytes a longer record is an error
     */
    RecordReader(Path file, Chunk.Position from, boolean quotes, int maxRowBytes, Rows rows) throws IOException {
        this.records = new RecordBytes(file, from, quotes, maxRowBytes);
        this.rows = rows;
        this.read = from.rows();
    }

    /** Skips the next record. */
    void skip() throws IOException {
        records.next();
    }

    @Override
    public Chunk next(int count) throws IOException {
        List<SourceRow> chunk = new ArrayList<>();
        long bytes = 0;
        while (chunk.size() < count && bytes < Chunk.BYTES) {
            long line = records.line();
            Optional<byte[]> record = records.next();
            if (record.isEmpty()) {
                break;
            }
            Optional<SourceRow> row = rows.row(line, record.get());
            if (row.isPresent()) {
                chunk.add(row.get());
                bytes += record.get().length;
            }
        }
        read += chunk.size();
        return new Chunk(chunk, new Chunk.Position(read, records.line(), records.offset()));
    }

    @Override
    public double progress() {
        return records.progress();
    }

    @Override
    public void close() throws IOException {
        records.close();
    }
}
