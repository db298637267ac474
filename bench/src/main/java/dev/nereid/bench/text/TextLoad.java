package dev.nereid.bench.text;

import dev.nereid.perf.client.HttpTarget;
import dev.nereid.perf.client.HttpTransport;
import dev.nereid.perf.client.KserveFormat;
import dev.nereid.perf.client.Payload;
import dev.nereid.perf.data.InferenceRequest;
import dev.nereid.perf.load.ClosedLoop;
import dev.nereid.perf.load.Load;
import dev.nereid.perf.load.OpenLoop;
import dev.nereid.perf.load.RequestSource;
import dev.nereid.perf.load.Schedule;
import dev.nereid.perf.measure.Recorder;
import dev.nereid.perf.model.Endpoint;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Sends texts to one model: by the clock, or as fast as it answers. */
final class TextLoad implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 120;
    private static final long LOOK_AGAIN_NANOS = 5_000_000;
    private static final int MOST_UNDER_WAY = 20_000;

    /** Steps through the texts by trial: coprime to their number. */
    private static final int STRIDE = 389;

    private final HttpTransport transport;
    private final List<Payload> payloads;
    private final double sloNanos;

    /**
     * What came of a number of requests.
     *
     * @param sent requests
     * @param inTime those that were answered within the objective of their scheduled time
     * @param seconds in which they were to be sent
     * @param firstFailure a message, empty for none
     */
    record Outcome(long sent, long inTime, double seconds, String firstFailure) {
        double share() {
            return (double) inTime / sent;
        }

        double goodput() {
            return inTime / seconds;
        }
    }

    TextLoad(int port, String model, List<InferenceRequest> requests, double sloMillis) throws IOException {
        Endpoint endpoint = new Endpoint("127.0.0.1", port, "", Map.of(), Optional.empty());
        transport = new HttpTransport(
                new HttpTarget(endpoint, new KserveFormat(model, "", true, true)), Optional.empty(), 1, false);
        payloads = requests.stream().map(transport::prepare).toList();
        sloNanos = sloMillis * 1e6;
    }

    /** Poisson arrivals. Times and texts follow from the seed alone, whatever the variant. */
    Outcome open(double rate, long requests, long seed) {
        Recorder recorder = new Recorder();
        run(new OpenLoop(
                transport,
                texts(seed),
                recorder,
                Schedule.poisson(rate, seed),
                new OpenLoop.Bounds(1, false, MOST_UNDER_WAY, requests)));
        return outcome(recorder.drain(), requests, requests / rate);
    }

    /**
     * A number of clients, each of whom sends the next text when the last is answered.
     *
     * @return texts a second
     */
    double closed(int clients, long requests, long seed) throws IOException {
        Recorder recorder = new Recorder();
        long start = System.nanoTime();
        run(new ClosedLoop(transport, texts(seed), recorder, clients, requests));
        double seconds = (System.nanoTime() - start) / 1e9;
        Recorder.Drained drained = recorder.drain();
        if (!drained.failures().isEmpty()) {
            throw new IOException("the server answers with: " + drained.firstFailure());
        }
        return requests / seconds;
    }

    private static void run(Load load) {
        load.start();
        while (!load.isExhausted()) {
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
        load.stop(PATIENCE_SECONDS);
    }

    private Outcome outcome(Recorder.Drained drained, long requests, double seconds) {
        long inTime = drained.samples()
                .scheduledLatencies()
                .filter(nanos -> nanos <= sloNanos)
                .count();
        return new Outcome(requests, inTime, seconds, drained.firstFailure());
    }

    private RequestSource texts(long seed) {
        AtomicInteger next = new AtomicInteger((int) Math.floorMod(seed * STRIDE, (long) payloads.size()));
        return _ -> new RequestSource.Next(payloads.get(Math.floorMod(next.getAndIncrement(), payloads.size())), false);
    }

    @Override
    public void close() {
        transport.close();
    }
}
