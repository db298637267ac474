package dev.nereid.server.batch;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A job.
 *
 * @param columns for inputs of the model the columns that they are read from, where those are not one column of the input's name;
 *     several columns are the elements of one vector
 * @param keep columns of the input that are copied to the output
 * @param onError what happens to a row that fails
 * @param threads rows are computed on so many threads
 * @param chunkRows rows that are read, computed and written together
 * @param maxRowBytes a longer row is an error of the file
 * @param delimiter between the cells of CSV
 * @param restart whether an unfinished job and an output that is there are thrown away
 */
public record BatchOptions(
        Path input,
        Path output,
        Map<String, List<String>> columns,
        Keep keep,
        OnError onError,
        int threads,
        int chunkRows,
        int maxRowBytes,
        char delimiter,
        boolean restart) {
    /** Which columns are copied. */
    public sealed interface Keep {
        /** All that no input is read from. */
        record Others() implements Keep {}

        /** These; every row has them. */
        record Named(List<String> names) implements Keep {
            public Named {
                names = List.copyOf(names);
            }
        }
    }

    /** What happens to a row that fails. */
    public enum OnError {
        /** The job ends, and names the row. */
        FAIL,
        /** The row goes to a file of errors, and the job goes on. */
        SKIP
    }

    public BatchOptions {
        Objects.requireNonNull(input, "input");
        Objects.requireNonNull(output, "output");
        columns = Map.copyOf(columns);
    }

    /** Rows that were skipped and why, a JSON object a line. */
    Path errors() {
        return sibling(".errors.jsonl");
    }

    /** What is written before the job has ended. */
    Path partial() {
        return sibling(".partial");
    }

    Path partialErrors() {
        return sibling(".errors.partial");
    }

    /** What the footer of the output has to know of its chunks. */
    Path partialNotes() {
        return sibling(".notes.partial");
    }

    /** How far the job is. */
    Path checkpoint() {
        return sibling(".checkpoint");
    }

    /** What the one process that writes the output has locked. */
    Path lock() {
        return sibling(".lock");
    }

    /** Everything that a job writes, replaces or deletes. */
    List<Path> written() {
        return List.of(output, errors(), partial(), partialErrors(), partialNotes(), checkpoint(), lock());
    }

    private Path sibling(String suffix) {
        return output.resolveSibling(output.getFileName() + suffix);
    }
}
