package dev.nereid.server.backend.plan;

import dev.nereid.kernels.cpu.LastLevelCache;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.Precision;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelOptimizationPolicy.ExecutionAccelerators;
import dev.nereid.proto.inference.ModelOptimizationPolicy.ExecutionAccelerators.Accelerator;
import dev.nereid.proto.inference.ModelParameter;
import dev.nereid.server.backend.TextBatching;
import dev.nereid.server.backend.TextPadding;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.NearestName;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the parameters of a model's config mean here. Those that mean nothing are named in the log with the reason: they tune
 * ONNX Runtime, libtorch or FIL in ways that have no counterpart, or are misspelt.
 *
 * @param mostWorkers cores that one run may have
 * @param mostCores cores that all its runs may have together
 * @param load how it is loaded, its texts not packed
 */
record PlanParameters(int mostWorkers, int mostCores, LoadOptions load) {
    private static final String THREADS = "intra_op_thread_count";

    /** Ours: {@code on}, the default, or {@code off} for plain sums in every convolution. */
    private static final String WINOGRAD = "winograd";

    private static final Map<String, Boolean> SWITCH = Map.of("on", true, "off", false);

    /** Ours: {@code fp32}, the default, or {@code bf16} for products with constant weights. */
    private static final String PRECISION = "precision";

    private static final Map<String, Precision> PRECISIONS = Map.of("fp32", Precision.FP32, "bf16", Precision.BF16);

    /** Ours: {@code fp32}, the default, or {@code int8} for constant weights that are larger than the last cache. */
    private static final String WEIGHTS = "weights";

    private static final Map<String, Long> INT8_BEYOND =
            Map.of("fp32", LoadOptions.NO_INT8, "int8", LastLevelCache.bytes());

    /** Ours: {@code on}, or {@code off}, the default, for products of FP32 as they are. Without effect on the CPU. */
    private static final String TF32 = "tf32";

    /** Ours: {@code low} for a model that takes little beside its weights, which excludes Winograd's algorithm. */
    private static final String MEMORY = "memory";

    private static final Map<String, Boolean> LOW = Map.of("low", true);

    /** Ours: the cores of the model, whatever its instances. */
    private static final String CORES = "scheduler.cores";

    /** What begins so is looked at elsewhere. */
    private static final List<String> OTHERS = List.of("scheduler.", "warmup.", "TRITON_BATCH_STRATEGY_PATH");

    /** The names that a misspelt one may mean. */
    private static final List<String> KNOWN = List.of(
            THREADS,
            WINOGRAD,
            PRECISION,
            WEIGHTS,
            TF32,
            MEMORY,
            CORES,
            TextBatching.POLICY,
            TextBatching.TOKEN_INPUT,
            TextBatching.LENGTH_RATIO,
            TextPadding.PARAMETER,
            "scheduler.slo_ms",
            "scheduler.max_batch_tokens",
            "scheduler.weight",
            "scheduler.max_instances",
            "warmup.record",
            "warmup.replay_seconds",
            "TRITON_BATCH_STRATEGY_PATH");

    /** Those of Triton's ONNX backend that have no counterpart here. */
    private static final Set<String> RUNTIMES_OWN = Set.of(
            "inter_op_thread_count",
            "execution_mode",
            "level",
            "enable_mem_arena",
            "enable_mem_pattern",
            "memory.enable_memory_arena_shrinkage",
            "cudnn_conv_algo_search",
            "cudnn_conv_use_max_workspace",
            "gpu_mem_limit",
            "arena_extend_strategy",
            "do_copy_in_default_stream",
            "use_device_allocator_for_initializers");

    /** What Triton's PyTorch backend calls the cores of one run. */
    private static final String TORCH_THREADS = "INTRA_OP_THREAD_COUNT";

    /** Those of Triton's PyTorch backend that ask for what is always so here. */
    private static final Set<String> TORCH_ALWAYS = Set.of("INFERENCE_MODE", "ENABLE_WEIGHT_SHARING");

    /** Those of Triton's PyTorch backend that have no counterpart here. */
    private static final Set<String> TORCHS_OWN = Set.of(
            "DISABLE_OPTIMIZED_EXECUTION",
            "DISABLE_CUDNN",
            "ENABLE_CACHE_CLEANING",
            "ENABLE_JIT_EXECUTOR",
            "ENABLE_JIT_PROFILING",
            "ENABLE_NVFUSER",
            "ENABLE_TENSOR_FUSER",
            "INTER_OP_THREAD_COUNT",
            "TORCH_COMPILE_OPTIONAL_PARAMETERS");

    /** Those of Triton's FIL backend that say how a model answers; its importer reads them. The last is ours. */
    private static final Set<String> TREES_ANSWER = Set.of("output_class", "predict_proba", "threshold", "raw_score");

    /** Those of Triton's FIL backend that have no counterpart here. */
    private static final Set<String> TREES_OWN = Set.of(
            "algo",
            "storage_type",
            "blocks_per_sm",
            "threads_per_tree",
            "chunk_size",
            "layout",
            "transfer_threshold",
            "use_experimental_optimizations",
            "xgboost_allow_unknown_field",
            "performance_hint",
            "align_bytes");

    /** What kind of file it is: its content says so too. */
    private static final String TREES_FILE = "model_type";

    private static final String TENSORFLOW_SIGNATURE = "TF_SIGNATURE_DEF";

