package dev.nereid.bench.wire;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ServerLiveRequest;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.backend.IdentityBackend;
import dev.nereid.server.grpc.GrpcConfig;
import dev.nereid.server.grpc.GrpcFront;
import dev.nereid.server.http.HttpConfig;
import dev.nereid.server.http.HttpFront;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.RepositoryConfig;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A server with the identity backend, and one client of it, in this process. Used by one thread. */
public final class Loopback implements AutoCloseable {
    private static final String ADDRESS = "127.0.0.1";
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long RETAINED_BYTES = 64L << 20;
    private static final int SMALL = 16;
    private static final int MEGABYTE_OF_JSON = 90_000;
    private static final int KILOBYTES_600 = 150_000;

    private final Path folder;
    private final SlabPool memory = new SlabPool(RETAINED_BYTES);
    private final ModelRepository repository;
    private final HttpFront http;
    private final GrpcFront grpc;
    private final Client client;

    /** Sends one request after the other. */
    private interface Client extends AutoCloseable {
        /**
         * Sends the request and reads its answer.
         *
         * @return something of the answer, so that nobody can leave it out
         */
        int exchange() throws IOException;

        @Override
        void close() throws IOException;
    }

    private Loopback(String request) throws IOException {
        folder = Files.createTempDirectory("nereid-loopback");
        Path model = folder.resolve(Payloads.MODEL);
        Files.createDirectories(model.resolve("1"));
        Files.writeString(model.resolve("config.pbtxt"), Payloads.CONFIG);
        repository = ModelRepository.start(RepositoryConfig.of(folder), new Backends(List.of(new IdentityBackend())));
        repository.startup().join();
        http = HttpFront.start(HttpConfig.of(ADDRESS, 0, "loopback"), repository, memory);
        grpc = GrpcFront.start(new GrpcConfig(ADDRESS, 0, "loopback"), repository, memory);
        client = client(request);
    }

    /**
     * Starts both.
     *
     * @param request which is sent: live, json-small, binary-small, json-1mb, binary-600kb, grpc-live or grpc-small
     */
    public static Loopback start(String request) throws IOException {
        Loopback started = new Loopback(request);
        started.exchange();
        return started;
    }

    private Client client(String request) throws IOException {
        return switch (request) {
            case "live" -> raw("GET /v2/health/live HTTP/1.1\r\nHost: loopback\r\n\r\n", new byte[0]);
            case "json-small" -> raw(Payloads.json(request, SMALL, 1, 0, 0, 0));
            case "binary-small" -> raw(Payloads.binary(request, SMALL, 1, 0, 0, 0));
            case "json-1mb" -> raw(Payloads.json(request, MEGABYTE_OF_JSON, 1, 0, 0, 0));
            case "binary-600kb" -> raw(Payloads.binary(request, KILOBYTES_600, 1, 0, 0, 0));
            case "grpc-live" ->
                new GrpcClient(grpc.port()) {
                    @Override
                    public int exchange() {
                        return stub.serverLive(ServerLiveRequest.getDefaultInstance())
                                .getSerializedSize();
                    }
                };
            case "grpc-small" ->
                new GrpcClient(grpc.port()) {
                    private final ModelInferRequest message = Payloads.message(SMALL);

                    @Override
                    public int exchange() {
                        return stub.modelInfer(message).getRawOutputContents(0).size();
                    }
                };
            default -> throw new IllegalArgumentException("there is no request '" + request + "'");
        };
    }

    private Client raw(Payload payload) throws IOException {
        StringBuilder head = new StringBuilder("POST " + payload.protocol().path() + " HTTP/1.1\r\nHost: loopback\r\n");
        payload.headers().forEach(header -> head.append(header).append("\r\n"));
        head.append("Content-Length: ").append(payload.body().length).append("\r\n\r\n");
        return raw(head.toString(), payload.body());
    }

    private Client raw(String head, byte[] body) throws IOException {
        byte[] start = head.getBytes(StandardCharsets.US_ASCII);
        byte[] request = new byte[start.length + body.length];
        System.arraycopy(start, 0, request, 0, start.length);
        System.arraycopy(body, 0, request, start.length, body.length);
        RawExchange exchange = new RawExchange(http.port(), request);
        return new Client() {
            @Override
            public int exchange() throws IOException {
                return exchange.run();
            }

            @Override
            public void close() throws IOException {
                exchange.close();
            }
        };
    }

    private abstract static class GrpcClient implements Client {
        private final ManagedChannel channel;
        final GRPCInferenceServiceBlockingStub stub;

        GrpcClient(int port) {
            channel = NettyChannelBuilder.forAddress(ADDRESS, port)
                    .usePlaintext()
                    .directExecutor()
                    .build();
            stub = GRPCInferenceServiceGrpc.newBlockingStub(channel);
        }

        @Override
        public void close() {
            channel.shutdownNow();
        }
    }

    /**
     * Sends the request and reads its answer.
     *
     * @return something of the answer
     * @throws IOException if it is refused
     */
    public int exchange() throws IOException {
        return client.exchange();
    }

    @Override
    public void close() throws IOException {
        client.close();
        http.stop(PATIENCE);
        grpc.stop(PATIENCE);
        repository.close(PATIENCE);
        memory.close();
        for (Path path : List.of(
                folder.resolve(Payloads.MODEL).resolve("config.pbtxt"),
                folder.resolve(Payloads.MODEL).resolve("1"),
                folder.resolve(Payloads.MODEL),
                folder)) {
            Files.delete(path);
        }
    }
}
