package dev.nereid.perf.load;

import dev.nereid.perf.client.Payload;
import java.util.List;

/** Says what to send next. Safe for any number of threads. */
@FunctionalInterface
public interface RequestSource {
    /** A request, and whether it is the last of its sequence. */
    record Next(Payload payload, boolean sequenceEnd) {}

    /**
     * The next request of slot {@code slot}: in a closed loop the number of the user, in a schedule that of the sequence.
     */
    Next next(int slot);

    /**
     * Ends what has been begun and nobody goes on with: the last request of each sequence that is not over. Called when no
     * load takes requests.
     */
    default List<Next> closing() {
        return List.of();
    }
}
