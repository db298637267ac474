package dev.nereid.server;

/** The ways into the server, with the flag that chooses the port of each. */
enum Front {
    HTTP("HTTP", "--http-port"),
    GRPC("gRPC", "--grpc-port"),
    METRICS("metrics", "--metrics-port");

    private final String title;
    private final String portFlag;

    Front(String title, String portFlag) {
        this.title = title;
        this.portFlag = portFlag;
    }

    String title() {
        return title;
    }

    String portFlag() {
        return portFlag;
    }
}
