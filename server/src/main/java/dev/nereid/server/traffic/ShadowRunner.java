package dev.nereid.server.traffic;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.ResponseSink;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs shadow requests one after the other on a thread of its own, each when the server has little else to do. One that has
 * waited for too long since it was submitted is dropped, and so is one that finds too many others, or too many of their
 * bytes, waiting. Any thread.
 */
public final class ShadowRunner implements AutoCloseable {
    private static final int MOST_WAITING = 1024;

    /** The most bytes of requests and answers that wait or run; a request that is alone may have more. */
    private static final long MOST_BYTES = 64L << 20;

    private static final long LOOK_NANOS = 500_000;

    private static final Logger LOG = LoggerFactory.getLogger(ShadowRunner.class);

    private final BooleanSupplier idle;
    private final Executor thread;
    private final Duration patience;
    private final Duration mostTime;
    private final DifferenceLog log;

    /** Answers that are kept for comparison; models count them as in flight. */
    private final AtomicInteger held = new AtomicInteger();

    /** Bytes of the requests and answers that wait or run. */
    private final AtomicLong bytes = new AtomicLong();

    /** Completes when the runner is closed. */
    private final CompletableFuture<Void> closing = new CompletableFuture<>();

    /**
     * A runner.
     *
     * @param idle is asked whether a shadow may run now, and told how many answers are only kept for comparison
     * @param log gets some of the differences
     */
    public ShadowRunner(IntPredicate idle, DifferenceLog log) {
        this(idle, log, onDemand(), Duration.ofMillis(200), Duration.ofSeconds(60));
    }

    ShadowRunner(IntPredicate idle, DifferenceLog log, Executor thread, Duration patience, Duration mostTime) {
        this.idle = () -> idle.test(held.get());
        this.log = log;
        this.thread = thread;
        this.patience = patience;
        this.mostTime = mostTime;
    }

    /** One thread, and only while there is something to run. */
    private static Executor onDemand() {
        ThreadPoolExecutor executor = new ThreadPoolExecutor(
                1,
                1,
                1,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(MOST_WAITING),
                Thread.ofPlatform().daemon().name("shadow").factory());
        executor.allowCoreThreadTimeOut(true);
        return executor;
    }

    /** Gives a request to the shadow's version; false where that is not ready. */
    @FunctionalInterface
    public interface Version {
        boolean infer(long version, InferRequest request, ResponseSink sink);
    }

    /**
     * What is to be run and compared. Closes what it holds at its end.
     *
     * @param request a copy of the client's, in the background
     * @param answer what the client is answered
     * @param bytes of both, which {@link #reserve} has counted
     */
    record Job(
            String model, ShadowRule rule, InferRequest request, InferResponse answer, long bytes, Version version) {}

    /** Notes that an answer is kept though its client is answered. */
    void hold() {
        held.incrementAndGet();
    }

    /** Notes that it is kept no more. */
    void endHold() {
        held.decrementAndGet();
    }

    /** Counts the bytes of a job that will be submitted, and uncounts them at its end; false where there is no room for them. */
    boolean reserve(long more) {
        long before = bytes.getAndUpdate(now -> hasRoom(now, more) ? now + more : now);
        return hasRoom(before, more);
    }

    private static boolean hasRoom(long now, long more) {
        return now == 0 || now + more <= MOST_BYTES;
    }

    /** Drops what waits and what is submitted from now on, and cancels what runs. Returns at once. */
    @Override
    public void close() {
        closing.complete(null);
    }

    /** Runs a job later, or drops it; the rule counts what became of it. */
    void submit(Job job) {
        long submitted = System.nanoTime();
        try {
            thread.execute(() -> {
                ShadowRule.ShadowOutcome outcome = ShadowRule.ShadowOutcome.ERROR;
                try {
                    outcome = run(job, submitted);
                } catch (RuntimeException e) {
                    LOG.error("a shadow request of model '{}' failed", job.model(), e);
                } finally {
                    end(job, outcome);
                }
            });
        } catch (RejectedExecutionException e) {
            job.request().close();
            end(job, ShadowRule.ShadowOutcome.DROPPED);
        }
    }

    private void end(Job job, ShadowRule.ShadowOutcome outcome) {
        job.answer().close();
        bytes.addAndGet(-job.bytes());
        job.rule().release();
        job.rule().count(outcome);
    }

    private ShadowRule.ShadowOutcome run(Job job, long submitted) {
        InferRequest request = job.request();
        if (!awaitIdle(submitted + patience.toNanos())) {
            request.close();
            return ShadowRule.ShadowOutcome.DROPPED;
        }
        CompletableFuture<InferResponse> answer = new CompletableFuture<>();
        // Whatever comes late is closed too; the request lives until its model is done with it.
        CompletableFuture<Void> ended = answer.handle((_, _) -> null);
        if (!job.version().infer(job.rule().version(), request, new OneAnswer(answer))) {
            request.close();
            return ShadowRule.ShadowOutcome.ERROR;
        }
        try {
            CompletableFuture.anyOf(ended, closing).get(mostTime.toNanos(), TimeUnit.NANOSECONDS);
            if (!ended.isDone()) {
                cancel(request, answer);
                return ShadowRule.ShadowOutcome.DROPPED;
            }
            try (request;
                    InferResponse response = answer.join()) {
                Optional<OutputComparison.Difference> difference =
                        job.rule().comparison().compare(job.answer(), response);
                difference.ifPresent(found -> log.write(
                        job.model(),
                        job.answer().modelVersion(),
                        job.rule().version(),
                        request.header().id(),
                        found));
                return difference.isPresent() ? ShadowRule.ShadowOutcome.DIFFERENCE : ShadowRule.ShadowOutcome.MATCH;
            }
        } catch (TimeoutException | InterruptedException e) {
            cancel(request, answer);
            return ShadowRule.ShadowOutcome.ERROR;
        } catch (ExecutionException | CompletionException e) {
            return ShadowRule.ShadowOutcome.ERROR;
        }
    }

    /** Ends a request whose answer nobody compares any more; its memory is given back when its model is done with it. */
    private static void cancel(InferRequest request, CompletableFuture<InferResponse> answer) {
        request.cancel();
        CompletableFuture<Void> _ = answer.handle((response, _) -> {
            if (response != null) {
                response.close();
            }
            request.close();
            return null;
        });
    }

    /** Whether the server has time before the deadline. */
    private boolean awaitIdle(long deadline) {
        while (!closing.isDone() && System.nanoTime() - deadline < 0) {
            if (idle.getAsBoolean()) {
                return true;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        return false;
    }

    /** Completes with the one answer. */
    private record OneAnswer(CompletableFuture<InferResponse> answer) implements ResponseSink {
        @Override
        public void respond(InferResponse response, boolean last) {
            if (!answer.complete(response)) {
                response.close();
            }
        }

        @Override
        public void fail(InferException error) {
            answer.completeExceptionally(error);
        }

        @Override
        public void end() {
            fail(InferException.internal("expected a single response, got 0"));
        }
    }
}
