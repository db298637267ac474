package dev.nereid.perf;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Which server a load goes to, how it is spoken to, and which of its models.
 *
 * @param url empty for this machine and the usual port
 * @param protocol {@code http} or {@code grpc}
 * @param kind by the names of {@code --service-kind}
 * @param version empty for the server's choice
 */
record ServerChoice(String url, String protocol, String kind, String model, String version) {
    private static final int HTTP_PORT = 8000;
    private static final int GRPC_PORT = 8001;
    private static final int TENSORFLOW_GRPC_PORT = 8500;
    private static final int TENSORFLOW_HTTP_PORT = 8501;

    /** A choice whose protocol is named in capitals or not. */
    ServerChoice {
        protocol = protocol.toLowerCase(Locale.ROOT);
    }

    boolean isGrpc() {
        return protocol.equals("grpc");
    }

    int defaultPort() {
        if (kind.equals("tfserving")) {
            return isGrpc() ? TENSORFLOW_GRPC_PORT : TENSORFLOW_HTTP_PORT;
        }
        return isGrpc() ? GRPC_PORT : HTTP_PORT;
    }

    /** The server's address, with the usual one where none was given. */
    String address() {
        return url.isEmpty() ? "localhost:" + defaultPort() : url;
    }

    /**
     * What tells this choice from another: the first that differs of address, protocol, kind, model and version.
     *
     * @param otherwise the name where nothing differs
     */
    String nameBeside(ServerChoice other, String otherwise) {
        List<String> here = parts();
        List<String> there = other.parts();
        return IntStream.range(0, here.size())
                .filter(i -> !here.get(i).equals(there.get(i)))
                .mapToObj(here::get)
                .findFirst()
                .orElse(otherwise);
    }

    private List<String> parts() {
        return List.of(
                address().replaceFirst("^https?://", ""),
                protocol,
                kind,
                model,
                version.isEmpty() ? "latest version" : "version " + version);
    }

    void check(String protocolFlag, String kindFlag) {
        Checks.oneOf(protocolFlag, protocol, "http", "grpc");
        Checks.refuseIf(
                kind.equals("triton_c_api"),
                kindFlag + ": triton_c_api loads Triton into the process, which a program in Java does not");
        Checks.refuseIf(
                kind.equals("dynamic_grpc"),
                kindFlag + ": dynamic_grpc, with --grpc-method and --proto, is not there; give triton, tfserving,"
                        + " torchserve or openai");
        Checks.oneOf(kindFlag, kind, "triton", "tfserving", "torchserve", "openai");
        Checks.refuseIf(
                isGrpc() && !List.of("triton", "tfserving").contains(kind),
                protocolFlag + ": " + kind + " is asked over its REST interface, so expected http, got grpc");
    }
}
