package dev.nereid.server.grpc;

import io.grpc.netty.shaded.io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.shaded.io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.shaded.io.grpc.netty.InternalProtocolNegotiators;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandler;
import io.grpc.netty.shaded.io.netty.channel.ChannelHandlerContext;
import io.grpc.netty.shaded.io.netty.channel.ChannelInboundHandlerAdapter;
import io.grpc.netty.shaded.io.netty.channel.ChannelPipeline;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslHandler;
import io.grpc.netty.shaded.io.netty.util.AsciiString;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Begins connections as the library does, with a limit of their number and with {@link FrameDeadlines} in front of HTTP/2.
 * The library has no public place for either; this is the one class that depends on its internal ones.
 */
final class GuardedNegotiation implements InternalProtocolNegotiator.ProtocolNegotiator {
    private static final Logger LOG = LoggerFactory.getLogger(GuardedNegotiation.class);

    private final Optional<GrpcTls> tls;
    private final InternalProtocolNegotiator.ProtocolNegotiator plain = InternalProtocolNegotiators.serverPlaintext();
    private final GrpcLimits limits;
    private final Optional<RestStreams> rest;
    private final AtomicInteger connections = new AtomicInteger();

    /** @param rest answers requests that are not gRPC; empty where those are refused */
    GuardedNegotiation(Optional<GrpcTls> tls, GrpcLimits limits, Optional<RestStreams> rest) {
        this.tls = tls;
        this.limits = limits;
        this.rest = rest;
    }

    /** What begins connections now. */
    private InternalProtocolNegotiator.ProtocolNegotiator library() {
        return tls.map(GrpcTls::negotiator).orElse(plain);
    }

    @Override
    public AsciiString scheme() {
        return library().scheme();
    }

    @Override
    public ChannelHandler newHandler(GrpcHttp2ConnectionHandler http2) {
        rest.ifPresent(streams -> streams.attach(http2));
        return new Beginning(library().newHandler(http2));
    }

    @Override
    public void close() {
        library().close();
    }

    /** Stands in front of the library's handler until the connection is there. */
    private final class Beginning extends ChannelInboundHandlerAdapter {
        private final ChannelHandler negotiation;

        private Beginning(ChannelHandler negotiation) {
            this.negotiation = negotiation;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            connections.incrementAndGet();
            var _ = context.channel().closeFuture().addListener(_ -> connections.decrementAndGet());
            context.pipeline().addAfter(context.name(), null, negotiation);
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            context.fireChannelActive(); // the handler of TLS, if any, is there afterwards
            if (connections.get() > limits.mostConnections()) {
                LOG.debug("gRPC connection closed: there are {} already", limits.mostConnections());
                var _ = context.close();
                return;
            }
            ChannelPipeline pipeline = context.pipeline();
            ChannelHandlerContext tls = pipeline.context(SslHandler.class);
            pipeline.addAfter(
                    tls == null ? context.name() : tls.name(), null, new FrameDeadlines(limits.readTimeout()));
            pipeline.remove(this);
        }
    }
}
