package dev.nereid.server.grpc;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.RequestBudget;
import io.grpc.netty.shaded.io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.Unpooled;
import io.grpc.netty.shaded.io.netty.channel.ChannelFuture;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Error;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Stream;
import io.grpc.netty.shaded.io.netty.util.AsciiString;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One HTTP/2 request that the HTTP front answers: asked of it by HTTP/1.1 on a virtual thread, which waits for the front's
 * bytes and for the client to take them. What the client sends ahead is bounded by the stream's window: it is opened as the
 * front reads.
 */
final class RestStream {
    private static final Logger LOG = LoggerFactory.getLogger(RestStream.class);

    private static final byte[] END = {};
    private static final AsciiString HOST = AsciiString.cached("host");
    private static final AsciiString LENGTH = AsciiString.cached("content-length");
    private static final int PIECE = GrpcFront.REST_PIECE_BYTES;

    /** What a stream holds of the heap: a piece twice, and what the client of the front reads ahead. */
    private static final int HELD = 4 * PIECE;

    /** Headers that are about one connection, and those that the client of the front sets itself. */
    private static final Set<String> OF_CONNECTION = Set.of(
            "connection",
            "keep-alive",
            "proxy-connection",
            "transfer-encoding",
            "upgrade",
            "te",
            "content-length",
            "expect",
            "host",
            "http2-settings");

    private final GrpcHttp2ConnectionHandler http2;
    private final ChannelHandlerContext context;
    private final int id;
    private final Duration writeTimeout;
    private final RequestBudget.Share share;
    private final BlockingQueue<byte[]> body = new LinkedBlockingQueue<>();
    private volatile boolean cancelled;
    private boolean begun;
    private volatile Future<?> task = CompletableFuture.completedFuture(true);

    /**
     * A stream that has begun.
     *
     * @param writeTimeout how long the client may take to take the next piece of the answer
     * @param share what the stream holds of the heap; given back when the stream ends
     */
    RestStream(
            GrpcHttp2ConnectionHandler http2,
            ChannelHandlerContext context,
            int id,
            Duration writeTimeout,
            RequestBudget.Share share) {
        this.writeTimeout = writeTimeout;
        this.share = share;
        this.http2 = http2;
        this.context = context;
        this.id = id;
    }

    /** Asks the front. Called by the event loop, once. */
    void begin(HttpClient client, ExecutorService threads, URI front, Http2Headers headers, boolean empty) {
        if (empty) {
            endBody();
        }
        HttpRequest request;
        try {
            share.take(HELD);
            request = request(front, headers, empty);
        } catch (InferException e) {
            threads.execute(() -> refuse(503, e.text()));
            return;
        } catch (IllegalArgumentException e) {
            threads.execute(() -> refuse(400, "the request cannot be read: " + e.getMessage()));
            return;
        }
        task = threads.submit(() -> answer(client, request));
    }

    /** The next bytes of the body. Called by the event loop. */
    void body(byte[] bytes) {
        if (bytes.length > 0) {
            body.add(bytes);
        }
    }

    /** The body is there as a whole. Called by the event loop. */
    void endBody() {
        body.add(END);
    }

    /** The stream has ended, whoever ended it. */
    void cancel() {
        cancelled = true;
        share.close();
        body.add(END);
        task.cancel(true);
    }

