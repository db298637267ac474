package dev.nereid.server.torchserve.grpc;

import dev.nereid.server.torchserve.Tokens;
import dev.nereid.server.torchserve.TorchServeException;
import io.grpc.BindableService;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import java.util.Optional;

/** Asks each call of a service for its key; a ping needs none. */
final class TokenCheck implements ServerInterceptor {
    private static final Metadata.Key<String> AUTHORIZATION =
            Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
    private static final String OPEN = "Ping";

    private final Tokens tokens;
    private final Tokens.Scope scope;

    private TokenCheck(Tokens tokens, Tokens.Scope scope) {
        this.tokens = tokens;
        this.scope = scope;
    }

    /** The service behind the check. */
    static BindableService before(BindableService service, Tokens tokens, Tokens.Scope scope) {
        return () -> ServerInterceptors.intercept(service, new TokenCheck(tokens, scope));
    }

    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
            ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
        if (!OPEN.equals(call.getMethodDescriptor().getBareMethodName())) {
            try {
                tokens.check(scope, Optional.ofNullable(headers.get(AUTHORIZATION)));
            } catch (TorchServeException e) {
                call.close(Statuses.of(e), new Metadata());
                return new ServerCall.Listener<>() {};
            }
        }
        return next.startCall(call, headers);
    }
}
