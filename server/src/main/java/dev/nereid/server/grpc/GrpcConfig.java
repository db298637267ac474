package dev.nereid.server.grpc;

import dev.nereid.server.protocol.ApiKeys;
import dev.nereid.server.protocol.BindAddress;
import dev.nereid.server.protocol.HeaderForwarding;
import dev.nereid.server.tls.TlsConfig;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;

/**
 * Where the gRPC front listens.
 *
 * @param address a host, or {@code unix:PATH}
 * @param port 0 for any free port
 * @param serverName what server metadata calls this server
 * @param limits what clients may ask
 * @param keys which API groups are restricted
 * @param forwarding which metadata of an inference call become parameters of its requests
 * @param tls absent where it is served in the clear
 * @param compression of the responses of inference calls
 * @param reusePort whether other servers may listen there too; the system deals connections out
 */
public record GrpcConfig(
        String address,
        int port,
        String serverName,
        KeepAlive keepAlive,
        GrpcLimits limits,
        ApiKeys keys,
        HeaderForwarding forwarding,
        Optional<TlsConfig> tls,
        ResponseCompression compression,
        boolean reusePort) {
    public GrpcConfig {
        Objects.requireNonNull(address, "address");
        Objects.requireNonNull(serverName, "serverName");
        Objects.requireNonNull(keepAlive, "keepAlive");
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(keys, "keys");
        Objects.requireNonNull(forwarding, "forwarding");
        Objects.requireNonNull(tls, "tls");
        Objects.requireNonNull(compression, "compression");
    }

    /** A front with the default limits that keeps connections alive as Triton does. */
    public GrpcConfig(String address, int port, String serverName) {
        this(
                address,
                port,
                serverName,
                KeepAlive.DEFAULT,
                GrpcLimits.DEFAULT,
                ApiKeys.NONE,
                HeaderForwarding.NONE,
                Optional.empty(),
                ResponseCompression.NONE,
                false);
    }

    /** What the front listens on. */
    public BindAddress bind() {
        return new BindAddress(address, port);
    }

    /** This configuration at another port, which is not shared. */
    public GrpcConfig withPort(int newPort) {
        return new GrpcConfig(
                address, newPort, serverName, keepAlive, limits, keys, forwarding, tls, compression, false);
    }

    /** This configuration on a socket of the file system. */
    public GrpcConfig withSocketFile(Path file) {
        return new GrpcConfig(
                BindAddress.of(file).host(),
                0,
                serverName,
                keepAlive,
                limits,
                keys,
                forwarding,
                tls,
                compression,
                false);
    }

    /** This configuration at any free port of the loopback address. */
    public GrpcConfig onLoopback() {
        return new GrpcConfig("127.0.0.1", 0, serverName, keepAlive, limits, keys, forwarding, tls, compression, false);
    }

    /** This configuration with other limits. */
    public GrpcConfig withLimits(GrpcLimits newLimits) {
        return new GrpcConfig(
                address, port, serverName, keepAlive, newLimits, keys, forwarding, tls, compression, reusePort);
    }
}
