package dev.nereid.server.backend.plan;

import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.parallel.WorkerPool;
import dev.nereid.memory.MemoryBudget;
import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.LoadedModel;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.ModelSignature;
import dev.nereid.models.TextPacking;
import dev.nereid.models.device.Device;
import dev.nereid.models.device.DeviceException;
import dev.nereid.models.device.Devices;
import dev.nereid.models.graph.MapType;
import dev.nereid.models.graph.OptionalType;
import dev.nereid.models.graph.SequenceType;
import dev.nereid.models.graph.TensorType;
import dev.nereid.models.imported.DeclaredPorts;
import dev.nereid.models.imported.SignatureName;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelInput;
import dev.nereid.proto.inference.ModelInstanceGroup;
import dev.nereid.server.backend.Backend;
import dev.nereid.server.backend.BackendModel;
import dev.nereid.server.backend.ConfigFiles;
import dev.nereid.server.backend.TextBatching;
import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs models of one family of files with our own engine, under the name that model configs know, such as {@code onnxruntime}.
 * Any thread; models load side by side.
 */
public final class PlanBackend implements Backend {
    /** The name that configs of ONNX models know. */
    public static final String NAME = PlanFormat.ONNX.backend();

    private static final Set<OptionalInt> CPU_ALONE = Set.of(OptionalInt.empty());

    /** What runs on made-up inputs may take while a model loads; those of requests have no such limit. */
    private static final long MOST_TRIAL_BYTES = 1L << 30;

    private static final Logger LOG = LoggerFactory.getLogger(PlanBackend.class);

    private final PlanFormat format;
    private final KernelSet kernels;
    private final WorkerPool workers;
    private final Devices devices;
    private final int mostWorkers;
    private final Executor background;

    /**
     * A backend for the CPU alone, that warms up nothing beside requests.
     *
     * @param workers outlives the backend's models
     */
    public PlanBackend(KernelSet kernels, WorkerPool workers) {
        this(kernels, workers, Devices.none("not asked for"));
    }

    /** As {@link #PlanBackend(KernelSet, WorkerPool)}, for the CPU and other devices. */
    public PlanBackend(KernelSet kernels, WorkerPool workers, Devices devices) {
        this(kernels, workers, devices, Integer.MAX_VALUE, _ -> {});
    }

    /**
     * A backend for the CPU and other devices.
     *
     * @param workers outlives the backend's models
     * @param mostWorkers cores that one run may have, unless the model's config says so
     * @param background runs the part of warm-ups that goes on while models serve
     */
    public PlanBackend(KernelSet kernels, WorkerPool workers, Devices devices, int mostWorkers, Executor background) {
        this(PlanFormat.ONNX, kernels, workers, devices, mostWorkers, background);
    }

    private PlanBackend(
            PlanFormat format,
            KernelSet kernels,
            WorkerPool workers,
            Devices devices,
            int mostWorkers,
            Executor background) {
        this.format = format;
        this.background = Objects.requireNonNull(background, "background");
        this.mostWorkers = mostWorkers;
        this.devices = Objects.requireNonNull(devices, "devices");
        this.kernels = Objects.requireNonNull(kernels, "kernels");
        this.workers = Objects.requireNonNull(workers, "workers");
    }

    /** This backend for another family of files; they share workers and devices. */
    public PlanBackend of(PlanFormat other) {
        return new PlanBackend(other, kernels, workers, devices, mostWorkers, background);
    }

    @Override
    public String name() {
        return format.backend();
    }

    @Override
    public ModelConfig complete(ModelConfig config, Path versionFolder, int defaultMaxBatchSize) {
        ModelSignature signature = signature(file(config, versionFolder), ports(config));
        return OnnxConfigs.complete(config, signature, defaultMaxBatchSize);
    }

    @Override
    public List<NamedSignature> signatures(ModelConfig config, Path versionFolder) {
        Path file = file(config, versionFolder);
        List<SignatureName> names;
        try {
            names = ModelLoader.signatures(file, ports(config));
        } catch (ModelFormatException e) {
            throw notLoaded(file, e);
        }
        return names.stream()
                .map(each -> new NamedSignature(
                        each.name(),
                        each.method(),
                        each.equals(names.getFirst()) ? config : PlanParameters.choosing(config, each.name())))
                .toList();
    }

