package dev.nereid.server.batch;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/** Splits a file into records at line ends, and knows the place of each in bytes. A line end within quotes may belong to a record. */
final class RecordBytes implements AutoCloseable {
    private static final int BUFFER = 1 << 16;

    private final Path file;
    private final FileChannel channel;
    private final InputStream in;
    private final long size;
    private final boolean quotes;
    private final int maxBytes;
    private long offset;
    private long line;

    /**
     * @param quotes whether a line end within double quotes belongs to the record
     * @param maxBytes a longer record is an error
     */
    RecordBytes(Path file, Chunk.Position from, boolean quotes, int maxBytes) throws IOException {
        this.file = file;
        this.channel = FileChannel.open(file, StandardOpenOption.READ);
        this.size = channel.size();
        channel.position(from.offset());
        this.in = new BufferedInputStream(Channels.newInputStream(channel), BUFFER);
        this.quotes = quotes;
        this.maxBytes = maxBytes;
        this.offset = from.offset();
        this.line = from.line();
    }

    /** Bytes before the next record. */
    long offset() {
        return offset;
    }

    /** The line at which the next record begins. */
    long line() {
        return line;
    }

    double progress() {
        return size == 0 ? 1 : (double) offset / size;
    }

    /** The bytes of the next record without its line end; empty at the end of the file. */
    Optional<byte[]> next() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        boolean quoted = false;
        long first = line;
        for (int each = in.read(); each >= 0; each = in.read()) {
            offset++;
            line += each == '\n' ? 1 : 0;
            quoted ^= quotes && each == '"';
            if (each == '\n' && !quoted) {
                return Optional.of(withoutReturn(bytes));
            }
            if (bytes.size() == maxBytes) {
                throw new BatchException("'" + file + "', line " + first + ": the row has more than " + maxBytes
                        + " bytes: raise --max-row-bytes");
            }
            bytes.write(each);
        }
        return bytes.size() == 0 ? Optional.empty() : Optional.of(withoutReturn(bytes));
    }

    private static byte[] withoutReturn(ByteArrayOutputStream bytes) {
        byte[] all = bytes.toByteArray();
        boolean carriageReturn = all.length > 0 && all[all.length - 1] == '\r';
        return carriageReturn ? java.util.Arrays.copyOf(all, all.length - 1) : all;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
