package dev.nereid.server.grpc;

import dev.nereid.server.protocol.ApiKeys;
import dev.nereid.server.protocol.HeaderForwarding;
import java.util.Objects;

/**
 * Where the gRPC front listens.
 *
 * @param port 0 for any free port
 * @param serverName what server metadata calls this server
 * @param keys which calls are guarded
 * @param forwarding which metadata of an inference call become parameters of its requests
 */
public record GrpcConfig(
        String address, int port, String serverName, KeepAlive keepAlive, ApiKeys keys, HeaderForwarding forwarding) {
    public GrpcConfig {
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(serverName, "serverName");
        Objects.requireNonNull(keepAlive, "keepAlive");
        Objects.requireNonNull(keys, "keys");
        Objects.requireNonNull(forwarding, "forwarding");
    }

    /** A front that keeps connections alive as Triton does. */
    public GrpcConfig(String address, int port, String serverName) {
        this(address, port, serverName, KeepAlive.DEFAULT, ApiKeys.NONE, HeaderForwarding.NONE);
    }
}
