package dev.nereid.bench.reference;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.grpc.GrpcConfig;
import dev.nereid.server.grpc.GrpcFront;
import dev.nereid.server.http.HttpConfig;
import dev.nereid.server.http.HttpFront;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.RepositoryConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** ONNX Runtime behind Nereid's fronts. */
final class ReferenceServer implements AutoCloseable {
    private static final String NAME = "nereid-reference";
    private static final long RETAINED_REQUEST_BYTES = 256L << 20;
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final OrtBackend backend = new OrtBackend();
    private final SlabPool memory = new SlabPool(RETAINED_REQUEST_BYTES);
    private final ModelRepository repository;
    private final HttpFront http;
    private final GrpcFront grpc;

    /**
     * Starts; models load meanwhile. A port of 0 means any free one.
     *
     * @throws IllegalArgumentException if the repository cannot be read
     */
    ReferenceServer(Path root, String address, int httpPort, int grpcPort) {
        this.repository = ModelRepository.start(RepositoryConfig.of(root), new Backends(List.of(backend)));
        this.http = HttpFront.start(HttpConfig.of(address, httpPort, NAME), repository, memory);
        this.grpc = GrpcFront.start(new GrpcConfig(address, grpcPort, NAME), repository, memory);
    }

    int httpPort() {
        return http.port();
    }

    int grpcPort() {
        return grpc.port();
    }

    /** Waits until every model has been tried. One sentence for each that could not be loaded. */
    List<String> failures() {
        return repository.startup().join();
    }

    @Override
    public void close() {
        http.stop(PATIENCE);
        grpc.stop(PATIENCE);
        repository.close(PATIENCE);
        memory.close();
        backend.close();
    }
}
