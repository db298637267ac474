package dev.nereid.server.tensorflow;

import dev.nereid.server.grpc.GrpcConfig;
import dev.nereid.server.http.HttpConfig;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * Where and how TensorFlow Serving's protocols are served.
 *
 * @param grpcSocket where gRPC is served on a socket of the file system; empty for nowhere
 * @param restTimeout what a request over HTTP may take
 * @param cors whether every answer over HTTP may be read by any web page
 * @param tensorContent whether tensors in answers over gRPC are bytes; otherwise lists of numbers
 * @param metricsPath where the metrics are over HTTP, under TensorFlow Serving's names; empty for nowhere
 */
public record TensorflowConfig(
        HttpConfig rest,
        GrpcConfig grpc,
        Optional<GrpcConfig> grpcSocket,
        Duration restTimeout,
        boolean cors,
        boolean tensorContent,
        Optional<String> metricsPath) {
    public TensorflowConfig {
        Objects.requireNonNull(rest, "rest");
        Objects.requireNonNull(grpc, "grpc");
        Objects.requireNonNull(grpcSocket, "grpcSocket");
        Objects.requireNonNull(restTimeout, "restTimeout");
        Objects.requireNonNull(metricsPath, "metricsPath");
    }

    /** This configuration with REST at another port. */
    public TensorflowConfig withRestPort(int port) {
        return new TensorflowConfig(
                rest.withPort(port), grpc, grpcSocket, restTimeout, cors, tensorContent, metricsPath);
    }

    /** This configuration with gRPC on the socket of the file system in place of the port. */
    public TensorflowConfig atGrpcSocket() {
        return new TensorflowConfig(
                rest, grpcSocket.orElseThrow(), Optional.empty(), restTimeout, cors, tensorContent, metricsPath);
    }
}
