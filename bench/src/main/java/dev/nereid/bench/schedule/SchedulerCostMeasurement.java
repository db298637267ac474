package dev.nereid.bench.schedule;

import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.backend.ModelInstance;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.observe.StatisticsOptions;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.Lane;
import dev.nereid.server.schedule.Scheduler;
import dev.nereid.server.schedule.Schedulers;
import dev.nereid.server.schedule.SharedDevice;
import dev.nereid.server.schedule.limit.Turn;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/**
 * Measures the processor time that the real scheduler takes for a request: in {@code submit}, and a part of what the
 * instance's thread takes for its batch (forming, running a backend that does nothing, completing). Processor time, not
 * time on the clock, so that other programs do not count.
 *
 * @param seed of the arrivals
 * @param warmUpSeconds in which nothing counts
 * @param seconds that count
 */
record SchedulerCostMeasurement(long seed, int warmUpSeconds, int seconds) {
    /** Requests in a second. */
    static final double RATE = 20_000;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    /** What requests have cost. */
    static final class Costs {
        private final long[] sorted;
        private final double meanBatch;

        private Costs(long[] nanos, double meanBatch) {
            sorted = nanos.clone();
            Arrays.sort(sorted);
            this.meanBatch = meanBatch;
        }

        /** Requests in a batch on average. */
        double meanBatch() {
            return meanBatch;
        }

        /** Processor time in microseconds that the given part of the requests stay below. */
        double micros(double quantile) {
            return sorted[(int) Math.min((long) (quantile * sorted.length), sorted.length - 1)] / 1e3;
        }
    }

    /** What is known of one run; the instance runs a batch at a time, under the scheduler's order. */
    private static final class Ledger {
        private final long[] nanos;
        private final int[] batch;
        private int batchSize;
        private long batches;
        private long backendNanos;
        private final CountDownLatch open;

        private Ledger(int count) {
            nanos = new long[count];
            batch = new int[count];
            open = new CountDownLatch(count);
        }

        private synchronized void add(int index, long cost) {
            nanos[index] += cost;
        }

        /** @param byCaller whether the thread that submitted the request has run it, and bears its whole cost */
        private synchronized void answer(int index, boolean byCaller) {
            if (byCaller) {
                batches++;
            } else {
                batch[batchSize++] = index;
            }
            open.countDown();
        }

        /** Time that was the backend's in the batch that runs. */
        private synchronized void exclude(long nanos) {
            backendNanos += nanos;
        }

        /** Gives each member of the batch that was just answered its part. */
        private synchronized void share(long all) {
            long cost = all - backendNanos;
            backendNanos = 0;
            for (int i = 0; i < batchSize; i++) {
                nanos[batch[i]] += cost / batchSize;
            }
            batches += batchSize > 0 ? 1 : 0;
            batchSize = 0;
        }
    }

    /** A backend that computes nothing. */
    private record NoWork(double millis, Ledger ledger) implements ModelInstance {
        @Override
        public void execute(Batch batch) {
            if (millis > 0) {
                long start = THREADS.getCurrentThreadCpuTime();
                LockSupport.parkNanos((long) (millis * 1e6));
                ledger.exclude(THREADS.getCurrentThreadCpuTime() - start);
            }
            for (Execution execution : batch.executions()) {
                execution.respond(new InferResponse("m", "1", "", Map.of(), List.of(), () -> {}), true);
            }
        }

        @Override
        public void close() {}
    }

    private record Answer(Ledger ledger, int index, Thread submitter) implements ResponseSink {
        @Override
        public void respond(InferResponse response, boolean last) {
            response.close();
            ledger.answer(index, Thread.currentThread().equals(submitter));
        }

        @Override
        public void fail(InferException error) {
            ledger.open.countDown();
        }

        @Override
        public void end() {
            ledger.open.countDown();
        }
    }

    /** Runs one model whose batches take {@code millis} and no processor. */
    Costs run(Setup setup, double millis) {
        int warm = (int) (warmUpSeconds * RATE);
        int count = warm + (int) (seconds * RATE);
        Ledger ledger = new Ledger(count);
        NoWork instance = new NoWork(millis, ledger);
        Lane plain = Schedulers.lane(instance, "scheduler-cost", Turn.FREE);
        Lane lane = new Lane(
                "scheduler-cost",
                instance,
                task -> plain.thread().execute(() -> {
                    long start = THREADS.getCurrentThreadCpuTime();
                    task.run();
                    ledger.share(THREADS.getCurrentThreadCpuTime() - start);
                }),
                plain.stop());
        try (Scheduler scheduler = Schedulers.of(
                setup.config(),
                List.of(lane),
                new ModelStatistics(StatisticsOptions.of(false)),
                Clock.system(),
                new SharedDevice())) {
            submitAll(scheduler, ledger, count);
            ledger.open.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while measuring", e);
        }
        long[] counted = Arrays.copyOfRange(ledger.nanos, warm, count);
        return new Costs(counted, (double) count / Math.max(ledger.batches, 1));
    }

    private void submitAll(Scheduler scheduler, Ledger ledger, int count) {
        Random random = new Random(seed);
        Tensor tensor = Tensor.of(DataType.INT32, Shape.of(1, 1), Arena.ofAuto().allocate(Integer.BYTES));
        List<InputTensor> inputs = List.of(new InputTensor("X", tensor));
        double due = System.nanoTime();
        for (int i = 0; i < count; i++) {
            due += -Math.log(1 - random.nextDouble()) * 1e9 / RATE;
            waitUntil((long) due);
            InferRequest request = new InferRequest(
                    InferRequest.Header.of("m", "", ""), inputs, List.of(), List.of(), System.nanoTime());
            Answer answer = new Answer(ledger, i, Thread.currentThread());
            long start = THREADS.getCurrentThreadCpuTime();
            scheduler.submit(request, answer);
            ledger.add(i, THREADS.getCurrentThreadCpuTime() - start);
        }
    }

    private static void waitUntil(long nanos) {
        while (nanos - System.nanoTime() > 0) {
            long left = nanos - System.nanoTime();
            if (left > 200_000) {
                LockSupport.parkNanos(left - 100_000);
            } else {
                Thread.onSpinWait();
            }
        }
    }
}
