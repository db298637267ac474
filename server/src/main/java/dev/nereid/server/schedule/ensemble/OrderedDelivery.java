package dev.nereid.server.schedule.ensemble;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers the responses of one request in order and one at a time, whichever threads bring them. They are added under the
 * request's lock, which fixes the order, and handed over without it.
 */
final class OrderedDelivery {
    private static final Logger LOG = LoggerFactory.getLogger(OrderedDelivery.class);

    private final Deque<Runnable> answers = new ArrayDeque<>();
    private boolean delivering;

    /** Adds an answer. */
    synchronized void add(Runnable answer) {
        answers.addLast(answer);
    }

    /** Delivers what was added, unless another thread is doing so: then that one does. No lock may be held. */
    void drain() {
        synchronized (this) {
            if (delivering) {
                return;
            }
            delivering = true;
        }
        for (Runnable answer = next(); answer != null; answer = next()) {
            try {
                answer.run();
            } catch (RuntimeException | Error e) {
                LOG.error("an answer of an ensemble could not be handed over", e);
            }
        }
    }

    /** The next response; null, and delivery has ended, if there is none. */
    private synchronized @Nullable Runnable next() {
        Runnable answer = answers.pollFirst();
        delivering = answer != null;
        return answer;
    }
}
