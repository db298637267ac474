package dev.nereid.server.http;

/** The content types of answers. Triton is not consistent about them, and clients were written against it. */
public enum ContentType {
    JSON("application/json"),
    /** Also for some JSON bodies: what Triton's HTTP library says where Triton says nothing. */
    PLAIN("text/plain"),
    METRICS("text/plain; charset=utf-8"),
    /** Metrics as Prometheus' own libraries say it. */
    PROMETHEUS("text/plain; version=0.0.4; charset=utf-8"),
    BINARY("application/octet-stream"),
    HTML("text/html; charset=ISO-8859-1"),
    EVENTS("text/event-stream; charset=utf-8");

    private final String value;

    ContentType(String value) {
        this.value = value;
    }

    /** The header's value. */
    String value() {
        return value;
    }
}
