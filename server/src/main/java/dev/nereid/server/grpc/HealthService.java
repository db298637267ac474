package dev.nereid.server.grpc;

import dev.nereid.proto.health.HealthCheckRequest;
import dev.nereid.proto.health.HealthCheckResponse;
import dev.nereid.proto.health.HealthCheckResponse.ServingStatus;
import dev.nereid.proto.health.HealthGrpc;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The standard health service: the server's readiness, whatever service is named. Check is Triton's; Watch is an
 * extension. Readiness is made of the states of all models, so it is looked at again and again while anybody watches,
 * by one thread, which is there only then.
 */
final class HealthService extends HealthGrpc.HealthImplBase implements AutoCloseable {
    /** How long a change may go unnoticed. */
    private static final long PERIOD_NANOSECONDS = 100_000_000;

    private final BooleanSupplier ready;
    private final Runnable checkNotExiting;
    private final Set<Watcher> watchers = ConcurrentHashMap.newKeySet();

    /** Whether the thread runs. Guarded by this. */
    private boolean looking;

    /** Guarded by this. */
    private boolean closed;

    /** One Watch call. */
    private static final class Watcher {
        private final ServerCallStreamObserver<HealthCheckResponse> call;
        private ServingStatus told = ServingStatus.UNKNOWN;
        private boolean ended;

        private Watcher(ServerCallStreamObserver<HealthCheckResponse> call) {
            this.call = call;
        }

        /** Sends a status that is news. A client that does not read misses what came and went meanwhile. */
        private synchronized void tell(ServingStatus status) {
            if (!ended && status != told && call.isReady()) {
                call.onNext(response(status));
                told = status;
            }
        }

        private synchronized void end() {
            if (!ended && !call.isCancelled()) {
                tell(ServingStatus.NOT_SERVING);
                call.onCompleted();
            }
            ended = true;
        }
    }

    /**
     * Creates the service. What it asks is asked at any time, from any thread, and must not block.
     *
     * @param ready whether the server is ready
     * @param checkNotExiting throws what a check of a server that exits is answered with
     */
    HealthService(BooleanSupplier ready, Runnable checkNotExiting) {
        this.ready = ready;
        this.checkNotExiting = checkNotExiting;
    }

    @Override
    public void check(HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
        Calls.answer(observer, () -> {
            checkNotExiting.run();
            return response(status());
        });
    }

    @Override
    public void watch(HealthCheckRequest request, StreamObserver<HealthCheckResponse> observer) {
        Watcher watcher = new Watcher((ServerCallStreamObserver<HealthCheckResponse>) observer);
        watcher.call.setOnCancelHandler(() -> watchers.remove(watcher));
        watcher.call.setOnReadyHandler(() -> watcher.tell(status()));
        synchronized (this) {
            if (!closed) {
                watchers.add(watcher);
                look();
                watcher.tell(status());
                return;
            }
        }
        watcher.end();
    }

    /** Starts the thread, if it is not there. */
    private synchronized void look() {
        if (!looking) {
            looking = true;
            Thread.ofPlatform().name("grpc-health").daemon().start(this::lookWhileWatched);
        }
    }

    private void lookWhileWatched() {
        while (isWatched()) {
            LockSupport.parkNanos(PERIOD_NANOSECONDS);
            ServingStatus status = status();
            watchers.forEach(watcher -> watcher.tell(status));
        }
    }

    private synchronized boolean isWatched() {
        looking = !watchers.isEmpty();
        return looking;
    }

    private ServingStatus status() {
        return ready.getAsBoolean() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
    }

    private static HealthCheckResponse response(ServingStatus status) {
        return HealthCheckResponse.newBuilder().setStatus(status).build();
    }

    /** Tells everybody that nothing is served any more, and ends their calls and those that still come. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        watchers.forEach(Watcher::end);
        watchers.clear();
    }
}
