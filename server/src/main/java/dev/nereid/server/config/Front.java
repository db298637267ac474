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
    TENSORFLOW_GRPC("TensorFlow gRPC", "TensorFlow gRPC", "tensorflow-grpc-port");

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
            case HTTP, SAGEMAKER, VERTEX_AI, TENSORFLOW_REST -> true;
            case GRPC, METRICS, TENSORFLOW_GRPC -> false;
        };
    }

    /** Whether requests of inference come there. */
    public boolean infers() {
        return this != METRICS;
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
        };
    }
}
