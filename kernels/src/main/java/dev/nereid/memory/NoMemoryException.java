package dev.nereid.memory;

import java.io.Serial;

/** Native memory was asked for that there is not: nothing was taken, and smaller requests may still succeed. */
public final class NoMemoryException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    NoMemoryException(long bytes, long machineBytes, long liveBytes) {
        super(bytes + " bytes of native memory were asked for: of the " + machineBytes
                + " bytes that this machine or container has, " + liveBytes + " are in use");
    }

    NoMemoryException(long bytes, OutOfMemoryError cause) {
        super(bytes + " bytes of native memory were asked for, which the system does not give", cause);
    }
}
