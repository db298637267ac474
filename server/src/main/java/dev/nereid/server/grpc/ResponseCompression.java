package dev.nereid.server.grpc;

import io.grpc.Codec;
import io.grpc.CompressorRegistry;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * How much the responses of inference calls are compressed. A level stands for one of the encodings that a client accepts,
 * as gRPC's C core orders them: from {@code gzip}, which LOW takes, to {@code deflate}.
 */
public enum ResponseCompression {
    NONE,
    LOW,
    MEDIUM,
    HIGH;

    private static final Set<String> INFERENCE = Set.of("ModelInfer", "ModelStreamInfer");
    private static final List<String> ORDER = List.of("gzip", Deflate.NAME);
    private static final Metadata.Key<String> ACCEPTED = CallMetadata.ascii("grpc-accept-encoding");

    /** The level that {@code --grpc-infer-response-compression-level} calls so, in either case. */
    public static Optional<ResponseCompression> find(String name) {
        String upper = name.toUpperCase(Locale.ROOT);
        return Arrays.stream(values())
                .filter(level -> level.name().equals(upper))
                .findFirst();
    }

    /** The encoding for a client that accepts these, named with commas between them; empty for none. */
    Optional<String> encoding(String accepted) {
        List<String> theirs = Arrays.stream(accepted.split(",", -1))
                .map(name -> name.strip().toLowerCase(Locale.ROOT))
                .toList();
        List<String> common = ORDER.stream().filter(theirs::contains).toList();
        if (this == NONE || common.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                switch (this) {
                    case NONE, LOW -> common.getFirst();
                    case MEDIUM -> common.get(common.size() / 2);
                    case HIGH -> common.getLast();
                });
    }

    /** Makes a front write that of this level, of every encoding that gRPC has. */
    void apply(NettyServerBuilder server) {
        CompressorRegistry written = CompressorRegistry.newEmptyInstance();
        Stream.of(Codec.Identity.NONE, new Codec.Gzip(), new Deflate()).forEach(written::register);
        server.compressorRegistry(written);
        if (this != NONE) {
            server.intercept(new Choice());
        }
    }

    /** Chooses the encoding of a call's responses before the first of them. */
    private final class Choice implements ServerInterceptor {
        @Override
        public <Q, A> ServerCall.Listener<Q> interceptCall(
                ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
            String method = String.valueOf(call.getMethodDescriptor().getBareMethodName());
            if (INFERENCE.contains(method)) {
                Optional.ofNullable(headers.get(ACCEPTED))
                        .flatMap(ResponseCompression.this::encoding)
                        .ifPresent(call::setCompression);
            }
            return next.startCall(call, headers);
        }
    }
}
