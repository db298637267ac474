package dev.nereid.server.batch;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A file that grows until it is complete. One process at a time. */
final class PartialFile implements AutoCloseable {
    private final FileChannel channel;

    /**
     * Opens a partial file, with as much of it as counts.
     *
     * @throws BatchException if it has less than that
     */
    PartialFile(Path file, long bytes) throws IOException {
        this.channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        try {
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

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
