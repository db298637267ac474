package dev.nereid.server.torchserve.archive;

import com.google.protobuf.TextFormat;
import dev.nereid.models.LoadedModel.Port;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.ModelSignature;
import dev.nereid.models.graph.Dim;
import dev.nereid.proto.inference.DataType;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelInstanceGroup;
import dev.nereid.proto.inference.ModelOutput;
import dev.nereid.proto.inference.ModelParameter;
import dev.nereid.proto.inference.ModelSequenceBatching;
import dev.nereid.server.backend.ConfigTypes;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.repository.folders.ModelFileKind;
import dev.nereid.server.torchserve.handler.ModelHandler;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** Writes an archive's model as a folder of a model repository: a config and version 1. */
public final class EngineModelFolder {
    /** Instances of one request, which are one batch for the engine, whatever the batch size for several requests. */
    static final int MOST_INSTANCES = 1024;

    /** Handlers whose models take a batch of instances; the others take one at a time. */
    private static final Set<String> BATCHING = Set.of("base_handler", "image_classifier", "image_segmenter");

    private static final Set<String> NOT_OF_MODEL = Set.of("py", "json", "yaml", "yml", "txt", "md", "pt", "pkl");
    private static final long MICROS = 1000;

    private EngineModelFolder() {}

    /**
     * How a model is run.
     *
     * @param batchSize requests that are joined at most; 1 for none
     * @param maxBatchDelayMillis how long a request waits for others
     * @param instances workers, in TorchServe's word
     * @param sequenceIdle how long a sequence may be without requests; empty for a model without state
     */
    public record Settings(int batchSize, long maxBatchDelayMillis, int instances, Optional<Duration> sequenceIdle) {
        public Settings {
            Objects.requireNonNull(sequenceIdle, "sequenceIdle");
            if (batchSize < 1 || maxBatchDelayMillis < 0 || instances < 1) {
                throw InferException.invalid(
                        "expected a batch size and workers from 1 on and a batch delay from 0 on, got " + batchSize
                                + ", " + instances + " and " + maxBatchDelayMillis);
            }
        }

        /** Of a model without state. */
        public Settings(int batchSize, long maxBatchDelayMillis, int instances) {
            this(batchSize, maxBatchDelayMillis, instances, Optional.empty());
        }
    }

    /**
     * Writes the folder.
     *
     * @param folder is made; its name is the model's in the repository
     * @throws InferException if the model cannot be read, or the folder not be written
     */
    public static void write(TorchArchive archive, Path folder, Settings settings) {
        ModelConfig config =
                archive.handler().equals(ModelHandler.JAVA) ? java(archive, settings) : tensors(archive, settings);
        Path version = folder.resolve("1");
        try {
            Files.createDirectories(version);
            link(archive, archive.serialized(), version.resolve(config.getDefaultModelFilename()));
            for (Path file : archive.otherFiles()) {
                String name = String.valueOf(file.getFileName());
                if (!NOT_OF_MODEL.contains(name.substring(name.lastIndexOf('.') + 1))) {
                    Path target =
                            version.resolve(archive.folder().relativize(file).toString());
                    Files.createDirectories(target.getParent());
                    link(archive, file, target);
                }
            }
            Files.writeString(
                    folder.resolve("config.pbtxt"), TextFormat.printer().printToString(config));
        } catch (IOException e) {
            throw new InferException(
                    InferException.Code.INTERNAL, "the model's folder '" + folder + "' cannot be written: " + e, e);
        }
    }

    /** Links what was unpacked, because models are large. Files of a folder in the model store may change: they are copied. */
    private static void link(TorchArchive archive, Path file, Path target) throws IOException {
        if (archive.isUnpacked()) {
            try {
                Files.createLink(target, file);
                return;
            } catch (IOException | UnsupportedOperationException e) {
                // Another file system, or one without links.
            }
        }
        Files.copy(file, target);
    }

    private static ModelConfig tensors(TorchArchive archive, Settings settings) {
        try {
            return tensors(archive, HandlerPorts.signature(archive), settings);
        } catch (ModelFormatException e) {
            throw new InferException(
                    InferException.Code.INVALID_ARG,
                    "'" + archive.manifest().serializedFile() + "' cannot be read: " + e.getMessage(),
                    e);
        }
    }

