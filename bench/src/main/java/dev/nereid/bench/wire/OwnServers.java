package dev.nereid.bench.wire;

import dev.nereid.bench.ScratchRepository;
import dev.nereid.bench.startup.ServerProcess;
import dev.nereid.bench.wire.WirePayload.Protocol;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The servers of this checkout that are measured: one with the protocols of KServe and TensorFlow Serving, and one as TorchServe. */
final class OwnServers implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final ScratchRepository repository;
    private final ScratchRepository store;
    private final ServerProcess server;
    private final ServerProcess torchServe;
    private final List<Place> places;

    private OwnServers(
            ScratchRepository repository,
            ScratchRepository store,
            ServerProcess server,
            ServerProcess torchServe,
            List<Place> places) {
        this.repository = repository;
        this.store = store;
        this.server = server;
        this.torchServe = torchServe;
        this.places = places;
    }

    /**
     * Starts them with the models that the payloads are for, and returns when these are ready.
     *
     * @throws IOException if a server does not start in time
     */
    static OwnServers start(Path launcher, Duration patience) throws IOException {
        ScratchRepository repository = new ScratchRepository();
        ScratchRepository store = new ScratchRepository();
        repository.add(WirePayloads.MODEL, WirePayloads.CONFIG);
        repository.add(WirePayloads.ONNX_MODEL, WirePayloads.ONNX_CONFIG);
        Files.write(
                repository.path().resolve(WirePayloads.ONNX_MODEL).resolve("1").resolve("model.onnx"),
                WirePayloads.onnx());
        Path archive = store.path().resolve(WirePayloads.ONNX_MODEL);
        Files.createDirectories(archive.resolve("MAR-INF"));
        Files.writeString(archive.resolve("MAR-INF").resolve("MANIFEST.json"), WirePayloads.MANIFEST);
        Files.write(archive.resolve("model.onnx"), WirePayloads.onnx());
        List<Integer> ports = ServerProcess.freePorts(2);
        int rest = ports.get(0);
        int grpc = ports.get(1);
        ServerProcess server = new ServerProcess(
                launcher, repository.path(), "--tensorflow-rest-port=" + rest, "--tensorflow-grpc-port=" + grpc);
        ServerProcess torchServe = ServerProcess.torchServe(launcher, store.path(), WirePayloads.ONNX_MODEL);
        OwnServers started = new OwnServers(
                repository,
                store,
                server,
                torchServe,
                List.of(
                        new Place(
                                server.pid(),
                                Map.of(
                                        Protocol.HTTP, local(server.port()),
                                        Protocol.GRPC, local(server.grpcPort()),
                                        Protocol.ONNX_HTTP, local(server.port()),
                                        Protocol.ONNX_GRPC, local(server.grpcPort()),
                                        Protocol.TENSORFLOW_REST, local(rest),
                                        Protocol.TENSORFLOW_GRPC, local(grpc))),
                        new Place(
                                torchServe.pid(),
                                Map.of(
                                        Protocol.TORCHSERVE_REST, local(torchServe.port()),
                                        Protocol.TORCHSERVE_GRPC, local(torchServe.grpcPort())))));
        try {
            server.awaitReady(patience);
            torchServe.await("/ping", PAUSE, patience);
            return started;
        } catch (IOException | RuntimeException e) {
            started.close();
            throw e;
        }
    }

    private static String local(int port) {
        return "127.0.0.1:" + port;
    }

    List<Place> places() {
        return places;
    }

    /** Ends both servers and deletes what they were given. */
    @Override
    public void close() throws IOException {
        try (repository;
                store;
                server;
                torchServe) {
            // In reverse order.
        }
    }
}
