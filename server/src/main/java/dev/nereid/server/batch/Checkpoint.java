package dev.nereid.server.batch;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/**
 * How far a job is: everything before it is in the partial output and on the disk.
 *
 * @param job what the job computes from what, in words; a checkpoint of another job is not continued
 * @param input where the next rows begin
 * @param outputBytes of the partial output that count
 * @param errorBytes of the partial file of errors that count
 * @param noteBytes of the partial file of notes that count
 * @param skipped rows that failed
 * @param complete whether all rows are done, so that the files only need their names
 */
record Checkpoint(
        String job,
        Chunk.Position input,
        long outputBytes,
        long errorBytes,
        long noteBytes,
        long skipped,
        boolean complete) {
    /** Reads a checkpoint; empty where there is none. */
    static Optional<Checkpoint> read(Path file) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonNode node = JsonLines.MAPPER.readTree(Files.readAllBytes(file));
            return Optional.of(new Checkpoint(
                    node.required("job").asText(),
                    new Chunk.Position(
                            node.required("rows").asLong(),
                            node.required("line").asLong(),
                            node.required("offset").asLong()),
                    node.required("output_bytes").asLong(),
                    node.required("error_bytes").asLong(),
                    node.required("note_bytes").asLong(),
                    node.required("skipped").asLong(),
                    node.required("complete").asBoolean()));
        } catch (IOException | IllegalArgumentException e) {
            throw new BatchException("the checkpoint '" + file + "' cannot be read: start anew with --restart", e);
        }
    }

    /** Replaces the checkpoint at once: after a kill there is the old one or the new one. */
    void write(Path file) throws IOException {
        ObjectNode node = JsonLines.MAPPER.createObjectNode();
        node.put("job", job)
                .put("rows", input.rows())
                .put("line", input.line())
                .put("offset", input.offset())
                .put("output_bytes", outputBytes)
                .put("error_bytes", errorBytes)
                .put("note_bytes", noteBytes)
                .put("skipped", skipped)
                .put("complete", complete);
        Path next = file.resolveSibling(file.getFileName() + ".next");
        try (FileChannel channel = FileChannel.open(
                next, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = ByteBuffer.wrap(JsonLines.MAPPER.writeValueAsBytes(node));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    }
}
