package dev.nereid.server.trace;

import java.util.ArrayList;
import java.util.List;

/** Traces between the threads that end requests and the one that writes. Holds so many and no more. Any thread. */
final class TraceQueue {
    private final int mostTraces;
    private final long mostBytes;
    private List<Trace> waiting = new ArrayList<>();
    private long bytes;
    private boolean closed;

    TraceQueue(int mostTraces, long mostBytes) {
        this.mostTraces = mostTraces;
        this.mostBytes = mostBytes;
    }

    /** Adds a trace; answers whether there was room for it. */
    boolean offer(Trace trace) {
        // A trace has up to thousands of spans to add up: not under the lock that all requests end through.
        return offer(trace, trace.weight());
    }

    private synchronized boolean offer(Trace trace, long weight) {
        if (closed || waiting.size() >= mostTraces || (!waiting.isEmpty() && bytes + weight > mostBytes)) {
            return false;
        }
        waiting.add(trace);
        bytes += weight;
        notifyAll();
        return true;
    }

    /** Takes all that wait, in their order; waits for the first. Nothing once it is closed and empty. */
    synchronized List<Trace> takeAll() throws InterruptedException {
        while (waiting.isEmpty() && !closed) {
            wait();
        }
        List<Trace> taken = waiting;
        waiting = new ArrayList<>();
        bytes = 0;
        return taken;
    }

    /** Takes no more; what waits can still be taken. */
    synchronized void close() {
        closed = true;
        notifyAll();
    }

    synchronized int size() {
        return waiting.size();
    }
}
