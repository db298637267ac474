package dev.nereid.perf.client;

import dev.nereid.perf.client.HttpConnection.Ended;
import dev.nereid.perf.data.InferenceRequest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;

/**
 * HTTP/1.1 over non-blocking sockets: as many connections as there are requests at a time, a few threads for all. A request
 * is written by the thread that sends it, the next one of a closed loop by the thread that read the answer: no hand-off.
 */
public final class HttpTransport implements Transport {
    private final HttpTarget target;
    private final InetSocketAddress address;
    private final List<SelectorThread> threads = new ArrayList<>();
    private final ConcurrentLinkedDeque<HttpConnection> idle = new ConcurrentLinkedDeque<>();
    private final AtomicInteger opened = new AtomicInteger();
    private final Optional<Supplier<SSLEngine>> tls;
    private final boolean keeps;

    /**
     * A transport with threads of its own.
     *
     * @param tls makes an engine for each connection; empty for plain text
     * @param keeps whether exchanges keep their answers
     */
    public HttpTransport(HttpTarget target, Optional<Supplier<SSLEngine>> tls, int threads, boolean keeps)
            throws IOException {
        this.target = target;
        this.keeps = keeps;
        this.tls = tls;
        this.address = new InetSocketAddress(
                target.endpoint().host(), target.endpoint().port());
        for (int i = 0; i < threads; i++) {
            this.threads.add(new SelectorThread("perf-http-" + i, this::ended, this::broken));
        }
    }

    @Override
    public Payload prepare(InferenceRequest request) {
        return target.request(request);
    }

    @Override
    public void send(Exchange exchange) {
        HttpConnection connection = idle.pollFirst();
        try {
            if (connection == null) {
                HttpConnection fresh = new HttpConnection(target.format(), tls, keeps);
                fresh.await(exchange);
                threads.get(Math.floorMod(opened.getAndIncrement(), threads.size()))
                        .connect(fresh, address);
            } else {
                connection.send(exchange);
            }
        } catch (IOException e) {
            if (connection == null) {
                exchange.fail(dropped(e));
            } else {
                broken(connection, e);
            }
        }
    }

    private void ended(HttpConnection connection, Ended ended) {
        if (ended.reusable()) {
            idle.addFirst(connection);
        } else {
            connection.abandon();
        }
        ended.exchange().end(ended.failure());
    }

    private void broken(HttpConnection connection, IOException e) {
        idle.remove(connection);
        connection.abandon().ifPresent(exchange -> exchange.fail(dropped(e)));
    }

    private static Failure dropped(IOException e) {
        return new Failure(
                Failure.Kind.DROPPED, e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    }

    @Override
    public Map<String, ByteBuffer> outputs(Answer answer) {
        return target.format().outputs(answer.bytes(), answer.jsonLength());
    }

    @Override
    public void close() {
        threads.forEach(SelectorThread::close);
        idle.forEach(HttpConnection::abandon);
    }
}
