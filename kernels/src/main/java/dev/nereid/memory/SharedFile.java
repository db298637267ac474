package dev.nereid.memory;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * A part of a file that other processes map too, such as a POSIX shared memory object. Its bytes are only ever copied in
 * and out: the file may shrink at any time, and then every access to its lost pages faults, which a copy by Java turns
 * into an exception and a native function into the end of the process. Any thread; the owner closes it when no copy is
 * under way.
 */
public final class SharedFile implements AutoCloseable {
    private final FileChannel channel;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment mapped;
    private final long fileOffset;

    private SharedFile(FileChannel channel, long fileOffset, long bytes) throws IOException {
        this.channel = channel;
        this.fileOffset = fileOffset;
        try {
            this.mapped = channel.map(MapMode.READ_WRITE, fileOffset, bytes, arena);
        } catch (IOException | RuntimeException e) {
            arena.close();
            throw e;
        }
    }

    /** An open file of which nothing is mapped yet. */
    public static final class Opened implements AutoCloseable {
        private final FileChannel channel;
        private boolean mapped;

        private Opened(FileChannel channel) {
            this.channel = channel;
        }

        /** Bytes that the file has now. */
        public long size() throws IOException {
            return channel.size();
        }

        /**
         * Maps a part that lies within the file, once.
         *
         * @throws IOException if the system cannot map it
         */
        public SharedFile map(long offset, long bytes) throws IOException {
            if (bytes > size() - offset) {
                // Mapping for writing would make the file longer.
                throw new IOException("the file has " + size() + " bytes, fewer than " + offset + " + " + bytes);
            }
            SharedFile file = new SharedFile(channel, offset, bytes);
            mapped = true;
            return file;
        }

        /** Closes the file unless a part of it is mapped. */
        @Override
        public void close() throws IOException {
            if (!mapped) {
                channel.close();
            }
        }
    }

    /**
     * Opens a file for reading and writing.
     *
     * @throws IOException if there is none, if it is a symbolic link, or if it may not be written
     */
    public static Opened open(Path file) throws IOException {
        return new Opened(
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS));
    }

    /**
     * Copies bytes out of the file.
     *
     * @param offset from the start of the mapped part
     * @throws IOException if the file has become shorter
     */
    public void read(long offset, MemorySegment target) throws IOException {
        copy(mapped, offset, target, 0, offset, target.byteSize());
    }

    /**
     * Copies bytes into the file.
     *
     * @param offset from the start of the mapped part
     * @throws IOException if the file has become shorter
     */
    public void write(MemorySegment source, long offset) throws IOException {
        copy(source, 0, mapped, offset, offset, source.byteSize());
    }

    private void copy(MemorySegment from, long fromOffset, MemorySegment to, long toOffset, long inPart, long bytes)
            throws IOException {
        checkLength(inPart + bytes);
        transfer(from, fromOffset, to, toOffset, inPart, bytes);
    }

    /** The copy without the check before it, for the test of what happens between the two. */
    void transfer(MemorySegment from, long fromOffset, MemorySegment to, long toOffset, long inPart, long bytes)
            throws IOException {
        try {
            MemorySegment.copy(from, fromOffset, to, toOffset, bytes);
            // Compiled code reports a fault late, at the latest when a call into the system returns, as this one does.
            checkLength(inPart + bytes);
        } catch (InternalError e) {
            throw new IOException("the file shrank while it was copied", e);
        }
    }

    MemorySegment mapped() {
        return mapped;
    }

    private void checkLength(long end) throws IOException {
        long size = channel.size();
        if (size - fileOffset < end) {
            throw new IOException("the file shrank to " + size + " bytes; expected at least " + (fileOffset + end));
        }
    }

    @Override
    public void close() {
        arena.close();
        try {
            channel.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException("a shared file could not be closed", e);
        }
    }
}
