package dev.nereid.server.grpc;

import dev.nereid.server.protocol.HeaderForwarding;
import dev.nereid.server.protocol.RequestOrigin;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/** Keeps the metadata of a call where the parts that answer it find them. */
final class CallMetadata implements ServerInterceptor {
    private static final Context.Key<Metadata> CURRENT = Context.keyWithDefault("metadata", new Metadata());
    private static final Context.Key<SSLSession> SESSION = Context.key("session");

    /** Asks a stream to end with a status at the first error that a request meets while it runs. */
    private static final Metadata.Key<String> STRICT = ascii("triton_grpc_error");

    private static final Metadata.Key<String> TRACE_PARENT = ascii("traceparent");

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        Context context = Context.current()
                .withValues(CURRENT, headers, SESSION, call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION));
        return Contexts.interceptCall(context, call, headers, next);
    }

    /** Whether the call that this thread serves wants errors as its status. */
    static boolean isStrict() {
        return "true".equals(CURRENT.get().get(STRICT));
    }

    /** The client's span that the call which this thread serves is part of. */
    static Optional<String> traceParent() {
        return Optional.ofNullable(CURRENT.get().get(TRACE_PARENT));
    }

    /** The metadata of the call that this thread serves, but for binary ones. */
    static List<HeaderForwarding.Header> headers() {
        Metadata metadata = CURRENT.get();
        List<HeaderForwarding.Header> headers = new ArrayList<>();
        for (String name : metadata.keys()) {
            if (!name.endsWith(Metadata.BINARY_HEADER_SUFFIX)) {
                headers.add(new HeaderForwarding.Header(name, String.valueOf(metadata.get(ascii(name)))));
            }
        }
        return headers;
    }

    /** What is known of a request beside its message, of the call that this thread serves. */
    static RequestOrigin origin() {
        return new CallOrigin(CURRENT.get(), Optional.ofNullable(SESSION.get()));
    }

    private record CallOrigin(Metadata metadata, Optional<SSLSession> session) implements RequestOrigin {
        @Override
        public Optional<String> header(String name) {
            return name.endsWith(Metadata.BINARY_HEADER_SUFFIX)
                    ? Optional.empty()
                    : Optional.ofNullable(metadata.get(ascii(name)));
        }

        @Override
        public Optional<String> principal() {
            return session.flatMap(CallOrigin::subject).or(() -> header("authorization"));
        }

        private static Optional<String> subject(SSLSession session) {
            try {
                return Optional.of(session.getPeerPrincipal().getName());
            } catch (SSLPeerUnverifiedException e) {
                return Optional.empty(); // the client has no certificate
            }
        }
    }

    static Metadata.Key<String> ascii(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }
}
