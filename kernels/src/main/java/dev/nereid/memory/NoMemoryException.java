package dev.nereid.memory;

import java.io.Serial;

/** Native memory was asked for that there is not: nothing was taken, and smaller requests may still succeed. */
public final class NoMemoryException extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1;

    private final boolean possible;

    private NoMemoryException(String message, boolean possible) {
        super(message);
        this.possible = possible;
    }

    NoMemoryException(long bytes, OutOfMemoryError cause) {
        super(bytes + " bytes of native memory were asked for, which the system does not give", cause);
        this.possible = true;
    }

    /** Of an amount that a budget does not give. */
    static NoMemoryException of(long bytes, MemoryBudget budget) {
        boolean possible = bytes <= budget.mostAtOnce();
        return new NoMemoryException(
                bytes + " bytes of native memory were asked for: of the limit of " + budget.limit() + " bytes, "
                        + (possible ? budget.used() + " are in use" : budget.mostAtOnce() + " are given at once"),
                possible);
    }

    /** Whether the same amount may be there at another time. */
    public boolean isPossibleLater() {
        return possible;
    }
}