    private static ModelConfig tensors(TorchArchive archive, ModelSignature signature, Settings settings) {
        boolean batching = BATCHING.contains(archive.handler()) && isBatched(signature);
        ModelFileKind kind = ModelFileKind.of(archive.serialized()).orElseThrow(); // The archive refuses others.
        ModelConfig.Builder config = ModelConfig.newBuilder()
                .setBackend(kind.backend())
                .setDefaultModelFilename("model" + kind.ending())
                .addInstanceGroup(instances(archive.config(), settings));
        for (Port port : signature.inputs()) {
            config.addInput(ModelInput.newBuilder()
                    .setName(port.name())
                    .setDataType(dataType(port))
                    .addAllDims(dims(port, batching)));
        }
        for (Port port : signature.outputs()) {
            config.addOutput(ModelOutput.newBuilder()
                    .setName(port.name())
                    .setDataType(dataType(port))
                    .addAllDims(dims(port, batching)));
        }
        if (settings.sequenceIdle().isPresent()) {
            config.setMaxBatchSize(batching ? settings.batchSize() : 0);
            config.setSequenceBatching(sequences(settings));
        } else if (batching) {
            config.setMaxBatchSize(Math.max(MOST_INSTANCES, settings.batchSize()));
            if (settings.batchSize() > 1) {
                config.getDynamicBatchingBuilder()
                        .addPreferredBatchSize(settings.batchSize())
                        .setMaxQueueDelayMicroseconds(settings.maxBatchDelayMillis() * MICROS);
            }
        }
        return config.build();
    }

    /** Bytes in, bytes out: what the parts of a request and its answer are. */
    private static ModelConfig java(TorchArchive archive, Settings settings) {
        ModelConfig.Builder config = ModelConfig.newBuilder()
                .setBackend("java")
                .setDefaultModelFilename("model.jar")
                .addInstanceGroup(ModelInstanceGroup.newBuilder()
                        .setKind(ModelInstanceGroup.Kind.KIND_CPU)
                        .setCount(settings.instances()))
                .putParameters(
                        "class",
                        ModelParameter.newBuilder()
                                .setStringValue(archive.handlerClass())
                                .build())
                .addInput(ModelInput.newBuilder()
                        .setName(ModelHandler.JAVA_INPUT)
                        .setDataType(DataType.TYPE_STRING)
                        .addDims(-1))
                .addInput(parts(ModelHandler.JAVA_PART_NAMES))
                .addInput(parts(ModelHandler.JAVA_PARTS))
                .addOutput(ModelOutput.newBuilder()
                        .setName(ModelHandler.JAVA_OUTPUT)
                        .setDataType(DataType.TYPE_STRING)
                        .addDims(-1));
        // As in TorchServe any handler may answer in pieces.
        config.getModelTransactionPolicyBuilder().setDecoupled(true);
        if (settings.sequenceIdle().isPresent()) {
            config.setSequenceBatching(sequences(settings));
        }
        return config.build();
    }

    private static ModelInput.Builder parts(String name) {
        return ModelInput.newBuilder()
                .setName(name)
                .setDataType(DataType.TYPE_STRING)
                .addDims(-1)
                .setOptional(true);
    }

    /** An instance takes as many sequences as come: how many there may be is for the front to say. */
    private static ModelSequenceBatching sequences(Settings settings) {
        ModelSequenceBatching.Builder sequences = ModelSequenceBatching.newBuilder()
                .setMaxSequenceIdleMicroseconds(
                        settings.sequenceIdle().map(Duration::toMillis).orElse(0L) * MICROS);
        sequences.getOldestBuilder().setMaxCandidateSequences(Integer.MAX_VALUE);
        if (settings.batchSize() > 1) {
            sequences
                    .getOldestBuilder()
                    .addPreferredBatchSize(settings.batchSize())
                    .setMaxQueueDelayMicroseconds(settings.maxBatchDelayMillis() * MICROS);
        }
        return sequences.build();
    }

    /** Whether the first of several dims of every input and output is open, and the same for all. */
    static boolean isBatched(ModelSignature signature) {
        List<Port> ports = new ArrayList<>(signature.inputs());
        ports.addAll(signature.outputs());
        return signature.unbatched().isEmpty()
                && ports.stream()
                        .map(EngineModelFolder::dims)
                        .allMatch(dims -> dims.size() > 1 && dims.getFirst() == -1);
    }

    private static List<Long> dims(Port port) {
        List<Long> dims = new ArrayList<>();
        for (Dim dim : port.type().dims().orElse(List.of())) {
            dims.add(dim.isKnown() ? dim.value() : -1);
        }
        return dims;
    }

    /** A config has no way to say that there are no dims: one of size 1 stands for that. */
    private static List<Long> dims(Port port, boolean batching) {
        List<Long> dims = dims(port);
        if (batching) {
            return dims.subList(1, dims.size());
        }
        return dims.isEmpty() ? List.of(1L) : dims;
    }

    private static DataType dataType(Port port) {
        return ConfigTypes.configType(port.type().dataType())
                .orElseThrow(() -> InferException.unsupported("tensor '" + port.name() + "' is of type "
                        + port.type().dataType() + ", which no request can carry"));
    }

    private static ModelInstanceGroup instances(FrontEndConfig config, Settings settings) {
        ModelInstanceGroup.Builder group = ModelInstanceGroup.newBuilder().setCount(settings.instances());
        if (config.text("deviceType").filter("cpu"::equals).isPresent()) {
            group.setKind(ModelInstanceGroup.Kind.KIND_CPU);
        } else {
            config.deviceIds().forEach(id -> group.addGpus(Math.toIntExact(id)));
        }
        return group.build();
    }
}
