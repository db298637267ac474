package dev.nereid.server.batch;

import java.io.IOException;
import java.nio.file.Files;

/** The files of a job that is not complete: the output, the rows that failed, and notes for the output's footer. One thread. */
final class PartialOutput implements AutoCloseable {
    private final BatchOptions options;
    private final PartialFile output;
    private final PartialFile errors;
    private final PartialFile notes;

    /** Opens the files with as much of them as a checkpoint counts. */
    PartialOutput(BatchOptions options, Checkpoint from) throws IOException {
        this.options = options;
        this.output = new PartialFile(options.partial(), from.outputBytes());
        try {
            this.errors = new PartialFile(options.partialErrors(), from.errorBytes());
        } catch (IOException | RuntimeException e) {
            output.close();
            throw e;
        }
        try {
            this.notes = new PartialFile(options.partialNotes(), from.noteBytes());
        } catch (IOException | RuntimeException e) {
            output.close();
            errors.close();
            throw e;
        }
    }

    void write(RowFormat.Encoded chunk) throws IOException {
        output.write(chunk.bytes());
        notes.write(chunk.note());
    }

    void writeError(byte[] line) throws IOException {
        errors.write(line);
    }

    /** Everything that was written is on the disk, and counts from now on. */
    void checkpoint(String job, Chunk.Position done, long skipped) throws IOException {
        output.force();
        errors.force();
        notes.force();
        new Checkpoint(job, done, output.bytes(), errors.bytes(), notes.bytes(), skipped).write(options.checkpoint());
    }

    /** Completes the output and gives the files their names. */
    void publish(RowFormat.Writer writer, long skipped) throws IOException {
        output.write(writer.footer(options.partialNotes()));
        Files.deleteIfExists(options.errors());
        if (skipped > 0) {
            errors.publish(options.errors());
        } else {
            Files.deleteIfExists(options.partialErrors());
        }
        output.publish(options.output());
        Files.deleteIfExists(options.checkpoint());
        Files.deleteIfExists(options.partialNotes());
    }

    @Override
    public void close() throws IOException {
        try (PartialFile _ = output;
                PartialFile _ = errors) {
            notes.close();
        }
    }
}
