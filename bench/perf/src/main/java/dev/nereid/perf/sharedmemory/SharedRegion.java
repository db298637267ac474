package dev.nereid.perf.sharedmemory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;

/**
 * A POSIX shared-memory object: on Linux, a file in {@value #FOLDER}. {@link #close} removes its name; the memory goes when
 * nobody maps it any more.
 */
final class SharedRegion implements AutoCloseable {
    private static final String FOLDER = "/dev/shm";

    private final Path file;
    private final ByteBuffer memory;

    private SharedRegion(Path file, ByteBuffer memory) {
        this.file = file;
        this.memory = memory;
    }

    /** Makes an object of {@code bytes} zeros. Its name must not be taken. */
    static SharedRegion create(String name, long bytes) {
        if (bytes > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "--shared-memory: a region holds up to " + Integer.MAX_VALUE + " bytes, got " + bytes);
        }
        Path file = Path.of(FOLDER, name);
        try (FileChannel channel = FileChannel.open(
                file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            Files.setPosixFilePermissions(
                    file, EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
            return new SharedRegion(file, channel.map(FileChannel.MapMode.READ_WRITE, 0, Math.max(1, bytes)));
        } catch (IOException e) {
            throw new UncheckedIOException("shared memory cannot be made in " + FOLDER + ": " + e, e);
        }
    }

    /** The name for {@code shm_open}. */
    String key() {
        return "/" + file.getFileName();
    }

    long bytes() {
        return memory.capacity();
    }

    /** Copies {@code content} in. */
    void put(long offset, ByteBuffer content) {
        memory.duplicate().position(Math.toIntExact(offset)).put(content.duplicate());
    }

    @Override
    public void close() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("shared memory '" + file + "' cannot be removed: " + e, e);
        }
    }
}
