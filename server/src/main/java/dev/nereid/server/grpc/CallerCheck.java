package dev.nereid.server.grpc;

import dev.nereid.server.access.Authenticator;
import dev.nereid.server.access.Caller;
import dev.nereid.server.access.Credentials;
import dev.nereid.server.protocol.ApiGroup;
import dev.nereid.server.protocol.InferException;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** Finds out who makes each call, and refuses those that they may not make, before a message is read. */
final class CallerCheck implements ServerInterceptor {
    private final Authenticator authenticator;

    CallerCheck(Authenticator authenticator) {
        this.authenticator = authenticator;
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        Optional<ApiGroup> group =
                RestrictedCalls.group(String.valueOf(call.getMethodDescriptor().getBareMethodName()));
        Caller caller = authenticator
                .caller(new CallCredentials(
                        headers, Optional.ofNullable(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION))))
                .calling(group);
        try {
            caller.check(group);
        } catch (InferException e) {
            call.close(GrpcErrors.status(e), new Metadata());
            return new ServerCall.Listener<>() {};
        }
        return Contexts.interceptCall(caller.in(Context.current()), call, headers, next);
    }

    private record CallCredentials(Metadata metadata, Optional<SSLSession> session) implements Credentials {
        @Override
        public Optional<String> header(String name) {
            return Optional.ofNullable(metadata.get(CallMetadata.ascii(name)));
        }

        @Override
        public Optional<X509Certificate> certificate() {
            return session.flatMap(CallCredentials::certificate);
        }

        private static Optional<X509Certificate> certificate(SSLSession session) {
            try {
                return session.getPeerCertificates()[0] instanceof X509Certificate own
                        ? Optional.of(own)
                        : Optional.empty();
            } catch (SSLPeerUnverifiedException e) {
                return Optional.empty(); // the client has no certificate
            }
        }
    }
}
