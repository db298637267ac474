package dev.nereid.server.config;

/** The ways into the server, with the flag that chooses the port of each. */
public enum Front {
    HTTP("HTTP", "HTTP", "http-port"),
    GRPC("GRPC", "GRPC", "grpc-port"),
    METRICS("metrics", "Metrics", "metrics-port"),
    /** A model behind two paths, or many that SageMaker brings. */
    SAGEMAKER("SageMaker", "Sagemaker", "sagemaker-port"),
    /** The calls of HTTP behind the two paths that Vertex AI knows. */
    VERTEX_AI("Vertex AI", "Vertex AI", "vertex-ai-port"),
    /** TensorFlow Serving's HTTP API. */
    TENSORFLOW_REST("TensorFlow REST", "TensorFlow REST", "tensorflow-rest-port"),
    /** TensorFlow Serving's gRPC services. */
    TENSORFLOW_GRPC("TensorFlow gRPC", "TensorFlow gRPC", "tensorflow-grpc-port"),
    /** The same services on a socket of the file system. */
    TENSORFLOW_GRPC_SOCKET("TensorFlow gRPC socket", "TensorFlow gRPC socket", "tensorflow-grpc-socket"),
    /** TorchServe's REST APIs, each at an address of its own, or several at one. */
    TORCHSERVE_INFERENCE("TorchServe inference", "TorchServe inference", "ts-config: inference_address"),
    TORCHSERVE_MANAGEMENT("TorchServe management", "TorchServe management", "ts-config: management_address"),
    TORCHSERVE_METRICS("TorchServe metrics", "TorchServe metrics", "ts-config: metrics_address"),
    /** TorchServe's gRPC services, as its REST APIs. */
    TORCHSERVE_GRPC("TorchServe gRPC", "TorchServe gRPC", "ts-config: grpc_inference_port"),
    TORCHSERVE_GRPC_MANAGEMENT(
            "TorchServe gRPC management", "TorchServe gRPC management", "ts-config: grpc_management_port");

    private final String title;
    private final String service;
    private final String portFlag;

    Front(String title, String service, String portFlag) {
        this.title = title;
        this.service = service;
        this.portFlag = portFlag;
    }

    public String title() {
        return title;
    }

    /** Whether requests of inference come over HTTP there. */
    public boolean isHttp() {
        return switch (this) {
            case HTTP, SAGEMAKER, VERTEX_AI, TENSORFLOW_REST, TORCHSERVE_INFERENCE -> true;
            case GRPC,
                    METRICS,
                    TENSORFLOW_GRPC,
                    TENSORFLOW_GRPC_SOCKET,
                    TORCHSERVE_MANAGEMENT,
                    TORCHSERVE_METRICS,
                    TORCHSERVE_GRPC,
                    TORCHSERVE_GRPC_MANAGEMENT -> false;
        };
    }

    /** Whether requests of inference come there. */
    public boolean infers() {
        return this != METRICS && this != TORCHSERVE_METRICS && this != TORCHSERVE_MANAGEMENT;
    }

    /** What Triton's log calls it. */
    public String service() {
        return service;
    }

    /** Without the dashes. */
    public String portFlag() {
        return portFlag;
    }

    /** The flag that says where it listens, without the dashes. */
    public String addressFlag() {
        return switch (this) {
            case HTTP, METRICS, SAGEMAKER, VERTEX_AI, TENSORFLOW_REST -> "http-address";
            case GRPC, TENSORFLOW_GRPC -> "grpc-address";
            case TENSORFLOW_GRPC_SOCKET,
                    TORCHSERVE_INFERENCE,
                    TORCHSERVE_MANAGEMENT,
                    TORCHSERVE_METRICS,
                    TORCHSERVE_GRPC,
                    TORCHSERVE_GRPC_MANAGEMENT -> portFlag;
        };
    }
}
