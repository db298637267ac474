package dev.nereid.server.grpc;

import dev.nereid.proto.inference.InferTensorContents;
import dev.nereid.proto.inference.ModelInferRequest;
import dev.nereid.proto.inference.ModelInferRequest.InferInputTensor;
import dev.nereid.server.ModelFolders;
import dev.nereid.server.backend.Backends;
import dev.nereid.server.backend.builtin.IdentityBackend;
import dev.nereid.server.repository.ModelRepository;
import dev.nereid.server.repository.RepositoryConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Models that answer what they get: one for each datatype, and a slow one. */
final class IdentityModels {
    /** The datatypes that a request can carry, as the protocol names them. */
    static final List<String> DATATYPES = List.of(
            "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FP16", "BF16", "FP32",
            "FP64", "BYTES");

    static final String SLOW = "slow";
    /** Ten times as slow, with the dynamic batcher. */
    static final String QUEUED = "queued";

    static final int SLOW_MILLIS = 300;

    private IdentityModels() {}

    /** Writes the models and starts a repository with all of them. */
    static ModelRepository start(Path root) throws IOException {
        for (String datatype : DATATYPES) {
            write(root, name(datatype), 8, datatype, "-1", 0);
            write(root, unbatched(datatype), 0, datatype, "-1, -1", 0);
        }
        write(root, SLOW, 8, "INT32", "-1", SLOW_MILLIS);
        write(root, QUEUED, 1, "INT32", "-1", 10 * SLOW_MILLIS);
        Path queued = root.resolve(QUEUED).resolve("config.pbtxt");
        Files.writeString(queued, Files.readString(queued) + "dynamic_batching { }\n");
        ModelRepository repository =
                ModelRepository.start(RepositoryConfig.of(root), new Backends(List.of(new IdentityBackend())));
        repository.startup().orTimeout(30, TimeUnit.SECONDS).join();
        return repository;
    }

    /** The model [-1, -1] of a datatype, with batches up to 8. */
    static String name(String datatype) {
        return "batched_" + datatype;
    }

    /** The model [-1, -1] of a datatype, without batches. */
    static String unbatched(String datatype) {
        return "unbatched_" + datatype;
    }

    private static void write(Path root, String name, int maxBatchSize, String datatype, String dims, int delayMillis) {
        String type = datatype.equals("BYTES") ? "STRING" : datatype;
        ModelFolders.write(root, name, """
            backend: "identity"
            max_batch_size: %d
            input [ { name: "INPUT0" data_type: TYPE_%s dims: [ %s ] } ]
            output [ { name: "OUTPUT0" data_type: TYPE_%s dims: [ %s ] } ]
            instance_group [ { kind: KIND_CPU count: 1 } ]
            parameters [ { key: "execute_delay_ms" value: { string_value: "%d" } } ]
            """.formatted(maxBatchSize, type, dims, type, dims, delayMillis));
    }

    /** A request for one input of any shape, without data. */
    static ModelInferRequest.Builder request(String model, String datatype, long... shape) {
        InferInputTensor.Builder input =
                InferInputTensor.newBuilder().setName("INPUT0").setDatatype(datatype);
        for (long dim : shape) {
            input.addShape(dim);
        }
        return ModelInferRequest.newBuilder().setModelName(model).addInputs(input);
    }

    /** A request [1, n] of INT32. */
    static ModelInferRequest numbers(String model, String id, Integer... numbers) {
        ModelInferRequest.Builder request =
                request(model, "INT32", 1, numbers.length).setId(id);
        request.getInputsBuilder(0).setContents(InferTensorContents.newBuilder().addAllIntContents(List.of(numbers)));
        return request.build();
    }
}
