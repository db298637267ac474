package dev.nereid.models.tensorflow.saved;

import dev.nereid.models.ModelFormatException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A table of keys and values, as LevelDB's: blocks of entries, each with a checksum, an index block with the places of the
 * blocks, and a footer with the place of that.
 */
final class LevelDbTable {
    private static final int FOOTER_BYTES = 48;
    private static final long MAGIC = 0xdb4775248b80fb57L;
    private static final int TRAILER_BYTES = 5;
    private static final int NOT_COMPRESSED = 0;
    private static final int SNAPPY = 1;
    private static final int MOST_BLOCK_BYTES = 1 << 28;
    private static final long LEAST_KEY_BYTES = 1 << 24;
    private static final long MOST_KEY_GROWTH = 32;

    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment file;
    /** Keys repeat the beginnings of those before them: all of them together are bounded by the file's size. */
    private long keyBytesLeft;

    private LevelDbTable(MemorySegment file) {
        this.file = file;
        this.keyBytesLeft = LEAST_KEY_BYTES + MOST_KEY_GROWTH * file.byteSize();
    }

    /**
     * The entries of a table in its order. Keys are Latin-1 of their bytes.
     *
     * @throws ModelFormatException if it is not one, is truncated, or a checksum is wrong
     */
    static Map<String, byte[]> read(MemorySegment file) {
        return new LevelDbTable(file).read();
    }

    private Map<String, byte[]> read() {
        long footer = file.byteSize() - FOOTER_BYTES;
        if (footer < 0 || file.get(LONG, file.byteSize() - Long.BYTES) != MAGIC) {
            throw new ModelFormatException(
                    "it is no table of a checkpoint, or truncated: expected at its end the number "
                            + Long.toHexString(MAGIC));
        }
        TableBytes handles =
                new TableBytes(file.asSlice(footer, FOOTER_BYTES - Long.BYTES).toArray(ValueLayout.JAVA_BYTE));
        handles.varint(); // The place and the size of an index of filters, which checkpoints have none of.
        handles.varint();
        Map<String, byte[]> index = new LinkedHashMap<>();
        addEntries(block(handles.varint(), handles.varint()), index);
        Map<String, byte[]> entries = new LinkedHashMap<>();
        long end = 0;
        for (byte[] handle : index.values()) {
            TableBytes place = new TableBytes(handle);
            long offset = place.varint();
            long size = place.varint();
            if (offset < end) {
                throw new ModelFormatException(
                        "a block begins at " + offset + ", within the one before it that ends at " + end);
            }
            addEntries(block(offset, size), entries);
            end = offset + size;
        }
        return entries;
    }

    private byte[] block(long offset, long size) {
        if (offset < 0 || size < 0 || size > MOST_BLOCK_BYTES || offset > file.byteSize() - TRAILER_BYTES - size) {
            throw new ModelFormatException("a block of " + size + " bytes at " + offset
                    + " does not lie in the file of " + file.byteSize() + " bytes");
        }
        byte[] bytes = file.asSlice(offset, size + 1).toArray(ValueLayout.JAVA_BYTE);
        int expected = file.get(INT, offset + size + 1);
        if (MaskedChecksum.of(bytes, bytes.length) != expected) {
            throw new ModelFormatException("the checksum of the block at " + offset + " is wrong: the file is damaged");
        }
        int compression = bytes[bytes.length - 1];
        byte[] content = java.util.Arrays.copyOf(bytes, bytes.length - 1);
        return switch (compression) {
            case NOT_COMPRESSED -> content;
            case SNAPPY -> SnappyBlock.decompress(content);
            default ->
                throw new ModelFormatException("the block at " + offset + " has the compression " + compression
                        + ": expected 0, none, or 1, Snappy");
        };
    }

    private void addEntries(byte[] block, Map<String, byte[]> entries) {
        if (block.length < Integer.BYTES) {
            throw new ModelFormatException("a block has " + block.length + " bytes: expected 4 at least");
        }
        long restarts = Integer.toUnsignedLong(MemorySegment.ofArray(block).get(INT, block.length - Integer.BYTES));
        long end = block.length - Integer.BYTES - Integer.BYTES * restarts;
        if (end < 0) {
            throw new ModelFormatException("a block of " + block.length + " bytes claims " + restarts + " restarts");
        }
        TableBytes from = new TableBytes(java.util.Arrays.copyOf(block, (int) end));
        byte[] key = new byte[0];
        while (from.hasMore()) {
            int shared = from.count();
            int added = from.count();
            int valueBytes = from.count();
            if (shared > key.length) {
                throw new ModelFormatException("a key shares " + shared + " bytes with one that has " + key.length);
            }
            byte[] suffix = from.take(added);
            keyBytesLeft -= shared + added;
            if (keyBytesLeft < 0) {
                throw new ModelFormatException(
                        "its keys are out of proportion to the file of " + file.byteSize() + " bytes");
            }
            key = java.util.Arrays.copyOf(key, shared + added);
            System.arraycopy(suffix, 0, key, shared, added);
            entries.put(new String(key, StandardCharsets.ISO_8859_1), from.take(valueBytes));
        }
    }
}
