package dev.nereid.server;

import java.net.BindException;
import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * A front that listens.
 *
 * @param stop accepts nothing new, finishes what is under way within a time, and answers whether it could
 */
record OpenFront(Front front, String address, int port, Predicate<Duration> stop) {
    /**
     * Opens a front.
     *
     * @throws StartException with one sentence where the address cannot be bound
     */
    static OpenFront open(Front front, String address, int port, Supplier<OpenFront> start) {
        try {
            return start.get();
        } catch (RuntimeException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof BindException) {
                    throw new StartException(
                            front.title() + " cannot listen on " + address + ":" + port + ": " + cause.getMessage()
                                    + "; choose another port with " + front.portFlag(),
                            e);
                }
            }
            throw e;
        }
    }

    /** Address and port. */
    String place() {
        return address + ":" + port;
    }
}
