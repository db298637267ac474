package dev.nereid.server.watch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What some small files held when they were read one after the other. Two are equal if all bytes are: neither time stamps nor
 * links, which other volumes and Kubernetes treat in their own ways, count.
 *
 * @param bytes of each file; a file that cannot be read is absent
 */
public record FileContents(Map<Path, ByteBuffer> bytes) {
    /** The most bytes that a file may have. */
    public static final int MOST_BYTES = 4 << 20;

    public FileContents {
        bytes = Map.copyOf(bytes);
    }

    /** Reads files; what cannot be read is absent. */
    public static FileContents read(List<Path> files) {
        Map<Path, ByteBuffer> read = new HashMap<>();
        for (Path file : files) {
            try (InputStream in = Files.newInputStream(file)) {
                read.put(file, ByteBuffer.wrap(in.readNBytes(MOST_BYTES + 1)));
            } catch (IOException e) {
                // Absent; whoever asks for it is told why.
            }
        }
        return new FileContents(read);
    }

    /**
     * The bytes of a file.
     *
     * @throws IOException if it could not be read or is too large
     */
    public byte[] of(Path file) throws IOException {
        byte[] found = Optional.ofNullable(bytes.get(file))
                .map(ByteBuffer::array)
                .orElseThrow(() -> new IOException(
                        Files.notExists(file)
                                ? "there is none"
                                : Files.isDirectory(file) ? "it is a folder" : "it cannot be read"));
        if (found.length > MOST_BYTES) {
            throw new IOException("expected at most " + MOST_BYTES + " bytes, got more");
        }
        return found;
    }
}
