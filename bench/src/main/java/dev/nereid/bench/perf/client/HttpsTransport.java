package dev.nereid.bench.perf.client;

import dev.nereid.bench.perf.data.InferenceRequest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** HTTP/1.1 over TLS by the JDK's client. The parts of a request's time are not seen apart: all of it counts as waiting. */
public final class HttpsTransport implements Transport {
    private static final int OK = 200;
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int UNAVAILABLE = 503;

    private record HttpsPayload(HttpRequest request) implements Payload {}

    private final HttpTarget target;
    private final HttpClient client;

    /** A transport to a target whose endpoint has TLS. */
    public HttpsTransport(HttpTarget target) {
        this.target = target;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .sslContext(target.endpoint().tls().orElseThrow())
                .build();
    }

    @Override
    public Payload prepare(InferenceRequest request) {
        HttpEncoder.Body body = target.encoder().encode(request);
        byte[] bytes = new byte[body.bytes().remaining()];
        body.bytes().get(bytes);
        HttpRequest.Builder builder = HttpRequest.newBuilder(
                        URI.create("https://" + target.endpoint().authority() + target.path()))
                .POST(BodyPublishers.ofByteArray(bytes));
        if (body.jsonLength() > 0) {
            builder.header("Inference-Header-Content-Length", String.valueOf(body.jsonLength()));
        }
        target.endpoint().headers().forEach(builder::header);
        return new HttpsPayload(builder.build());
    }

    @Override
    public void send(Exchange exchange) {
        exchange.markStart();
        var _ = client.sendAsync(((HttpsPayload) exchange.payload()).request(), BodyHandlers.ofByteArray())
                .whenComplete((response, problem) -> ended(exchange, response, problem));
    }

    private static void ended(Exchange exchange, @Nullable HttpResponse<byte[]> response, @Nullable Throwable problem) {
        if (response == null) {
            exchange.fail(new Failure(Failure.Kind.DROPPED, String.valueOf(problem)));
            return;
        }
        exchange.markResponse();
        int status = response.statusCode();
        if (status == OK) {
            exchange.succeed();
            return;
        }
        Failure.Kind kind =
                status == UNAVAILABLE || status == TOO_MANY_REQUESTS ? Failure.Kind.REFUSED : Failure.Kind.FAILED;
        String text = new String(response.body(), StandardCharsets.UTF_8);
        exchange.fail(new Failure(kind, "HTTP " + status + ": " + text));
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
