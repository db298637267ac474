package dev.nereid.server.observe;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file of lines that begins anew when it has its size; the full ones are kept as {@code FILE.1}, the newest, and so on. What is
 * not a regular file, such as {@code /dev/stdout}, has no size. One thread at a time.
 */
final class RotatingFile implements AutoCloseable {
    private static final int BUFFER_BYTES = 64 << 10;

    private final Path file;
    private final long mostBytes;
    private final int older;
    private OutputStream out;
    private long bytes;

    /**
     * Opens the file, and goes on at its end.
     *
     * @param older how many full files are kept, at least 1
     */
    RotatingFile(Path file, long mostBytes, int older) throws IOException {
        this.file = file;
        this.mostBytes = mostBytes;
        this.older = older;
        this.out = open();
    }

    private OutputStream open() throws IOException {
        OutputStream opened = new BufferedOutputStream(
                Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND), BUFFER_BYTES);
        bytes = Files.isRegularFile(file) ? Files.size(file) : Long.MIN_VALUE / 2;
        return opened;
    }

    /** Writes a whole line, at the latest when it is flushed. */
    void write(byte[] line) throws IOException {
        if (bytes > 0 && bytes + line.length > mostBytes) {
            rotate();
        }
        out.write(line);
        bytes += line.length;
    }

    void flush() throws IOException {
        out.flush();
    }

    /** Where the full file cannot be moved it goes on, and is tried again when it has grown by as much. */
    private void rotate() throws IOException {
        out.close();
        try {
            for (int i = older - 1; i >= 0; i--) {
                Path from = numbered(i);
                if (Files.exists(from)) {
                    Files.move(from, numbered(i + 1), StandardCopyOption.REPLACE_EXISTING);
                }
            }
        } finally {
            out = open();
            bytes = Math.min(bytes, 0);
        }
    }

    private Path numbered(int number) {
        return number == 0 ? file : file.resolveSibling(file.getFileName() + "." + number);
    }

    /** Writes what is left, as far as it can. */
    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            AccessLog.LOG.warn("the last lines of '{}' could not be written", file, e);
        }
    }
}
