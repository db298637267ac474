package dev.nereid.bench.perf;

import dev.nereid.bench.perf.client.GrpcChannels;
import dev.nereid.bench.perf.client.GrpcEncoder;
import dev.nereid.bench.perf.client.GrpcStreamTransport;
import dev.nereid.bench.perf.client.GrpcTransport;
import dev.nereid.bench.perf.client.HttpEncoder;
import dev.nereid.bench.perf.client.HttpTarget;
import dev.nereid.bench.perf.client.HttpTransport;
import dev.nereid.bench.perf.client.Transport;
import dev.nereid.bench.perf.model.Endpoint;
import dev.nereid.bench.perf.model.GrpcServerApi;
import dev.nereid.bench.perf.model.HttpServerApi;
import dev.nereid.bench.perf.model.ModelContract;
import dev.nereid.bench.perf.model.ServerApi;
import io.grpc.CallOptions;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The server and the model that a load goes to, with the connections to them. */
final class Target implements AutoCloseable {
    private static final int HTTP_PORT = 8000;
    private static final int GRPC_PORT = 8001;

    private final ServerApi api;
    private final ModelContract model;
    private final Transport transport;

    private Target(ServerApi api, ModelContract model, Transport transport) {
        this.api = api;
        this.model = model;
        this.transport = transport;
    }

    /** Connects as the flags say. */
    static Target open(PerfOptions options) throws IOException {
        int port = options.isGrpc() ? GRPC_PORT : HTTP_PORT;
        String url = options.url.isEmpty() ? "localhost:" + port : options.url;
        Endpoint endpoint = Endpoint.parse(url, port, headers(options), Optional.empty());
        int threads = Math.min(options.maxThreads, Runtime.getRuntime().availableProcessors());
        return options.isGrpc() ? grpc(options, endpoint, threads) : http(options, endpoint, threads);
    }

    private static Target http(PerfOptions options, Endpoint endpoint, int threads) throws IOException {
        ServerApi api = new HttpServerApi(endpoint);
        ModelContract model = api.contract(options.model, options.version);
        HttpEncoder encoder =
                new HttpEncoder(options.inputFormat.equals("binary"), options.outputFormat.equals("binary"));
        HttpTarget target = new HttpTarget(endpoint, options.model, options.version, encoder);
        return new Target(api, model, new HttpTransport(target, threads));
    }

    private static Target grpc(PerfOptions options, Endpoint endpoint, int threads) {
        GrpcChannels channels = new GrpcChannels(endpoint, Optional.empty(), threads);
        ServerApi api = new GrpcServerApi(channels.first());
        ModelContract model = api.contract(options.model, options.version);
        CallOptions calls = options.compression.equals("none")
                ? CallOptions.DEFAULT
                : CallOptions.DEFAULT.withCompression(options.compression);
        GrpcEncoder encoder = new GrpcEncoder(options.model, options.version);
        Transport transport = options.streaming
                ? new GrpcStreamTransport(encoder, channels, calls, model.decoupled())
                : new GrpcTransport(encoder, channels, calls);
        return new Target(api, model, transport);
    }

    private static Map<String, String> headers(PerfOptions options) {
        Map<String, String> headers = new LinkedHashMap<>();
        for (String header : options.headers) {
            int colon = header.indexOf(':');
            if (colon < 1) {
                throw new IllegalArgumentException("-H: expected 'Name: value', got '" + header + "'");
            }
            headers.put(
                    header.substring(0, colon).trim(),
                    header.substring(colon + 1).trim());
        }
        return headers;
    }

    ServerApi api() {
        return api;
    }

    ModelContract model() {
        return model;
    }

    Transport transport() {
        return transport;
    }

    @Override
    public void close() {
        api.close();
        transport.close();
    }
}
