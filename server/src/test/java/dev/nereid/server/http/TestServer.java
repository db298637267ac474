package dev.nereid.server.http;

import dev.nereid.memory.MemoryBudget;
import dev.nereid.memory.SlabPool;
import dev.nereid.server.ModelFolders;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.backend.builtin.IdentityBackend;
import dev.nereid.server.extension.Extensions;
import dev.nereid.server.protocol.RequestBudget;
import dev.nereid.server.repository.ControlMode;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.RepositoryConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An HTTP front on a free loopback port over a repository, of identity models unless told otherwise. */
final class TestServer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final SlabPool memory;
    private final ModelRepository repository;
    private final HttpFront front;

    private TestServer(Path root, HttpConfig config, List<Backend> backends) {
        this(root, config, backends, Extensions.none());
    }

    private TestServer(Path root, HttpConfig config, List<Backend> backends, Extensions extensions) {
        this(root, config, backends, extensions, MemoryBudget.unlimited());
    }

    private TestServer(
            Path root, HttpConfig config, List<Backend> backends, Extensions extensions, MemoryBudget budget) {
        memory = new SlabPool(1 << 20, budget);
        repository = ModelRepository.start(
                RepositoryConfig.of(root).withMode(ControlMode.EXPLICIT, List.of("*")), new Backends(backends));
        repository.startup().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
        front = HttpFront.start(config, repository, memory, extensions);
    }

    static TestServer start(Path root) {
        return start(root, HttpConfig.of("127.0.0.1", 0, "triton"));
    }

    static TestServer start(Path root, List<Backend> backends) {
        return new TestServer(root, HttpConfig.of("127.0.0.1", 0, "triton"), backends);
    }

    static TestServer start(Path root, List<Backend> backends, Extensions extensions) {
        return new TestServer(root, HttpConfig.of("127.0.0.1", 0, "triton"), backends, extensions);
    }

    /** A server whose requests may have that much of the heap, and that much native memory. */
    static TestServer start(Path root, RequestBudget heap, MemoryBudget budget) {
        return new TestServer(
                root,
                HttpConfig.of("127.0.0.1", 0, "triton"),
                List.of(new IdentityBackend()),
                Extensions.none().withRequests(heap),
                budget);
    }

    static TestServer start(Path root, HttpConfig config, List<Backend> backends) {
        return new TestServer(root, config, backends);
    }

    static TestServer start(Path root, HttpConfig config) {
        return new TestServer(root, config, List.of(new IdentityBackend()));
    }

    /** Writes a model of the identity backend with one input and output of that type; batches of up to 8. */
    static void writeIdentity(Path root, String name, String type) {
        write(root, name, """
                backend: "identity"
                max_batch_size: 8
                input [ { name: "INPUT0" data_type: TYPE_%s dims: [ -1 ] } ]
                output [ { name: "OUTPUT0" data_type: TYPE_%s dims: [ -1 ] } ]
                """.formatted(type, type));
    }

    /** Writes a model with one empty version. */
    static void write(Path root, String name, String config) {
        ModelFolders.write(root, name, config);
    }

    int port() {
        return front.port();
    }

    ModelRepository repository() {
        return repository;
    }

    HttpFront front() {
        return front;
    }

    /** Bytes of requests that were not given back. */
    long usedBytes() {
        return memory.usedBytes();
    }

    RawClient connect() {
        return new RawClient(port());
    }

    @Override
    public void close() {
        front.stop(PATIENCE);
        repository.close(PATIENCE);
        memory.close();
    }
}
