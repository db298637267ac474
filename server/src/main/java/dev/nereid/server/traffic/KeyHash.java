package dev.nereid.server.traffic;

import java.nio.charset.StandardCharsets;

/**
 * Hashes keys to numbers that look drawn by chance, and are the same in every process and on every machine: replicas decide
 * alike. FNV-1a with the finaliser of MurmurHash3.
 */
final class KeyHash {
    private static final long OFFSET = 0xcbf29ce484222325L;
    private static final long PRIME = 0x100000001b3L;
    private static final long MIX_1 = 0xff51afd7ed558ccdL;
    private static final long MIX_2 = 0xc4ceb9fe1a85ec53L;
    private static final double TWO_TO_MINUS_53 = 0x1p-53;

    private KeyHash() {}

    /** The hash of some texts; where one ends and the next begins matters. */
    static long of(String... texts) {
        long hash = OFFSET;
        for (String text : texts) {
            for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
                hash = (hash ^ (each & 0xff)) * PRIME;
            }
            hash = (hash ^ 0x100) * PRIME; // no byte
        }
        return mix(hash);
    }

    /** Another number that looks drawn by chance, from two. */
    static long combine(long first, long second) {
        return mix(first ^ mix(second + OFFSET));
    }

    private static long mix(long number) {
        long hash = number;
        hash = (hash ^ (hash >>> 33)) * MIX_1;
        hash = (hash ^ (hash >>> 33)) * MIX_2;
        return hash ^ (hash >>> 33);
    }

    /** A hash as a number above 0 and below 1. */
    static double unit(long hash) {
        return ((hash >>> 11) + 0.5) * TWO_TO_MINUS_53;
    }
}
