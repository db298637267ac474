package dev.nereid.bench.wire;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for a server. */
final class Readiness {
    private static final Duration PAUSE = Duration.ofMillis(100);
    private static final int READY = 200;

    private Readiness() {}

    /** Returns when all models are ready; throws if that takes too long, or the server has ended. */
    static void await(String place, Duration patience, BooleanSupplier alive) throws IOException {
        long end = System.nanoTime() + patience.toNanos();
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + place + "/v2/health/ready"))
                    .build();
            while (!isReady(client, request)) {
                if (!alive.getAsBoolean() || System.nanoTime() - end > 0) {
                    throw new IOException("the server at " + place + " did not become ready");
                }
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static boolean isReady(HttpClient client, HttpRequest request) throws InterruptedException {
        try {
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode() == READY;
        } catch (IOException e) {
            return false;
        }
    }
}
