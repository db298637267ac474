package dev.nereid.perf.client;

import dev.nereid.perf.data.InferenceRequest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keeps what is sent until the test answers it. */
public final class HeldTransport implements Transport {
    /** A request that has nothing but a name. */
    public record Named(String name) implements Payload {
        @Override
        public InferenceRequest request() {
            return new InferenceRequest(List.of(), List.of(), Map.of(), List.of(), Optional.empty());
        }
    }

    private final List<Exchange> exchanges = new ArrayList<>();

    @Override
    public Payload prepare(InferenceRequest request) {
        return new Named("");
    }

    @Override
    public synchronized void send(Exchange exchange) {
        exchange.markStart();
        exchanges.add(exchange);
        notifyAll();
    }

    public synchronized int sent() {
        return exchanges.size();
    }

    /** Names of what was sent, in order. */
    public synchronized List<String> names() {
        return exchanges.stream()
                .map(exchange -> ((Named) exchange.payload()).name())
                .toList();
    }

    /** Waits until so many were sent. */
    public synchronized void awaitSent(int count) throws InterruptedException {
        while (exchanges.size() < count) {
            wait();
        }
    }

    private synchronized Exchange exchange(int number) {
        return exchanges.get(number);
    }

    /** One of several responses to request {@code number}. */
    public void respond(int number) {
        exchange(number).respond();
    }

    public void succeed(int number) {
        exchange(number).markResponse();
        exchange(number).end(Optional.empty());
    }

    public void fail(int number) {
        exchange(number).fail(new Failure(Failure.Kind.FAILED, "on purpose"));
    }

    @Override
    public Map<String, ByteBuffer> outputs(Answer answer) {
        return Map.of();
    }

    @Override
    public void close() {
        // There is nothing to close.
    }
}
