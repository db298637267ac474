package dev.nereid.server.repository;

import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.backend.builtin.IdentityBackend;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Writes model folders and starts repositories over them. */
final class TestRepository {
    /** A config for the identity backend, without a name. */
    static final String IDENTITY = """
            backend: "identity"
            max_batch_size: 8
            input [ { name: "INPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
            output [ { name: "OUTPUT0" data_type: TYPE_FP32 dims: [ -1 ] } ]
            instance_group [ { kind: KIND_CPU count: 1 } ]
            """;

    private TestRepository() {}

    /** Writes a model with one or several empty versions. */
    static Path write(Path root, String name, String config, int... versions) {
        try {
            Path folder = Files.createDirectories(root.resolve(name));
            for (int version : versions) {
                Files.createDirectories(folder.resolve(Integer.toString(version)));
            }
            return Files.writeString(folder.resolve("config.pbtxt"), config);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static RepositoryConfig config(ControlMode mode, Path... roots) {
        return RepositoryConfig.of(roots).withMode(mode, mode == ControlMode.EXPLICIT ? List.of("*") : List.of());
    }

    /** Starts and waits until every start-up model has been tried. */
    static ModelRepository start(RepositoryConfig config, Backend... others) {
        List<Backend> backends = new java.util.ArrayList<>(List.of(others));
        backends.add(new IdentityBackend());
        ModelRepository repository = ModelRepository.start(config, new Backends(backends));
        repository.startup().orTimeout(30, TimeUnit.SECONDS).join();
        return repository;
    }

    static void close(ModelRepository repository) {
        if (!repository.close(Duration.ofSeconds(30))) {
            throw new IllegalStateException("the repository did not close");
        }
    }

    /** A request of one FP32 tensor [1, 2]. */
    static InferRequest request(String model, String version) {
        return request(model, version, 1);
    }

    /** A request of one FP32 tensor [batchSize, 2]. */
    static InferRequest request(String model, String version, long batchSize) {
        Tensor tensor =
                Tensor.of(DataType.FP32, Shape.of(batchSize, 2), Arena.ofAuto().allocate(8 * batchSize));
        return new InferRequest(
                InferRequest.Header.of(model, version, "id"),
                List.of(new InputTensor("INPUT0", tensor)),
                List.of(),
                List.of(),
                System.nanoTime());
    }

    /** Gives a model a request; the response is for the caller to close. */
    static CompletableFuture<InferResponse> infer(Model model) {
        return infer(model, request(model.name(), ""));
    }

    static CompletableFuture<InferResponse> infer(Model model, InferRequest request) {
        CompletableFuture<InferResponse> answer = new CompletableFuture<>();
        model.infer(request, new ResponseSink() {
            @Override
            public void respond(InferResponse response, boolean last) {
                answer.complete(response);
            }

            @Override
            public void fail(InferException error) {
                answer.completeExceptionally(error);
            }

            @Override
            public void end() {
                answer.completeExceptionally(new IllegalStateException("no response"));
            }
        });
        return answer.orTimeout(30, TimeUnit.SECONDS);
    }
}
