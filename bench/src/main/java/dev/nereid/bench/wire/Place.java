package dev.nereid.bench.wire;

/**
 * A server on this machine.
 *
 * @param pid of its process
 * @param http host and port
 * @param grpc host and port
 */
record Place(long pid, String http, String grpc) {
    String of(WirePayload.Protocol protocol) {
        return switch (protocol) {
            case HTTP -> http;
            case GRPC -> grpc;
        };
    }
}
