package dev.nereid.server;

/** The ways into the server, with the flag that chooses the port of each. */
enum Front {
    HTTP("HTTP", "HTTP", "--http-port"),
    GRPC("GRPC", "GRPC", "--grpc-port"),
    METRICS("metrics", "Metrics", "--metrics-port"),
    /** The calls of HTTP behind the two paths that Vertex AI knows. */
    VERTEX_AI("Vertex AI", "Vertex AI", "--vertex-ai-port");

    private final String title;
    private final String service;
    private final String portFlag;

    Front(String title, String service, String portFlag) {
        this.title = title;
        this.service = service;
        this.portFlag = portFlag;
    }

    String title() {
        return title;
    }

    /** What Triton's log calls it. */
    String service() {
        return service;
    }

    String portFlag() {
        return portFlag;
    }
}
