package dev.nereid.server.config;

import static dev.nereid.server.cli.Flag.active;
import static dev.nereid.server.cli.Flag.inert;
import static dev.nereid.server.cli.FlagKind.BOOLEAN;
import static dev.nereid.server.cli.FlagKind.INTEGER;
import static dev.nereid.server.cli.FlagKind.TEXT;

import dev.nereid.server.cli.FlagGroup;
import java.util.List;

/** Flags of the platforms that Triton has fronts of their own for. */
final class PlatformFlags {
    private static final FlagGroup VERTEX_AI = FlagGroup.of(
            "Vertex AI",
            active(
                    "allow-vertex-ai",
                    BOOLEAN,
                    "Serve Vertex AI, on the paths in AIP_PREDICT_ROUTE and AIP_HEALTH_ROUTE. Default: true where "
                            + "AIP_MODE is PREDICTION, and then HTTP and gRPC are not served unless asked for; false "
                            + "otherwise."),
            active("vertex-ai-port", INTEGER, "Port; 0 takes a free one. Default: AIP_HTTP_PORT, or 8080."),
            inert(
                    "vertex-ai-thread-count",
                    INTEGER,
                    "Threads for Vertex AI; each request has a virtual thread of its own here."),
            active(
                    "vertex-ai-default-model",
                    TEXT,
                    "Model of predictions that name none. Default: the only model that there is."));

    private static final FlagGroup SAGEMAKER = FlagGroup.of(
            "SageMaker",
            active(
                    "allow-sagemaker",
                    BOOLEAN,
                    "Serve SageMaker: /ping and /invocations, and below /models the models that it brings itself. "
                            + "Default: false."),
            active("sagemaker-port", INTEGER, "Port; 0 takes a free one. Default: 8080."),
            active(
                    "sagemaker-safe-port-range",
                    TEXT,
                    "<first>-<last>: ports that the other fronts at the same address must be on."),
            inert(
                    "sagemaker-thread-count",
                    INTEGER,
                    "Threads for SageMaker; each request has a virtual thread of its own here."));

    private static final FlagGroup TENSORFLOW = FlagGroup.of(
            "TensorFlow Serving",
            active(
                    "tensorflow-rest-port",
                    INTEGER,
                    "Serve TensorFlow Serving's REST API at this port, usually 8501; 0 takes a free one. Default: not "
                            + "served. Not one of Triton's flags."),
            active(
                    "tensorflow-grpc-port",
                    INTEGER,
                    "Serve TensorFlow Serving's gRPC services at this port, usually 8500; 0 takes a free one. Default: not "
                            + "served. Not one of Triton's flags."),
            active(
                    "tensorflow-grpc-socket",
                    TEXT,
                    "Serve TensorFlow Serving's gRPC services on a Unix domain socket, the file of this path. Default: not "
                            + "served. Not one of Triton's flags."));

    private PlatformFlags() {}

    static List<FlagGroup> all() {
        return List.of(VERTEX_AI, SAGEMAKER, TENSORFLOW);
    }
}