    @Override
    public boolean runsWithoutTrace() {
        return true;
    }

    @Override
    public List<Integer> gpus() {
        return devices.numbers();
    }

    @Override
    public String gpuReport() {
        return devices.reason();
    }

    @Override
    public BackendModel load(ModelConfig config, Path versionFolder) {
        PlanParameters parameters = PlanParameters.of(config, format, mostWorkers);
        Path file = file(config, versionFolder);
        DeclaredPorts ports = ports(config);
        ModelSignature signature = signature(file, ports);
        PlanSignature.check(config, signature, format);
        TextBatching texts = TextBatching.of(config);
        boolean asked = texts == TextBatching.PACKED || texts == TextBatching.PACKED_IF_POSSIBLE;
        // A batch is for any instance, and packed texts run on the CPU alone.
        boolean packed = asked && places(config).equals(CPU_ALONE);
        LoadOptions options = parameters
                .load()
                .withDeclared(ports)
                .withPacked(packed)
                .withOverridden(PlanSignature.overridden(config, signature))
                .withInputsApart(joinsInputsApart(config));
        if (options.reduces() && !places(config).equals(CPU_ALONE)) {
            LOG.warn("model '{}': its instances on a GPU keep weights and products in FP32", config.getName());
        }
        MemoryBudget trials = MemoryBudget.of(MOST_TRIAL_BYTES);
        SlabPool memory = new SlabPool(options.memory().retainedBytes(), trials);
        PlanPlaces places = new PlanPlaces(loading(config.getName(), file, options, memory));
        try {
            List<LoadedModel> wanted = new ArrayList<>();
            for (OptionalInt place : places(config)) {
                wanted.add(places.at(place));
            }
            report(
                    config.getName(),
                    texts,
                    asked && !packed
                            ? new TextPacking.Refused("it has instances on a GPU")
                            : wanted.getFirst().packing());
            PlanModel model = new PlanModel(
                    config,
                    String.valueOf(versionFolder.getFileName()),
                    places,
                    wanted.getFirst(),
                    memory,
                    workers.share(parameters.mostCores()),
                    parameters.mostWorkers());
            for (LoadedModel loaded : wanted) {
                Warmup warmup = new Warmup(model, loaded, config);
                if (warmup.run()) {
                    model.add(new BackgroundWarmup(warmup));
                }
            }
            new PaddingCheck(model, wanted.getFirst()).run();
            trials.limit(Long.MAX_VALUE);
            model.warmups().forEach(background::execute);
            return model;
        } catch (RuntimeException | Error e) {
            places.close();
            memory.close();
            throw e;
        }
    }

    private static void report(String name, TextBatching asked, TextPacking packing) {
        switch (packing) {
            case TextPacking.NotAsked _ -> {}
            case TextPacking.Packed packed ->
                LOG.info(
                        "model '{}': texts of different lengths share a batch without padding{}",
                        name,
                        packed.longest() < Long.MAX_VALUE ? ", up to " + packed.longest() + " tokens each" : "");
            case TextPacking.Refused(String reason) -> {
                String text = "model '{}': only requests of one shape share a batch, for it cannot be packed: {}";
                if (asked == TextBatching.PACKED) {
                    LOG.warn(text, name, reason);
                } else {
                    LOG.debug(text, name, reason);
                }
            }
        }
    }

    /** Where the config wants instances; the CPU if it says nothing. */
    private static Set<OptionalInt> places(ModelConfig config) {
        Set<OptionalInt> places = new LinkedHashSet<>();
        for (ModelInstanceGroup group : config.getInstanceGroupList()) {
            if (group.getKind() == ModelInstanceGroup.Kind.KIND_GPU) {
                group.getGpusList().forEach(gpu -> places.add(OptionalInt.of(gpu)));
            } else {
                places.add(OptionalInt.empty());
            }
        }
        return places.isEmpty() ? CPU_ALONE : places;
    }

    /** Whether batches join inputs in such ways that dims of one name hardly are the same. */
    private static boolean joinsInputsApart(ModelConfig config) {
        return config.getBatchInputCount() > 0
                || config.getInputList().stream().anyMatch(ModelInput::getAllowRaggedBatch);
    }

