package dev.nereid.models.tensorflow.saved;

import dev.nereid.models.ModelFormatException;

/** Decompresses a block of Snappy's raw format: a length, then literals and copies of what came before. */
final class SnappyBlock {
    /** A copy of 64 bytes takes 3, so no valid block is larger than this multiple of what is compressed. */
    private static final int MOST_GROWTH = 22;

    private final byte[] from;
    private int position;

    private SnappyBlock(byte[] from) {
        this.from = from;
    }

    /**
     * Decompresses a block.
     *
     * @throws ModelFormatException if it is not one
     */
    static byte[] decompress(byte[] compressed) {
        try {
            return new SnappyBlock(compressed).decompress();
        } catch (IndexOutOfBoundsException e) {
            throw new ModelFormatException("a compressed block is damaged: it ends early, or exceeds its length", e);
        }
    }

    private byte[] decompress() {
        long length = 0;
        int shift = 0;
        int read;
        do {
            read = from[position++];
            length |= (long) (read & 0x7f) << shift;
            shift += 7;
        } while (read < 0 && shift < 35);
        if (read < 0 || length > (long) MOST_GROWTH * from.length) {
            throw new ModelFormatException("a compressed block of " + from.length + " bytes claims to hold " + length);
        }
        byte[] to = new byte[(int) length];
        int filled = 0;
        while (position < from.length) {
            int tag = from[position++] & 0xff;
            int count = (tag >>> 2) + 1;
            switch (tag & 3) {
                case 0 -> {
                    if (count > 60) {
                        count = Math.addExact(number(count - 60), 1);
                    }
                    if (count < 0 || count > from.length - position || count > to.length - filled) {
                        throw new IndexOutOfBoundsException(count);
                    }
                    System.arraycopy(from, position, to, filled, count);
                    position += count;
                    filled += count;
                }
                case 1 -> filled = copy(to, filled, (tag >>> 5) << 8 | number(1), (tag >>> 2 & 7) + 4);
                case 2 -> filled = copy(to, filled, number(2), count);
                default -> filled = copy(to, filled, number(4), count);
            }
        }
        if (filled != to.length) {
            throw new ModelFormatException(
                    "a compressed block holds " + filled + " bytes: expected " + to.length + " as it claims");
        }
        return to;
    }

    private int number(int bytes) {
        int number = 0;
        for (int i = 0; i < bytes; i++) {
            number |= (from[position++] & 0xff) << (8 * i);
        }
        if (number < 0) {
            throw new IndexOutOfBoundsException(number);
        }
        return number;
    }

    /** Repeats what lies some bytes before; source and target may overlap. */
    private static int copy(byte[] to, int filled, int distance, int count) {
        if (distance == 0) {
            throw new IndexOutOfBoundsException(distance);
        }
        for (int i = 0; i < count; i++) {
            to[filled + i] = to[filled + i - distance];
        }
        return filled + count;
    }
}
