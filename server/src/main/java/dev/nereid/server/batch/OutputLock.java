package dev.nereid.server.batch;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The right to read and change what belongs to an output, of one job at a time: a locked file, which closing deletes. */
final class OutputLock implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;

    private OutputLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /** @throws BatchException if another job has it */
    static OutputLock take(Path file) throws IOException {
        while (true) {
            // Who had the lock before may delete the file between here and the lock.
            Optional<Object> key = key(file);
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            boolean taken = false;
            try {
                if (lock(file, channel) == null) {
                    throw new BatchException("'" + file + "': the output is being written by another process");
                }
                taken = key.isPresent() && key.equals(key(file));
            } finally {
                if (!taken) {
                    channel.close();
                }
            }
            if (taken) {
                return new OutputLock(file, channel);
            }
        }
    }

    private static @Nullable FileLock lock(Path file, FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            throw new BatchException("'" + file + "': the output is being written by another job of this process", e);
        }
    }

    /** Which file has the name now; opening it to see that would end the lock. */
    private static Optional<Object> key(Path file) throws IOException {
        try {
            return Optional.ofNullable(
                    Files.readAttributes(file, BasicFileAttributes.class).fileKey());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public void close() throws IOException {
        try (channel) {
            Files.deleteIfExists(file);
        }
    }
}