    private PlanPlaces.Loading loading(String name, Path file, LoadOptions options, SlabPool memory) {
        LoadOptions apart = options.withPacked(false).withInputsApart(true);
        return new PlanPlaces.Loading() {
            @Override
            public LoadedModel load(OptionalInt gpu) {
                return PlanBackend.this.load(name, file, options, memory, gpu);
            }

            @Override
            public LoadedModel loadApart(OptionalInt gpu) {
                LOG.info("model '{}' is planned once more, for inputs whose dims of one name differ", name);
                return PlanBackend.this.load(name, file, apart, memory, gpu);
            }

            @Override
            public void requireFitting(List<Tensor> inputs) {
                try {
                    ModelLoader.requireFitting(
                            file, apart, inputs.stream().map(Tensor::shape).toList());
                } catch (ModelFormatException e) {
                    throw new InferException(
                            InferException.Code.INTERNAL, "model '" + name + "': " + e.getMessage(), e);
                }
            }
        };
    }

    private LoadedModel load(String name, Path file, LoadOptions options, SlabPool memory, OptionalInt gpu) {
        try {
            if (gpu.isEmpty()) {
                return ModelLoader.load(file, options, kernels, memory);
            }
            Device device = devices.find(gpu.getAsInt())
                    .orElseThrow(() -> InferException.notFound("there is no GPU " + gpu.getAsInt()));
            LoadedModel loaded = ModelLoader.load(file, options, kernels, memory, device);
            loaded.placement().ifPresent(report -> LOG.info("model '{}': {}", name, report));
            return loaded;
        } catch (ModelFormatException e) {
            throw notLoaded(file, e);
        } catch (DeviceException e) {
            boolean full = e.code() == DeviceException.Code.OUT_OF_MEMORY;
            throw new InferException(
                    full ? InferException.Code.UNAVAILABLE : InferException.Code.INTERNAL,
                    "Load model from " + file + " failed: " + e.getMessage(),
                    e);
        }
    }

    /** What the config says of tensors, where that is more than the file does. */
    private DeclaredPorts ports(ModelConfig config) {
        return format == PlanFormat.ONNX ? DeclaredPorts.NONE : ConfiguredPorts.of(config);
    }

    /** The model's file; where it is a folder, for models with other files beside it, the file in it. */
    private Path file(ModelConfig config, Path versionFolder) {
        String name = config.getDefaultModelFilename().isEmpty() ? format.file() : config.getDefaultModelFilename();
        Path file;
        try {
            file = ConfigFiles.within(versionFolder.resolveSibling(""), versionFolder, name);
        } catch (IOException e) {
            throw new InferException(
                    InferException.Code.INVALID_ARG,
                    "default_model_filename of model '" + config.getName() + "': " + e.getMessage(),
                    e);
        }
        if (Files.isDirectory(file)) {
            file = file.resolve(format.fileInFolder());
        }
        if (!Files.isRegularFile(file)) {
            throw InferException.notFound("unable to find '" + file + "' for model '" + config.getName() + "'");
        }
        return file;
    }

    private static ModelSignature signature(Path file, DeclaredPorts ports) {
        try {
            ModelSignature signature = ModelLoader.signature(file, ports);
            requireTensors(signature.inputs());
            requireTensors(signature.outputs());
            return signature;
        } catch (ModelFormatException e) {
            throw notLoaded(file, e);
        }
    }

    /** Requests carry tensors alone; the text is that of Triton's ONNX backend. */
    private static void requireTensors(List<LoadedModel.Port> ports) {
        for (LoadedModel.Port port : ports) {
            String kind = switch (port.valueType()) {
                case TensorType _ -> "";
                case SequenceType _ -> "ONNX_TYPE_SEQUENCE";
                case OptionalType _ -> "ONNX_TYPE_OPTIONAL";
                case MapType _ -> "ONNX_TYPE_MAP";
            };
            if (!kind.isEmpty()) {
                throw InferException.unsupported("Unsupported ONNX Type '" + kind + "' for I/O '" + port.name()
                        + "', expected 'ONNX_TYPE_TENSOR'");
            }
        }
    }

    private static InferException notLoaded(Path file, ModelFormatException e) {
        return new InferException(
                InferException.Code.INTERNAL, "Load model from " + file + " failed: " + e.getMessage(), e);
    }
}
