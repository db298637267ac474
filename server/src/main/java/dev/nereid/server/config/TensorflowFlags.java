package dev.nereid.server.config;

import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.grpc.GrpcConfig;
import dev.nereid.server.http.HttpConfig;
import dev.nereid.server.tensorflow.TensorflowConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** From flags to the fronts of TensorFlow Serving's kind, beside those of Triton's. */
final class TensorflowFlags {
    private static final String REST_PORT = "tensorflow-rest-port";
    private static final String GRPC_PORT = "tensorflow-grpc-port";
    private static final String GRPC_SOCKET = "tensorflow-grpc-socket";
    private static final Duration REST_TIMEOUT = Duration.ofSeconds(30);

    private TensorflowFlags() {}

    static boolean isRestWanted(ParsedFlags flags) {
        return flags.has(REST_PORT);
    }

    static boolean isGrpcWanted(ParsedFlags flags) {
        return flags.has(GRPC_PORT);
    }

    static boolean isGrpcSocketWanted(ParsedFlags flags) {
        return flags.has(GRPC_SOCKET);
    }

    /** Whether any front of this kind is opened. */
    static boolean isWanted(ParsedFlags flags) {
        return isRestWanted(flags) || isGrpcWanted(flags) || isGrpcSocketWanted(flags);
    }

    /**
     * Reads the configuration; empty where no such front is opened.
     *
     * @param http the configuration of HTTP, of which the REST front takes all but the port
     * @param grpc the configuration of gRPC, of which the gRPC front takes all but the port
     */
    static Optional<TensorflowConfig> read(ParsedFlags flags, HttpConfig http, GrpcConfig grpc) {
        if (!isWanted(flags)) {
            return Optional.empty();
        }
        return Optional.of(new TensorflowConfig(
                http.withPort(flags.integer(REST_PORT, 0)),
                grpc.withPort(flags.integer(GRPC_PORT, 0)),
                flags.text(GRPC_SOCKET).map(path -> grpc.withSocketFile(Path.of(path))),
                REST_TIMEOUT,
                false,
                false,
                Optional.empty()));
    }
}
