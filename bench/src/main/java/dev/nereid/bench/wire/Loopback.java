package dev.nereid.bench.wire;

import dev.nereid.bench.ScratchRepository;
import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc;
import dev.nereid.proto.inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ServerLiveRequest;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.backend.builtin.IdentityBackend;
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

    private final Server server;
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

    /** The fronts and the model behind them. */
    private record Server(
            ScratchRepository folder, SlabPool memory, ModelRepository repository, HttpFront http, GrpcFront grpc)
            implements AutoCloseable {
        static Server start() throws IOException {
            ScratchRepository folder = new ScratchRepository();
            folder.add(WirePayloads.MODEL, WirePayloads.CONFIG);
            SlabPool memory = new SlabPool(RETAINED_BYTES);
            ModelRepository repository = ModelRepository.start(
                    RepositoryConfig.of(folder.path()), new Backends(List.of(new IdentityBackend())));
            repository.startup().join();
            return new Server(
                    folder,
                    memory,
                    repository,
                    HttpFront.start(HttpConfig.of(ADDRESS, 0, "loopback"), repository, memory),
                    GrpcFront.start(new GrpcConfig(ADDRESS, 0, "loopback"), repository, memory));
        }

        @Override
        public void close() throws IOException {
            http.stop(PATIENCE);
            grpc.stop(PATIENCE);
            repository.close(PATIENCE);
            memory.close();
            folder.close();
        }
    }

    private Loopback(Server server, Client client) {
        this.server = server;
        this.client = client;
    }

    /**
     * Starts both.
     *
     * @param request which is sent: live, json-small, binary-small, json-1mb, binary-600kb, grpc-live or grpc-small
     */
    public static Loopback start(String request) throws IOException {
        Server server = Server.start();
        try {
            Loopback started = new Loopback(server, client(request, server));
            started.exchange();
            return started;
        } catch (IOException | RuntimeException e) {
            server.close();
            throw e;
        }
    }

    private static Client client(String request, Server server) throws IOException {
        return switch (request) {
            case "live" -> raw(server, "GET /v2/health/live HTTP/1.1\r\nHost: loopback\r\n\r\n", new byte[0]);
            case "json-small" -> raw(server, WirePayloads.json(request, SMALL));
            case "binary-small" -> raw(server, WirePayloads.binary(request, SMALL));
            case "json-1mb" -> raw(server, WirePayloads.json(request, MEGABYTE_OF_JSON));
            case "binary-600kb" -> raw(server, WirePayloads.binary(request, KILOBYTES_600));
            case "grpc-live" ->
                new GrpcClient(server.grpc().port()) {
                    @Override
                    public int exchange() {
                        return stub.serverLive(ServerLiveRequest.getDefaultInstance())
                                .getSerializedSize();
                    }
                };
            case "grpc-small" ->
                new GrpcClient(server.grpc().port()) {
                    private final ModelInferRequest message = WirePayloads.message(SMALL);

                    @Override
                    public int exchange() {
                        return stub.modelInfer(message).getRawOutputContents(0).size();
                    }
                };
            default -> throw new IllegalArgumentException("there is no request '" + request + "'");
        };
    }

    private static Client raw(Server server, WirePayload payload) throws IOException {
        StringBuilder head = new StringBuilder("POST " + payload.protocol().path() + " HTTP/1.1\r\nHost: loopback\r\n");
        payload.headers().forEach(header -> head.append(header).append("\r\n"));
        head.append("Content-Length: ").append(payload.body().length).append("\r\n\r\n");
        return raw(server, head.toString(), payload.body());
    }

    private static Client raw(Server server, String head, byte[] body) throws IOException {
        byte[] start = head.getBytes(StandardCharsets.US_ASCII);
        byte[] request = new byte[start.length + body.length];
        System.arraycopy(start, 0, request, 0, start.length);
        System.arraycopy(body, 0, request, start.length, body.length);
        RawExchange exchange = new RawExchange(server.http().port(), request);
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
        server.close();
    }
}
