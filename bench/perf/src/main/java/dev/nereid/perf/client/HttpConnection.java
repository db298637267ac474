package dev.nereid.perf.client;

import dev.nereid.perf.client.HttpTarget.HttpPayload;
import dev.nereid.perf.data.InputTensor;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * A connection with at most one request on it. The sender writes, the selector's thread reads and writes what did not fit;
 * both hold the connection's lock, and neither calls a listener while it does.
 */
final class HttpConnection {
    private static final int TOO_MANY_REQUESTS = 429;
    private static final int UNAVAILABLE = 503;

    /** What OpenAI's interface sends behind the last event. */
    private static final String LAST_EVENT = "data: [DONE]";

    /** An exchange that has ended, with the failure that ended it. */
    record Ended(Exchange exchange, Optional<Failure> failure, boolean reusable) {}

    private final HttpFormat format;
    private final boolean keeps;
    private final SocketChannel channel;
    private final Wire wire;
    private final ResponseReader reader = new ResponseReader(this::event);
    private @Nullable SelectionKey key;
    private @Nullable Exchange exchange;
    private @Nullable ByteBuffer unsent;

    /**
     * A connection that is not connected yet.
     *
     * @param format to read answers that are compared
     * @param tls makes an engine for it; empty for plain text
     * @param keeps whether exchanges keep their answers
     */
    HttpConnection(HttpFormat format, Optional<Supplier<SSLEngine>> tls, boolean keeps) throws IOException {
        this.format = format;
        this.keeps = keeps;
        channel = SocketChannel.open();
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        wire = tls.isPresent() ? new TlsWire(channel, tls.get().get()) : new PlainWire(channel);
    }

    SocketChannel channel() {
        return channel;
    }

    synchronized void registered(SelectionKey registered) {
        key = registered;
    }

    /** Gives the first request; it is sent once the connection stands. */
    synchronized void await(Exchange first) {
        exchange = first;
    }

    /** The connection stands: sends the request that waits for it. */
    synchronized void connected() throws IOException {
        if (exchange != null) {
            begin(exchange);
        }
    }

    /** Sends a request on a connection that has none. */
    synchronized void send(Exchange next) throws IOException {
        exchange = next;
        begin(next);
    }

    private void begin(Exchange next) throws IOException {
        reader.reset(keeps || !next.payload().expected().isEmpty());
        ByteBuffer bytes = ((HttpPayload) next.payload()).bytes().duplicate();
        next.markStart();
        unsent = bytes;
        write();
    }

    /** Writes what fits. */
    synchronized void write() throws IOException {
        ByteBuffer bytes = unsent;
        if (bytes == null) {
            return;
        }
        while (bytes.hasRemaining()) {
            if (wire.write(bytes) == 0) {
                interest(wire.awaits());
                return;
            }
        }
        unsent = null;
        if (exchange != null) {
            exchange.markSent();
        }
        if (key != null && (key.interestOps() & SelectionKey.OP_WRITE) != 0) {
            key.interestOps(SelectionKey.OP_READ);
        }
    }

    private void interest(int operations) {
        SelectionKey current = key;
        if (current != null) {
            current.interestOps(operations);
            current.selector().wakeup();
        }
    }

    /** Reads what is there. The result is present once the exchange has ended. */
    synchronized Optional<Ended> read(ByteBuffer buffer) throws IOException {
        while (true) {
            buffer.clear();
            int count = wire.read(buffer);
            if (count == 0) {
                return Optional.empty();
            }
            Exchange current = exchange;
            if (count < 0) {
                if (current != null && reader.ended()) {
                    return Optional.of(end(current, false));
                }
                throw new IOException("the server closed the connection");
            }
            if (current == null) {
                throw new IOException("the server sent what was not asked for");
            }
            current.markAnswered();
            if (reader.read(buffer.flip())) {
                return Optional.of(end(current, !reader.closes()));
            }
        }
    }

    /** One of several responses: a token, say. What ends them has no content. */
    private void event(byte[] bytes) {
        Exchange current = exchange;
        if (current == null) {
            return;
        }
        if (new String(bytes, StandardCharsets.UTF_8).contains(LAST_EVENT)) {
            current.markEmptyEnd();
        } else {
            current.markResponse();
        }
        if (keeps) {
            current.keep(new Answer(bytes, 0));
        }
    }

    private Ended end(Exchange current, boolean reusable) {
        boolean events = reader.endEvents();
        if (!events || current.responses() == 0) {
            current.markResponse();
        }
        exchange = null;
        if (reader.isOk()) {
            if (keeps && !events) {
                current.keep(new Answer(reader.body(), reader.jsonLength()));
            }
            List<InputTensor> expected = current.payload().expected();
            Optional<Failure> difference = expected.isEmpty()
                    ? Optional.empty()
                    : Expectation.difference(expected, format.outputs(reader.body(), reader.jsonLength()));
            return new Ended(current, difference, reusable);
        }
        Failure.Kind kind = reader.status() == UNAVAILABLE || reader.status() == TOO_MANY_REQUESTS
                ? Failure.Kind.REFUSED
                : Failure.Kind.FAILED;
        Failure failure = new Failure(kind, "HTTP " + reader.status() + ": " + reader.errorText());
        return new Ended(current, Optional.of(failure), reusable);
    }

    /** Closes the connection; the request that was on it, if any. */
    synchronized Optional<Exchange> abandon() {
        try {
            wire.close();
        } catch (IOException _) {
            // What cannot be closed is not open any more.
        }
        Exchange lost = exchange;
        exchange = null;
        return Optional.ofNullable(lost);
    }
}
