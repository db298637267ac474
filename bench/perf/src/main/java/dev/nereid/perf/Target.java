package dev.nereid.perf;

import dev.nereid.perf.client.GrpcChannels;
import dev.nereid.perf.client.GrpcEncoder;
import dev.nereid.perf.client.GrpcFormat;
import dev.nereid.perf.client.GrpcStreamTransport;
import dev.nereid.perf.client.GrpcTransport;
import dev.nereid.perf.client.HttpFormat;
import dev.nereid.perf.client.HttpTarget;
import dev.nereid.perf.client.HttpTransport;
import dev.nereid.perf.client.KserveFormat;
import dev.nereid.perf.client.OpenAiFormat;
import dev.nereid.perf.client.TfServingFormat;
import dev.nereid.perf.client.TfServingGrpcFormat;
import dev.nereid.perf.client.TorchServeFormat;
import dev.nereid.perf.client.Transport;
import dev.nereid.perf.model.Endpoint;
import dev.nereid.perf.model.GrpcServerApi;
import dev.nereid.perf.model.HttpServerApi;
import dev.nereid.perf.model.ModelContract;
import dev.nereid.perf.model.ServerApi;
import dev.nereid.perf.model.ServerException;
import dev.nereid.perf.model.TfServingApi;
import dev.nereid.perf.model.TfServingGrpcApi;
import dev.nereid.perf.model.UndescribedApi;
import io.grpc.CallOptions;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** The server and the model that a load goes to, with the connections to them. */
final class Target implements AutoCloseable {
    private final ServerChoice choice;
    private final Endpoint endpoint;
    private final ServerApi api;
    private final ModelContract model;
    private final Transport transport;

    private Target(ServerChoice choice, Endpoint endpoint, ServerApi api, ModelContract model, Transport transport) {
        this.choice = choice;
        this.endpoint = endpoint;
        this.api = api;
        this.model = model;
        this.transport = transport;
    }

    /**
     * Connects to one server, everything else being as the flags say.
     *
     * @param keeps whether exchanges keep their answers
     */
    static Target open(PerfOptions options, ServerChoice choice, boolean keeps) throws IOException {
        boolean https = choice.address().startsWith("https://");
        if (https && choice.isGrpc()) {
            throw new IllegalArgumentException("-u: TLS over gRPC is asked for by --ssl-grpc-use-ssl, not by https://");
        }
        Optional<SSLContext> tls = https ? Optional.of(options.tls.https().forHttp()) : Optional.empty();
        Endpoint endpoint = Endpoint.parse(choice.address(), choice.defaultPort(), headers(options), tls);
        int threads = Math.min(options.maxThreads, Runtime.getRuntime().availableProcessors());
        return choice.isGrpc()
                ? grpc(options, choice, endpoint, threads, keeps)
                : http(options, choice, endpoint, threads, keeps);
    }

    private static Target http(PerfOptions options, ServerChoice choice, Endpoint endpoint, int threads, boolean keeps)
            throws IOException {
        ServerApi api = switch (choice.kind()) {
            case "tfserving" -> new TfServingApi(endpoint, options.signature);
            case "torchserve" -> UndescribedApi.torchServe();
            case "openai" -> UndescribedApi.openAi();
            default -> new HttpServerApi(endpoint);
        };
        ModelContract model = contract(
                api,
                choice,
                endpoint,
                new WrongProtocol(choice.address(), false, endpoint.tls().isPresent()),
                api::close);
        HttpFormat format = switch (choice.kind()) {
            case "tfserving" -> new TfServingFormat(model, options.signature);
            case "torchserve" -> new TorchServeFormat(choice.model(), choice.version());
            case "openai" -> new OpenAiFormat("/" + options.endpoint.replaceAll("^/+", ""));
            default ->
                new KserveFormat(
                        choice.model(),
                        choice.version(),
                        options.inputFormat.equals("binary"),
                        options.outputFormat.equals("binary"));
        };
        HttpTransport transport = new HttpTransport(
                new HttpTarget(endpoint, format),
                endpoint.tls().map(context -> () -> engine(context, endpoint)),
                threads,
                keeps);
        return new Target(choice, endpoint, api, model, transport);
    }

    /** Whether the name is looked at is decided where the certificate is trusted. */
    private static SSLEngine engine(SSLContext context, Endpoint endpoint) {
        SSLEngine engine = context.createSSLEngine(endpoint.host(), endpoint.port());
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        engine.setSSLParameters(parameters);
        return engine;
    }

    private static Target grpc(
            PerfOptions options, ServerChoice choice, Endpoint endpoint, int threads, boolean keeps) {
        Optional<SslContext> tls =
                options.tls.grpc ? Optional.of(options.tls.grpc().forGrpc()) : Optional.empty();
        GrpcChannels channels = new GrpcChannels(endpoint, tls, threads);
        boolean tensorFlow = choice.kind().equals("tfserving");
        ServerApi api = tensorFlow
                ? new TfServingGrpcApi(channels.first(), options.signature)
                : new GrpcServerApi(channels.first());
        ModelContract model = contract(
                api, choice, endpoint, new WrongProtocol(choice.address(), true, tls.isPresent()), channels::close);
        CallOptions calls = options.compression.equals("none")
                ? CallOptions.DEFAULT
                : CallOptions.DEFAULT.withCompression(options.compression);
        GrpcEncoder encoder = new GrpcEncoder(choice.model(), choice.version());
        GrpcFormat format =
                tensorFlow ? new TfServingGrpcFormat(choice.model(), choice.version(), options.signature) : encoder;
        Transport transport = options.streaming
                ? new GrpcStreamTransport(encoder, channels, calls, model.decoupled(), keeps)
                : new GrpcTransport(format, channels, calls, keeps);
        return new Target(choice, endpoint, api, model, transport);
    }

    /** The model's contract; where there is none, what was opened is closed again. */
    private static ModelContract contract(
            ServerApi api, ServerChoice choice, Endpoint endpoint, WrongProtocol expected, Runnable close) {
        try {
            expected.checkHost(endpoint);
            return ComposingModels.withSteps(api, api.contract(choice.model(), choice.version()));
        } catch (ServerException e) {
            close.run();
            throw e.isUnread() ? expected.explain(endpoint, e).orElse(e) : e;
        }
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

    /** Changes how the model's requests are traced; without settings nothing is. */
    void trace(Map<String, List<String>> settings) {
        if (!settings.isEmpty()) {
            api.traceSettings(choice.model(), settings);
        }
    }

    ServerChoice choice() {
        return choice;
    }

    Endpoint endpoint() {
        return endpoint;
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
