package dev.nereid.cuda.lowering.attention;

/** Pieces of a step's scratch memory on a device, one behind the other. Not thread-safe. */
final class DeviceScratch {
    /** What pieces begin at multiples of, in bytes. */
    private static final long ALIGNMENT = 256;

    private long bytes;

    /** Returns where the next piece begins. */
    long piece(long length) {
        long at = bytes;
        bytes += Math.ceilDiv(length, ALIGNMENT) * ALIGNMENT;
        return at;
    }

    /** All pieces together. */
    long bytes() {
        return bytes;
    }
}
