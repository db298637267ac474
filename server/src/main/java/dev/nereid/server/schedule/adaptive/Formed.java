package dev.nereid.server.schedule.adaptive;

import java.util.List;

/**
 * A batch that is to run now.
 *
 * @param <R> what the caller knows requests by
 * @param load the work in it
 * @param expectedNanos how long it will take; 0 where nothing is known yet
 */
public record Formed<R>(List<R> requests, WorkSize load, double expectedNanos) {
    public Formed {
        requests = List.copyOf(requests);
    }
}
