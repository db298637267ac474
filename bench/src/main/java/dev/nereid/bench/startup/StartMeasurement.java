package dev.nereid.bench.startup;

import dev.nereid.bench.engine.Statistics;
import dev.nereid.proto.inference.ModelInferRequest;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** One start of a server, and what it was seen to do; values by name, in seconds, milliseconds and MiB as the names say. */
final class StartMeasurement {
    private static final int CLIENTS = 4;
    private static final Duration POLL = Duration.ofMillis(2);

    /** Asking all the time would take a processor from what is waited for. */
    private static final Duration READINESS_POLL = Duration.ofMillis(20);

    private static final long SETTLE_MILLIS = 500;
    private static final int PAUSES = 9;
    private static final long PAUSE_MILLIS = 200;
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private final Path launcher;
    private final Path repository;
    private final double loadSeconds;

    /** @param loadSeconds how long requests are sent to each model */
    StartMeasurement(Path launcher, Path repository, double loadSeconds) {
        this.launcher = launcher;
        this.repository = repository;
        this.loadSeconds = loadSeconds;
    }

    /**
     * Starts the server, measures and stops it.
     *
     * @param models which to wait for; the first gets the first request
     * @throws IOException if the server ends or does not answer
     */
    Map<String, Double> run(List<String> models) throws IOException {
        Map<String, Double> values = new LinkedHashMap<>();
        try (ServerProcess server = new ServerProcess(launcher, repository)) {
            try {
                measure(server, models, values);
            } catch (IOException e) {
                throw server.failure(e.getMessage() + (server.isAlive() ? "" : "; the server has ended"));
            }
        }
        return values;
    }

    private void measure(ServerProcess server, List<String> models, Map<String, Double> values) throws IOException {
        HttpProbe probe = new HttpProbe(server.port());
        server.await("/v2/health/live", POLL, PATIENCE);
        values.put("first HTTP answer, s", server.age());
        readiness(server, probe, models, values);
        server.await("/v2/health/ready", READINESS_POLL, PATIENCE);
        values.put("server ready, s", server.age());
        values.put("resident when ready, MiB", server.residentMebibytes());
        double largest = 0;
        for (String model : models) {
            HttpRequest request = probe.request(model);
            if (model.equals(models.getFirst())) {
                first(server, probe, model, request, values);
            } else {
                steady(() -> probe.millis(request));
            }
            largest = Math.max(largest, load(server, probe, request));
        }
        values.put("resident under load, MiB", largest);
        sleep(SETTLE_MILLIS);
        values.put("resident after load, MiB", server.residentMebibytes());
    }

    private void readiness(ServerProcess server, HttpProbe probe, List<String> models, Map<String, Double> values)
            throws IOException {
        Map<String, Double> ready = new LinkedHashMap<>();
        while (ready.size() < models.size()) {
            for (String model : models) {
                if (!ready.containsKey(model) && probe.answers("/v2/models/" + model + "/ready")) {
                    ready.put(model, server.age());
                }
            }
            if (!server.isAlive() || server.age() > PATIENCE.toSeconds()) {
                throw server.failure("not every model of " + models + " became ready on the server");
            }
            sleep(READINESS_POLL.toMillis());
        }
        new TreeMap<>(ready).forEach((model, age) -> values.put(model + " ready, s", age));
    }

    /** The first requests of two clients, one by HTTP and one by gRPC, and what the same take later. */
    private void first(
            ServerProcess server, HttpProbe probe, String model, HttpRequest request, Map<String, Double> values)
            throws IOException {
        ModelInferRequest message = probe.message(model);
        Exchange http = () -> probe.millis(request);
        sleep(PAUSE_MILLIS);
        double first = http.millis();
        sleep(PAUSE_MILLIS);
        try (GrpcProbe calls = new GrpcProbe(server.grpcPort())) {
            double firstCall = calls.millis(message);
            put(values, "request", model, first, steady(http), afterPauses(http));
            put(values, "gRPC call", model, firstCall, steady(() -> calls.millis(message)), afterPauses(() -> {
                try (GrpcProbe connecting = new GrpcProbe(server.grpcPort())) {
                    return connecting.millis(message);
                }
            }));
        }
    }

    /** @param paused what a later one takes when the server has been idle, which the first one found it too */
    private static void put(
            Map<String, Double> values, String what, String model, double first, double later, double paused) {
        values.put("first " + what + " to " + model + ", ms", first);
        values.put("later " + what + "s to " + model + ", ms", later);
        values.put("later " + what + "s to " + model + " after pauses, ms", paused);
        values.put("first by later " + what + "s, " + model, first / later);
        values.put("first by later " + what + "s after pauses, " + model, first / paused);
    }

    /** Sends a request, as any client does. */
    @FunctionalInterface
    private interface Exchange {
        double millis() throws IOException;
    }

    /** The median of one client's requests, without those of the first half. */
    private double steady(Exchange exchange) throws IOException {
        List<Double> millis = new ArrayList<>();
        long end = System.nanoTime() + (long) (loadSeconds * 1e9);
        do {
            millis.add(exchange.millis());
        } while (System.nanoTime() < end);
        return median(millis.subList(millis.size() / 2, millis.size()));
    }

    /** The median of requests of which each finds caches and processors cold. */
    private static double afterPauses(Exchange exchange) throws IOException {
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < PAUSES; i++) {
            sleep(PAUSE_MILLIS);
            millis.add(exchange.millis());
        }
        return median(millis);
    }

    private static double median(List<Double> values) {
        return Statistics.median(
                values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /** Sends requests from several clients at a time; the largest memory seen meanwhile. */
    private double load(ServerProcess server, HttpProbe probe, HttpRequest request) throws IOException {
        long end = System.nanoTime() + (long) (loadSeconds * 1e9);
        double largest = 0;
        try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
            List<Future<Void>> running = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                Callable<Void> sending = () -> {
                    while (System.nanoTime() < end) {
                        probe.millis(request);
                    }
                    return null;
                };
                running.add(clients.submit(sending));
            }
            while (System.nanoTime() < end) {
                largest = Math.max(largest, server.residentMebibytes());
                sleep(50);
            }
            for (Future<Void> client : running) {
                client.get();
            }
        } catch (ExecutionException e) {
            throw new IOException("a request under load failed: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        return largest;
    }

    private static void sleep(long millis) throws IOException {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
