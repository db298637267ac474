package dev.nereid.server.config;

/** The ways into the server, with the flag that chooses the port of each. */
public enum Front {
    HTTP("HTTP", "HTTP", "http-port"),
    GRPC("GRPC", "GRPC", "grpc-port"),
    METRICS("metrics", "Metrics", "metrics-port"),
    /** A model behind two paths, or many that SageMaker brings. */
    SAGEMAKER("SageMaker", "Sagemaker", "sagemaker-port"),
    /** The calls of HTTP behind the two paths that Vertex AI knows. */
    VERTEX_AI("Vertex AI", "Vertex AI", "vertex-ai-port");

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
            case HTTP, SAGEMAKER, VERTEX_AI -> true;
            case GRPC, METRICS -> false;
        };
    }

    /** Whether requests of inference come there. */
    public boolean infers() {
        return isHttp() || this == GRPC;
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
            case HTTP, METRICS, SAGEMAKER, VERTEX_AI -> "http-address";
            case GRPC -> "grpc-address";
        };
    }
}
