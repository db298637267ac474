package dev.nereid.bench.loss;

import com.google.protobuf.ByteString;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferResponse;
import io.grpc.Attributes;
import io.grpc.EquivalentAddressGroup;
import io.grpc.ManagedChannel;
import io.grpc.NameResolver;
import io.grpc.NameResolver.ResolutionResult;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.Status;
import io.grpc.StatusOr;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Unary calls over gRPC on one channel: to one address, or to several by round robin. */
final class GrpcLossLoad extends LossLoad {
    private static final String SCHEME = "replicas";

    /** Waits between retries are short against the time in which a connection is made again. */
    private static final Map<String, Object> RETRIES = Map.of(
            "methodConfig",
            List.of(Map.of(
                    "name",
                    List.of(Map.of()),
                    "retryPolicy",
                    Map.of(
                            "maxAttempts",
                            4.0,
                            "initialBackoff",
                            "0.1s",
                            "maxBackoff",
                            "1s",
                            "backoffMultiplier",
                            2.0,
                            "retryableStatusCodes",
                            List.of("UNAVAILABLE")))));

    private final ManagedChannel channel;
    private final ModelInferRequest request;

    /**
     * A channel of its own.
     *
     * @param retries whether the client sends a call again that was answered with UNAVAILABLE
     */
    GrpcLossLoad(String way, List<Integer> ports, String model, boolean retries) {
        super(way);
        NettyChannelBuilder builder = ports.size() == 1
                ? NettyChannelBuilder.forAddress("127.0.0.1", ports.getFirst())
                : NettyChannelBuilder.forTarget(target(ports)).defaultLoadBalancingPolicy("round_robin");
        if (retries) {
            builder.defaultServiceConfig(RETRIES).enableRetry();
        }
        channel = builder.usePlaintext().build();
        ModelInferRequest.Builder message = ModelInferRequest.newBuilder()
                .setModelName(model)
                .setModelVersion(Bed.LABEL)
                .addRawInputContents(ByteString.copyFrom(new byte[16]));
        message.addInputsBuilder().setName("INPUT0").setDatatype("INT32").addShape(4);
        request = message.build();
    }

    /** Has the resolver of the scheme know these ports. */
    private static String target(List<Integer> ports) {
        NameResolverRegistry.getDefaultRegistry().register(new Replicas());
        StringBuilder target = new StringBuilder(SCHEME).append(":///");
        ports.forEach(port -> target.append(port).append('-'));
        return target.toString();
    }

    /** Knows the addresses from the target itself: ports of the loopback address. */
    private static final class Replicas extends NameResolverProvider {
        @Override
        protected boolean isAvailable() {
            return true;
        }

        @Override
        protected int priority() {
            return 5;
        }

        @Override
        public String getDefaultScheme() {
            return SCHEME;
        }

        @Override
        public java.util.Collection<Class<? extends SocketAddress>> getProducedSocketAddressTypes() {
            return List.of(InetSocketAddress.class);
        }

        @Override
        public NameResolver newNameResolver(URI target, NameResolver.Args arguments) {
            List<EquivalentAddressGroup> addresses = Arrays.stream(
                            target.getPath().substring(1).split("-", -1))
                    .filter(port -> !port.isEmpty())
                    .map(port -> new EquivalentAddressGroup(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port)),
                            Attributes.EMPTY))
                    .toList();
            return new NameResolver() {
                @Override
                public String getServiceAuthority() {
                    return "localhost";
                }

                @Override
                public void start(Listener2 listener) {
                    listener.onResult(ResolutionResult.newBuilder()
                            .setAddressesOrError(StatusOr.fromValue(addresses))
                            .build());
                }

                @Override
                public void shutdown() {}
            };
        }
    }

    @Override
    void send(One one) {
        GRPCInferenceServiceGrpc.newStub(channel).modelInfer(request, new Ended(one));
    }

    private record Ended(One one) implements StreamObserver<ModelInferResponse> {
        @Override
        public void onNext(ModelInferResponse response) {}

        @Override
        public void onError(Throwable error) {
            Status status = Status.fromThrowable(error);
            one.lost(status.getCode() + ": " + status.getDescription());
        }

        @Override
        public void onCompleted() {
            one.answered();
        }
    }

    @Override
    public void close() {
        channel.shutdownNow();
        try {
            channel.awaitTermination(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
