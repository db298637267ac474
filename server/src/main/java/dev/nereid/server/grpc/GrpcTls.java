package dev.nereid.server.grpc;

import dev.nereid.server.tls.LoadedTls;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.shaded.io.grpc.netty.InternalProtocolNegotiators;
import io.grpc.netty.shaded.io.netty.handler.ssl.ClientAuth;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;

/** Begins connections with TLS, by the JDK's own; those that begin later show what the files hold then. Any thread. */
final class GrpcTls {
    private final Supplier<LoadedTls> files;
    private volatile Made made;

    /** What files have been made into. */
    private record Made(LoadedTls loaded, InternalProtocolNegotiator.ProtocolNegotiator negotiator) {
        static Made of(LoadedTls loaded) {
            return new Made(loaded, InternalProtocolNegotiators.serverTls(context(loaded)));
        }
    }

    GrpcTls(Supplier<LoadedTls> files) {
        this.files = files;
        this.made = Made.of(files.get());
    }

    InternalProtocolNegotiator.ProtocolNegotiator negotiator() {
        LoadedTls now = files.get();
        Made last = made;
        if (!last.loaded().equals(now)) {
            last = Made.of(now); // a race makes it twice, which is harmless
            made = last;
        }
        return last.negotiator();
    }

    private static SslContext context(LoadedTls loaded) {
        SslContextBuilder builder = SslContextBuilder.forServer(loaded.key());
        GrpcSslContexts.configure(builder, SslProvider.JDK);
        builder.protocols(loaded.protocols());
        if (!loaded.config().ciphers().isEmpty()) {
            builder.ciphers(loaded.config().ciphers());
        }
        loaded.clients().ifPresent(clients -> builder.trustManager(clients).clientAuth(ClientAuth.REQUIRE));
        try {
            return builder.build();
        } catch (SSLException e) {
            throw new IllegalArgumentException("gRPC cannot serve with TLS: " + e.getMessage(), e);
        }
    }
}
