package dev.nereid.server.schedule;

import dev.nereid.server.observe.BatchClose;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Every request alone, in the order of arrival: no limit, no timeout, no priority. For models without a batcher. */
final class DirectQueue implements RequestQueue {
    private final Deque<ScheduledRequest> waiting = new ArrayDeque<>();

    @Override
    public void add(ScheduledRequest request) {
        waiting.addLast(request);
    }

    @Override
    public Decision next(long nowNanos, List<Dropped> dropped) {
        ScheduledRequest first = waiting.pollFirst();
        return first == null ? IDLE : new Decision.Run(List.of(first), BatchClose.UNBATCHED);
    }

    /** Nothing could be added to it by waiting. */
    @Override
    public Decision nextPrepared(long nowNanos, List<Dropped> dropped) {
        return next(nowNanos, dropped);
    }

    @Override
    public long expire(long nowNanos, List<Dropped> dropped) {
        return Long.MAX_VALUE;
    }

    @Override
    public void clear() {
        waiting.clear();
    }

    @Override
    public int size() {
        return waiting.size();
    }
}
