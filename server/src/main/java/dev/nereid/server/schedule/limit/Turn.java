package dev.nereid.server.schedule.limit;

/**
 * The right of one instance to start a batch. Its scheduler asks under its own lock, and only for an instance that is
 * free and a queue that is not empty; a scheduler that is not given a turn at once is woken when it has it.
 */
public interface Turn {
    /** Of an instance that may start whenever it is free. */
    Turn FREE = new Turn() {
        @Override
        public RateLimiter limiter() {
            return RateLimiter.OFF;
        }

        @Override
        public long order() {
            return 0;
        }

        @Override
        public void onGranted(Runnable wake) {}

        @Override
        public boolean ask() {
            return true;
        }

        @Override
        public void withdraw() {}

        @Override
        public void done() {}

        @Override
        public void close() {}
    };

    /** Who gives the turns. */
    RateLimiter limiter();

    /** Which of several free instances of a model should run next: the one with the smallest. */
    long order();

    /** Sets what {@link RateLimiter#settle} calls, without any lock, when this turn has come. Once, before it is asked. */
    void onGranted(Runnable wake);

    /** Asks for the turn, or whether it has come; the resources are held then. */
    boolean ask();

    /** Gives up what was asked for, whether it has come or not. Without effect where nothing was. */
    void withdraw();

    /** Ends a turn that was used: the batch has been executed. */
    void done();

    /** Lets the instance's demands go. Only when it executes nothing. */
    void close();
}
