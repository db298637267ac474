package dev.nereid.server.schedule.sequence;

import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Holds a scheduler back until enough requests wait, so that a test knows its first batches; then never again. Under the
 * scheduler's lock.
 */
final class SchedulerHold {
    private static final Logger LOG = LoggerFactory.getLogger(SchedulerHold.class);

    private final int inSlots;
    private final int inBacklog;
    private boolean over;

    /**
     * A hold until both numbers are reached.
     *
     * @param inSlots requests that wait in slots
     * @param inBacklog requests that wait for slots
     */
    SchedulerHold(int inSlots, int inBacklog) {
        this.inSlots = inSlots;
        this.inBacklog = inBacklog;
    }

    /** As the variables {@code TRITONSERVER_DELAY_SCHEDULER} and {@code TRITONSERVER_BACKLOG_DELAY_SCHEDULER} say. */
    static SchedulerHold of(Map<String, String> environment) {
        return new SchedulerHold(
                number(environment, "TRITONSERVER_DELAY_SCHEDULER"),
                number(environment, "TRITONSERVER_BACKLOG_DELAY_SCHEDULER"));
    }

    /** Whether the scheduler must start nothing. */
    boolean holds(int waitingInSlots, int waitingInBacklog) {
        over = over || (waitingInSlots >= inSlots && waitingInBacklog >= inBacklog);
        return !over;
    }

    private static int number(Map<String, String> environment, String name) {
        String text = environment.getOrDefault(name, "0");
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            LOG.warn("{}: expected a number of requests, got '{}'; nothing is held", name, text);
            return 0;
        }
    }
}
