package dev.nereid.server.schedule.limit;

/** A turn that may always start, for tests that change a part of it. */
public class FreeTurn implements Turn {
    @Override
    public RateLimiter limiter() {
        return FREE.limiter();
    }

    @Override
    public long order() {
        return FREE.order();
    }

    @Override
    public void onGranted(Runnable wake) {
        FREE.onGranted(wake);
    }

    @Override
    public boolean ask() {
        return FREE.ask();
    }

    @Override
    public void withdraw() {
        FREE.withdraw();
    }

    @Override
    public void done() {
        FREE.done();
    }

    @Override
    public void close() {
        FREE.close();
    }
}
