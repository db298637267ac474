package dev.nereid.server.batch;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** A row as it was read. */
interface SourceRow {
    /** Where the row begins in its file: the number of a line, or of a row where the file has no lines; from 1. */
    long line();

    /**
     * The columns by name.
     *
     * @throws BatchException if the row is malformed
     */
    ObjectNode columns();
}
