package dev.nereid.bench.cores;

import dev.nereid.bench.engine.Statistics;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.repository.Model;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToDoubleFunction;

/**
 * Closed-loop clients: each model has the same number of clients, which send a request as soon as the previous one is
 * answered.
 *
 * @param clients of each model
 */
record ClosedLoopClients(CopiedModels models, int clients) {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final String WORKER = "kernel-worker";
    private static final long SAMPLE_NANOS = 5_000_000;

    /**
     * What was measured.
     *
     * @param rate requests in a second
     * @param computing threads of instances and workers that were not waiting, on average over many looks
     */
    record Result(double rate, double p50Millis, double p99Millis, double computing, double mostComputing) {
        /** The median of each number. */
        static Result median(List<Result> results) {
            return new Result(
                    median(results, Result::rate),
                    median(results, Result::p50Millis),
                    median(results, Result::p99Millis),
                    median(results, Result::computing),
                    median(results, Result::mostComputing));
        }

        private static double median(List<Result> results, ToDoubleFunction<Result> value) {
            return Statistics.median(results.stream().mapToDouble(value).toArray());
        }
    }

    /** Asks for so long. */
    Result run(double seconds) {
        long end = System.nanoTime() + (long) (seconds * 1e9);
        List<CompletableFuture<double[]>> asking = new ArrayList<>();
        for (Model model : models.models()) {
            for (int i = 0; i < clients; i++) {
                asking.add(CompletableFuture.supplyAsync(
                        () -> ask(model, end), Thread.ofVirtual().name("client")::start));
            }
        }
        long[] counts = count(end);
        double[] millis = asking.stream()
                .map(CompletableFuture::join)
                .flatMapToDouble(Arrays::stream)
                .sorted()
                .toArray();
        return new Result(
                millis.length / seconds,
                millis[millis.length / 2],
                millis[Math.min(millis.length * 99 / 100, millis.length - 1)],
                Arrays.stream(counts).average().orElse(0),
                Arrays.stream(counts).max().orElse(0));
    }

    private double[] ask(Model model, long end) {
        double[] millis = new double[1024];
        int count = 0;
        while (count == 0 || System.nanoTime() - end < 0) {
            long start = System.nanoTime();
            Answer answer = new Answer(new CompletableFuture<>());
            model.infer(
                    new InferRequest(
                            InferRequest.Header.of(model.name(), "", ""), models.inputs(), List.of(), List.of(), start),
                    answer);
            answer.done().join();
            if (count == millis.length) {
                millis = Arrays.copyOf(millis, 2 * count);
            }
            millis[count++] = (System.nanoTime() - start) / 1e6;
        }
        return Arrays.copyOf(millis, count);
    }

    /** How many threads that compute for models were about to, again and again. */
    private static long[] count(long end) {
        List<Long> counts = new ArrayList<>();
        while (System.nanoTime() - end < 0) {
            LockSupport.parkNanos(SAMPLE_NANOS);
            long computing = 0;
            for (ThreadInfo thread : THREADS.getThreadInfo(THREADS.getAllThreadIds())) {
                if (thread != null
                        && thread.getThreadState() == Thread.State.RUNNABLE
                        && (thread.getThreadName().startsWith(CopiedModels.NAME)
                                || thread.getThreadName().startsWith(WORKER))) {
                    computing++;
                }
            }
            counts.add(computing);
        }
        return counts.stream().mapToLong(Long::longValue).toArray();
    }

    private record Answer(CompletableFuture<Void> done) implements ResponseSink {
        @Override
        public void respond(InferResponse response, boolean last) {
            response.close();
            if (last) {
                done.complete(null);
            }
        }

        @Override
        public void fail(InferException error) {
            done.completeExceptionally(error);
        }

        @Override
        public void end() {
            done.complete(null);
        }
    }
}
