package dev.nereid.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A file mapped read-only. Reading a page fails with an error if the file shrank meanwhile, so a mapping is read once,
 * while a model loads, by Java code only, and closed.
 */
public final class MappedFile implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final MemorySegment mapped;

    /** Maps the whole of {@code file}. */
    public MappedFile(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            mapped = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** The bytes of the file, as the mapped segment that guards against access after closing. */
    public MemorySegment segment() {
        return mapped;
    }

    /**
     * The bytes of the file as a plain native segment, the only kind that tensors may have. Nothing guards it: reading
     * it after {@link #close} crashes the process, so whoever holds the mapping keeps it open as long as any view.
     */
    @SuppressWarnings("restricted")
    public MemorySegment plainSegment() {
        return MemorySegment.ofAddress(mapped.address()).reinterpret(mapped.byteSize());
    }

    @Override
    public void close() {
        arena.close();
    }
}
