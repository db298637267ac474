package dev.nereid.server.batch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/** A file that grows until it gets its name. One process at a time. */
final class PartialFile implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;

    /**
     * Opens a partial file, with as much of it as counts.
     *
     * @throws BatchException if another process writes it, or it has less than that
     */
    PartialFile(Path file, long bytes) throws IOException {
        this.file = file;
        this.channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
            lock();
            if (channel.size() < bytes) {
                throw new BatchException("'" + file + "' has " + channel.size() + " bytes, its checkpoint counts "
                        + bytes + ": start anew with --restart");
            }
            channel.truncate(bytes);
            channel.position(bytes);
        } catch (RuntimeException | IOException e) {
            channel.close();
            throw e;
        }
    }

    private void lock() throws IOException {
        try {
            if (channel.tryLock() != null) {
                return;
            }
        } catch (OverlappingFileLockException e) {
            throw new BatchException("'" + file + "' is being written by another job of this process", e);
        }
        throw new BatchException("'" + file + "' is being written by another process");
    }

    void write(byte[] bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    long bytes() throws IOException {
        return channel.position();
    }

    /** What was written is on the disk. */
    void force() throws IOException {
        channel.force(true);
    }

    /** Gives the file its name, in place of one that is there. */
    void publish(Path name) throws IOException {
        force();
        Files.move(file, name, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
