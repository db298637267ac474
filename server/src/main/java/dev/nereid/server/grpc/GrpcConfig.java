package dev.nereid.server.grpc;

import java.util.Objects;

/**
 * Where the gRPC front listens.
 *
 * @param port 0 for any free port
 * @param serverName what server metadata calls this server
 */
public record GrpcConfig(String address, int port, String serverName, KeepAlive keepAlive) {
    public GrpcConfig {
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(serverName, "serverName");
        Objects.requireNonNull(keepAlive, "keepAlive");
    }

    /** A front that keeps connections alive as Triton does. */
    public GrpcConfig(String address, int port, String serverName) {
        this(address, port, serverName, KeepAlive.DEFAULT);
    }
}
