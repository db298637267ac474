package dev.nereid.server.batch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

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
        checkpoint(job, done, skipped, false);
    }

    private void checkpoint(String job, Chunk.Position done, long skipped, boolean complete) throws IOException {
        output.force();
        errors.force();
        notes.force();
        new Checkpoint(job, done, output.bytes(), errors.bytes(), notes.bytes(), skipped, complete)
                .write(options.checkpoint());
    }

    /** Completes the output, and gives the files their names. */
    void publish(RowFormat.Writer writer, String job, Chunk.Position done, long skipped) throws IOException {
        output.write(writer.footer(options.partialNotes()));
        checkpoint(job, done, skipped, true);
        publish(options, skipped);
    }

    /**
     * Gives the files of a job whose checkpoint is complete their names. What an earlier process has done of that before it was
     * killed stays done.
     */
    static void publish(BatchOptions options, long skipped) throws IOException {
        if (skipped == 0) {
            Files.deleteIfExists(options.errors());
            Files.deleteIfExists(options.partialErrors());
        } else if (Files.exists(options.partialErrors())) {
            rename(options.partialErrors(), options.errors());
        }
        if (Files.exists(options.partial())) {
            rename(options.partial(), options.output());
        } else if (!Files.exists(options.output())) {
            throw new BatchException("'" + options.partial() + "' is not there, which '" + options.checkpoint()
                    + "' counts: start anew with --restart");
        }
        Files.deleteIfExists(options.partialNotes());
        Files.deleteIfExists(options.checkpoint());
    }

    private static void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void close() throws IOException {
        try (PartialFile _ = output;
                PartialFile _ = errors) {
            notes.close();
        }
    }
}
