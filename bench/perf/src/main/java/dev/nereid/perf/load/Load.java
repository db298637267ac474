package dev.nereid.perf.load;

/** Requests that go on from {@link #start} to {@link #stop}. */
public interface Load {
    void start();

    /** Sends no more, and waits for the answers that are still due, but not longer than {@code patienceSeconds}. */
    void stop(long patienceSeconds);

    /** Whether it has sent all that it was to send; never for a load without a number of requests. */
    boolean isExhausted();

    /** How many requests have been sent. */
    long sent();
}
