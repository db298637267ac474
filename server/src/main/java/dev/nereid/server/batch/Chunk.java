package dev.nereid.server.batch;

import java.util.List;

/**
 * Rows that are computed and written together.
 *
 * @param end where the rows behind them begin
 */
record Chunk(List<SourceRow> rows, Position end) {
    /** A chunk ends with the row by which it has so many bytes of input, or before. */
    static final int BYTES = 4 << 20;

    /**
     * A place between two rows of a file.
     *
     * @param rows before it
     * @param line of the row behind it, from 1
     * @param offset in bytes; 0 for a file that is not read by bytes
     */
    record Position(long rows, long line, long offset) {
        static final Position START = new Position(0, 1, 0);
    }
}
