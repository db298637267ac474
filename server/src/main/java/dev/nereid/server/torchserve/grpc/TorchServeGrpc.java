package dev.nereid.server.torchserve.grpc;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.grpc.GrpcConfig;
import dev.nereid.server.grpc.GrpcFront;
import dev.nereid.server.grpc.GrpcLimits;
import dev.nereid.server.grpc.KeepAlive;
import dev.nereid.server.grpc.OpenStreams;
import dev.nereid.server.grpc.ResponseCompression;
import dev.nereid.server.protocol.ApiKeys;
import dev.nereid.server.protocol.HeaderForwarding;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.torchserve.ListenAddress;
import dev.nereid.server.torchserve.Tokens.Scope;
import dev.nereid.server.torchserve.TorchServe;
import io.grpc.BindableService;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Fronts for TorchServe's gRPC services. */
public final class TorchServeGrpc {
    private TorchServeGrpc() {}

    /**
     * Listens.
     *
     * @param inference whether the service for inference is there
     * @param management whether the service for management is there
     * @param memory where requests' tensors come from
     * @throws UncheckedIOException if the address cannot be bound
     * @throws IllegalArgumentException if the files for TLS do not hold what they should
     */
    public static GrpcFront start(
            TorchServe server,
            ListenAddress address,
            boolean inference,
            boolean management,
            ModelRepository repository,
            SlabPool memory,
            Extensions extensions) {
        OpenStreams streams = new OpenStreams();
        List<BindableService> services = new ArrayList<>();
        if (inference) {
            services.add(TokenCheck.before(
                    new InferenceApis(server, memory, extensions.requests(), streams),
                    server.tokens(),
                    Scope.INFERENCE));
        }
        if (management) {
            services.add(TokenCheck.before(
                    new ManagementApis(server.management(), server.metrics()), server.tokens(), Scope.MANAGEMENT));
        }
        GrpcConfig config = new GrpcConfig(
                address.host(),
                address.port(),
                "torchserve",
                KeepAlive.DEFAULT,
                GrpcLimits.DEFAULT,
                ApiKeys.NONE,
                HeaderForwarding.NONE,
                server.config().grpcTls(),
                ResponseCompression.NONE,
                false);
        return GrpcFront.start(config, repository, extensions, services, streams, Map.of());
    }
}
