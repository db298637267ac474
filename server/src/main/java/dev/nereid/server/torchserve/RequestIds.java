package dev.nereid.server.torchserve;

import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** Names of requests and sequences, which tell one from another and are no secrets. */
public final class RequestIds {
    private static final long VERSION_MASK = 0xF000L;
    private static final long VERSION_4 = 0x4000L;
    private static final long VARIANT = 0x8000_0000_0000_0000L;
    private static final long VARIANT_MASK = 0x3FFF_FFFF_FFFF_FFFFL;

    private RequestIds() {}

    /** A random UUID (RFC 9562, version 4). */
    public static String next() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        return new UUID((random.nextLong() & ~VERSION_MASK) | VERSION_4, (random.nextLong() & VARIANT_MASK) | VARIANT)
                .toString();
    }
}