    /** Those of Triton's TensorFlow backend that say what of a SavedModel is served; its importer reads them. */
    private static final Set<String> TENSORFLOW_CHOICE = Set.of("TF_GRAPH_TAG", TENSORFLOW_SIGNATURE);

    /** The one accelerator beside CPUs that Triton's ONNX backend knows. */
    private static final String OPENVINO = "openvino";

    private static final Logger LOG = LoggerFactory.getLogger(PlanParameters.class);

    /** A config that loads another signature of a model; what it says of the tensors of the chosen one is left out. */
    static ModelConfig choosing(ModelConfig config, String signature) {
        return config.toBuilder()
                .clearInput()
                .clearOutput()
                .clearBatchInput()
                .clearBatchOutput()
                .clearModelWarmup()
                .putParameters(
                        TENSORFLOW_SIGNATURE,
                        ModelParameter.newBuilder().setStringValue(signature).build())
                .build();
    }

    /** @param mostWorkers cores that one run may have where the config does not say */
    static PlanParameters of(ModelConfig config, PlanFormat format, int mostWorkers) {
        int most = mostWorkers;
        int cores = Integer.MAX_VALUE;
        Optional<Boolean> winograd = Optional.empty();
        boolean low = false;
        LoadOptions load = LoadOptions.DEFAULT;
        for (String key : config.getParametersMap().keySet()) {
            String value = config.getParametersMap().get(key).getStringValue();
            if (key.equals(THREADS) || (format == PlanFormat.PYTORCH && key.equals(TORCH_THREADS))) {
                most = threads(config, key, value);
            } else if (key.equals(CORES)) {
                cores = threads(config, key, value);
            } else if (key.equals(WINOGRAD)) {
                winograd = Optional.of(choice(config, key, value, SWITCH));
            } else if (key.equals(PRECISION)) {
                load = load.withPrecision(choice(config, key, value, PRECISIONS));
            } else if (key.equals(WEIGHTS)) {
                load = load.withInt8WeightsBeyond(choice(config, key, value, INT8_BEYOND));
            } else if (key.equals(TF32)) {
                load = load.withTf32(choice(config, key, value, SWITCH));
            } else if (key.equals(MEMORY)) {
                low = choice(config, key, value, LOW);
            } else if (!(format == PlanFormat.TENSORFLOW && TENSORFLOW_CHOICE.contains(key))
                    && !(format == PlanFormat.TREES && (TREES_ANSWER.contains(key) || key.equals(TREES_FILE)))
                    && OTHERS.stream().noneMatch(key::startsWith)
                    && !(TORCH_ALWAYS.contains(key) && value.strip().equalsIgnoreCase("true"))) {
                LOG.warn(
                        "model '{}': parameter '{}' = '{}' has no effect{}",
                        config.getName(),
                        key,
                        value,
                        why(key, format));
            }
        }
        ExecutionAccelerators accelerators = config.getOptimization().getExecutionAccelerators();
        for (Accelerator accelerator : accelerators.getCpuExecutionAcceleratorList()) {
            if (!accelerator.getName().equals(OPENVINO)) {
                throw InferException.invalid(
                        "unknown Execution Accelerator '" + accelerator.getName() + "' is requested");
            }
        }
        if (low && winograd.orElse(false)) {
            throw InferException.invalid("parameters '" + WINOGRAD + "' and '" + MEMORY + "' of model '"
                    + config.getName() + "': Winograd's algorithm takes more memory, it is not for 'low'");
        }
        return new PlanParameters(most, cores, low ? load.withLowMemory() : load.withWinograd(winograd.orElse(true)));
    }

    /** Why a parameter changes nothing: it is another program's alone, or nobody's and perhaps misspelt. */
    private static String why(String key, PlanFormat format) {
        if (format == PlanFormat.PYTORCH) {
            if (TORCH_ALWAYS.contains(key)) {
                return ": models are run for inference alone, and their instances share weights";
            }
            if (TORCHS_OWN.contains(key)) {
                return ": it tunes libtorch alone";
            }
        }
        if (format == PlanFormat.TENSORFLOW && key.startsWith("TF_")) {
            return ": it tunes TensorFlow alone";
        }
        if (format == PlanFormat.TREES && TREES_OWN.contains(key)) {
            return ": it tunes RAPIDS FIL alone";
        }
        return RUNTIMES_OWN.contains(key) || key.startsWith("session.")
                ? ": it tunes ONNX Runtime alone"
                : NearestName.of(key, KNOWN)
                        .map(known -> ": there is no such parameter; did you mean '" + known + "'?")
                        .orElse(": there is no such parameter");
    }

    private static <T> T choice(ModelConfig config, String key, String value, Map<String, T> choices) {
        T choice = choices.get(value.strip().toLowerCase(Locale.ROOT));
        if (choice == null) {
            String expected = choices.keySet().stream().sorted().collect(Collectors.joining("' or '", "'", "'"));
            throw InferException.invalid("parameter '" + key + "' of model '" + config.getName() + "': expected "
                    + expected + ", got '" + value + "'");
        }
        return choice;
    }

    /** 0 means as many as there are. */
    private static int threads(ModelConfig config, String key, String value) {
        int threads;
        try {
            threads = Integer.parseInt(value.strip());
        } catch (NumberFormatException e) {
            threads = -1;
        }
        if (threads < 0) {
            throw InferException.invalid("parameter '" + key + "' of model '" + config.getName()
                    + "': expected a number of threads, got '" + value + "'");
        }
        return threads == 0 ? Integer.MAX_VALUE : threads;
    }
}