    private HttpRequest request(URI front, Http2Headers headers, boolean empty) {
        String path = String.valueOf(headers.path());
        if (!path.startsWith("/")) { // anything else could name another host
            throw new IllegalArgumentException("expected a path that begins with /, got '" + path + "'");
        }
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(front + path));
        String method = String.valueOf(headers.method());
        request.method(method, empty ? BodyPublishers.noBody() : publisher(headers));
        CharSequence host = headers.authority() == null ? headers.get(HOST) : headers.authority();
        if (host != null) {
            request.header("host", host.toString());
        }
        for (Map.Entry<CharSequence, CharSequence> header : headers) {
            String name = header.getKey().toString();
            if (!name.startsWith(":") && !OF_CONNECTION.contains(name)) {
                request.header(name, header.getValue().toString());
            }
        }
        return request.build();
    }

    private BodyPublisher publisher(Http2Headers headers) {
        BodyPublisher stream = BodyPublishers.ofInputStream(Body::new);
        OptionalLong length = length(headers);
        return length.isPresent() ? BodyPublishers.fromPublisher(stream, length.getAsLong()) : stream;
    }

    private static OptionalLong length(Http2Headers headers) {
        CharSequence length = headers.get(LENGTH);
        if (length == null) {
            return OptionalLong.empty();
        }
        long bytes = Long.parseLong(length.toString());
        return bytes > 0 ? OptionalLong.of(bytes) : OptionalLong.empty();
    }

    private void answer(HttpClient client, HttpRequest request) {
        try {
            HttpResponse<InputStream> response = client.send(request, BodyHandlers.ofInputStream());
            try (InputStream bytes = response.body()) {
                send(response, bytes);
            }
        } catch (TimeoutException e) {
            LOG.debug("the client of an HTTP/2 request takes no answer", e);
            reset();
        } catch (IOException | ExecutionException e) {
            LOG.debug("a request over HTTP/2 could not be answered", e);
            if (begun) {
                reset();
            } else {
                refuse(502, "the HTTP front could not be asked: " + e.getMessage());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt(); // the stream has ended
        }
    }

    private void send(HttpResponse<InputStream> response, InputStream bytes)
            throws IOException, InterruptedException, ExecutionException, TimeoutException {
        DefaultHttp2Headers headers = new DefaultHttp2Headers(false);
        headers.status(Integer.toString(response.statusCode()));
        response.headers().map().forEach((name, values) -> {
            String lower = name.toLowerCase(Locale.ROOT);
            if (lower.equals("content-length") || !OF_CONNECTION.contains(lower)) {
                values.forEach(value -> headers.add(lower, value));
            }
        });
        byte[] buffer = new byte[PIECE];
        int read = bytes.read(buffer);
        begun = true;
        write(() -> http2.encoder().writeHeaders(context, id, headers, 0, false, context.newPromise()))
                .get(writeTimeout.toNanos(), TimeUnit.NANOSECONDS);
        while (read >= 0) {
            byte[] piece = Arrays.copyOf(buffer, read);
            write(() -> http2.encoder()
                            .writeData(context, id, Unpooled.wrappedBuffer(piece), 0, false, context.newPromise()))
                    .get(writeTimeout.toNanos(), TimeUnit.NANOSECONDS);
            read = bytes.read(buffer);
        }
        write(() -> last(Unpooled.EMPTY_BUFFER)).get(writeTimeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void refuse(int status, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        var _ = write(() -> {
            DefaultHttp2Headers headers = new DefaultHttp2Headers();
            headers.status(Integer.toString(status)).set("content-type", "text/plain");
            var _ = http2.encoder().writeHeaders(context, id, headers, 0, false, context.newPromise());
            return last(Unpooled.wrappedBuffer(bytes));
        });
    }

    /** Ends the answer, and the stream where the client has not sent all of the request, which nobody will read. */
    private ChannelFuture last(ByteBuf bytes) {
        return http2.encoder()
                .writeData(context, id, bytes, 0, true, context.newPromise())
                .addListener(_ -> {
                    Http2Stream stream = http2.connection().stream(id);
                    if (stream != null && stream.state().remoteSideOpen()) {
                        var _ = http2.encoder()
                                .writeRstStream(context, id, Http2Error.NO_ERROR.code(), context.newPromise());
                        http2.flush(context);
                    }
                });
    }

    private void reset() {
        var _ = write(() ->
                http2.encoder().writeRstStream(context, id, Http2Error.INTERNAL_ERROR.code(), context.newPromise()));
    }

    /** Writes on the event loop. Completes when the bytes are on their way, for which the client may have to open its window. */
    private CompletableFuture<Boolean> write(Supplier<ChannelFuture> frames) {
        CompletableFuture<Boolean> written = new CompletableFuture<>();
        context.executor().execute(() -> {
            if (cancelled || !context.channel().isActive()) {
                written.completeExceptionally(new IOException("the stream has ended"));
                return;
            }
            var _ = frames.get().addListener(result -> {
                if (result.isSuccess()) {
                    written.complete(true);
                } else {
                    written.completeExceptionally(Objects.requireNonNull(result.cause()));
                }
            });
            http2.flush(context);
        });
        return written;
    }

    /** Lets the client send as many bytes more. */
    private void consumed(int count) {
        context.executor().execute(() -> {
            Http2Stream stream = http2.connection().stream(id);
            if (stream == null) {
                return;
            }
            try {
                if (http2.decoder().flowController().consumeBytes(stream, count)) {
                    http2.flush(context);
                }
            } catch (Http2Exception e) {
                LOG.debug("a stream's window could not be opened", e);
            }
        });
    }

    /** What the client sends, as it comes. */
    private final class Body extends InputStream {
        private byte[] piece = END;
        private int position;
        private boolean ended;

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            if (position == piece.length && !next()) {
                return -1;
            }
            int count = Math.min(length, piece.length - position);
            System.arraycopy(piece, position, into, offset, count);
            position += count;
            return count;
        }

        @SuppressWarnings("ReferenceEquality") // the end is that array and no other
        private boolean next() throws IOException {
            if (ended) {
                return false;
            }
            try {
                piece = body.take();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("the stream has ended", e);
            }
            position = 0;
            if (cancelled) {
                throw new IOException("the client has given up the request");
            }
            ended = piece == END;
            if (!ended) {
                consumed(piece.length);
            }
            return !ended;
        }
    }
}
