package dev.nereid.models.imported;

import dev.nereid.memory.MappedFile;
import dev.nereid.memory.NativeMemory;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The memory behind an imported model's tensors: mapped files, and native memory for data that a file holds in another
 * form than tensors have. Used by one thread; closing ends the life of every tensor of the model.
 */
public final class ImportMemory implements AutoCloseable {
    /** Small tensors share chunks: a chunk of its own costs a handshake with every thread when it is freed. */
    private static final long CHUNK_BYTES = 1 << 16;

    private final List<MappedFile> files = new ArrayList<>();
    private final List<NativeMemory> chunks = new ArrayList<>();
    private MemorySegment chunk = MemorySegment.NULL;
    private long used;

    /** Maps {@code file}; the segment is good until this memory is closed. */
    public MemorySegment map(Path file) throws IOException {
        MappedFile mapped = new MappedFile(file);
        files.add(mapped);
        return mapped.plainSegment();
    }

    /** A copy of the bytes of a file. */
    public MemorySegment copy(byte[] file) {
        MemorySegment copy = allocate(file.length);
        MemorySegment.copy(MemorySegment.ofArray(file), 0, copy, 0, file.length);
        return copy;
    }

    /** Zeroed memory, aligned for every element type. */
    public MemorySegment allocate(long bytes) {
        if (bytes >= CHUNK_BYTES / 4) {
            return newChunk(bytes).asSlice(0, bytes);
        }
        if (used + bytes > chunk.byteSize()) {
            chunk = newChunk(CHUNK_BYTES);
            used = 0;
        }
        MemorySegment segment = chunk.asSlice(used, bytes);
        used += (bytes + NativeMemory.ALIGNMENT - 1) / NativeMemory.ALIGNMENT * NativeMemory.ALIGNMENT;
        return segment;
    }

    @Override
    public void close() {
        files.forEach(MappedFile::close);
        chunks.forEach(NativeMemory::close);
        files.clear();
        chunks.clear();
    }

    private MemorySegment newChunk(long bytes) {
        NativeMemory memory = NativeMemory.allocate(bytes);
        chunks.add(memory);
        return memory.segment();
    }
}
