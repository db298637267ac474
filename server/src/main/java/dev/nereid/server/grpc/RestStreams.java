package dev.nereid.server.grpc;

import dev.nereid.server.protocol.RequestBudget;
import io.grpc.netty.shaded.io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.shaded.io.netty.buffer.ByteBuf;
import io.grpc.netty.shaded.io.netty.buffer.ByteBufUtil;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Exception;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Headers;
import io.grpc.netty.shaded.io.netty.handler.codec.http2.Http2Stream;
import io.grpc.netty.shaded.io.netty.util.AsciiString;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Has HTTP/2 requests that are not gRPC answered by an HTTP front of this process: the streams of a connection are told apart
 * by their content type. What such a request may ask is the HTTP front's to check, and so is what it calls the server: the JDK's
 * client lets its Host be set only where the system property {@code jdk.httpclient.allowRestrictedHeaders} says so from the start.
 */
final class RestStreams implements AutoCloseable {
    private static final String GRPC = "application/grpc";
    private static final AsciiString TYPE = AsciiString.cached("content-type");

    private final URI front;
    private final Duration writeTimeout;
    private final RequestBudget requests;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .proxy(HttpClient.Builder.NO_PROXY)
            .followRedirects(HttpClient.Redirect.NEVER)
            .executor(threads)
            .build();

    /**
     * Asks an HTTP front.
     *
     * @param port of the HTTP front on this machine's loopback address
     * @param writeTimeout how long a client may take to take the next piece of an answer; else its stream is reset
     * @param requests bounds what streams hold of the heap
     */
    RestStreams(int port, Duration writeTimeout, RequestBudget requests) {
        this.writeTimeout = writeTimeout;
        this.requests = requests;
        this.front = URI.create("http://" + InetAddress.getLoopbackAddress().getHostAddress() + ":" + port);
    }

    /** Listens to a connection in front of gRPC. */
    void attach(GrpcHttp2ConnectionHandler http2) {
        Streams streams = new Streams(http2);
        http2.decoder().frameListener(streams);
        http2.connection().addListener(new Http2ConnectionAdapter() {
            @Override
            public void onStreamClosed(Http2Stream stream) {
                streams.closed(stream.id());
            }
        });
    }

    /** Ends what is under way. */
    @Override
    public void close() {
        client.shutdownNow();
        threads.shutdownNow();
    }

    /** The frames of one connection; called by its event loop. */
    private final class Streams extends Http2FrameListenerDecorator {
        private final GrpcHttp2ConnectionHandler http2;
        private final Map<Integer, RestStream> open = new HashMap<>();

        private Streams(GrpcHttp2ConnectionHandler http2) {
            super(http2.decoder().frameListener());
            this.http2 = http2;
        }

        private void closed(int id) {
            RestStream stream = open.remove(id);
            if (stream != null) {
                stream.cancel();
            }
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext context, int id, Http2Headers headers, int padding, boolean last)
                throws Http2Exception {
            if (!isTaken(context, id, headers, last)) {
                super.onHeadersRead(context, id, headers, padding, last);
            }
        }

        @Override
        public void onHeadersRead(
                ChannelHandlerContext context,
                int id,
                Http2Headers headers,
                int dependency,
                short weight,
                boolean exclusive,
                int padding,
                boolean last)
                throws Http2Exception {
            if (!isTaken(context, id, headers, last)) {
                super.onHeadersRead(context, id, headers, dependency, weight, exclusive, padding, last);
            }
        }

        /** Begins a request, or ends one with trailers; false for those of gRPC. */
        private boolean isTaken(ChannelHandlerContext context, int id, Http2Headers headers, boolean last) {
            RestStream begun = open.get(id);
            if (begun != null) {
                begun.endBody();
                return true;
            }
            CharSequence type = headers.get(TYPE);
            if (headers.method() == null || (type != null && isGrpc(type.toString()))) {
                return false;
            }
            RestStream stream = new RestStream(http2, context, id, writeTimeout, requests.open());
            open.put(id, stream);
            stream.begin(client, threads, front, headers, last);
            return true;
        }

        private static boolean isGrpc(String type) {
            return type.regionMatches(true, 0, GRPC, 0, GRPC.length());
        }

        @Override
        public int onDataRead(ChannelHandlerContext context, int id, ByteBuf data, int padding, boolean last)
                throws Http2Exception {
            RestStream stream = open.get(id);
            if (stream == null) {
                return super.onDataRead(context, id, data, padding, last);
            }
            stream.body(ByteBufUtil.getBytes(data));
            if (last) {
                stream.endBody();
            }
            return padding; // what the front has read of the rest is given back then
        }
    }
}
