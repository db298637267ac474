package dev.nereid.server.repository.config;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.proto.inference.ModelOptimizationPolicy.PinnedMemoryBuffer;
import dev.nereid.proto.inference.ModelResponseCache;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;

/** What each field of a model config does in this server. Fields that do nothing are named in the log. */
public final class ConfigFields {
    /**
     * What of the server decides about fields.
     *
     * @param cache whether there is a response cache
     * @param rateLimiter whether instances take turns by the rate limiter
     */
    public record Server(boolean cache, boolean rateLimiter) {}

    /**
     * A field and those below it that have no entry of their own.
     *
     * @param path names from the config on, with dots between them
     * @param text what it does; where it may do nothing, why
     * @param use begins the field's description
     * @param unused whether it does nothing, by its value and the server
     */
    record Entry(String path, String text, Use use, BiPredicate<Object, Server> unused) {
        Entry {
            Objects.requireNonNull(path, "path");
            Objects.requireNonNull(text, "text");
            Objects.requireNonNull(use, "use");
            Objects.requireNonNull(unused, "unused");
        }

        /** A field that may do nothing. */
        Entry(String path, String text, BiPredicate<Object, Server> unused) {
            this(path, text, Use.SOMETIMES, unused);
        }

        /** What the field does, as a sentence for a table. */
        String description() {
            return use.start + text;
        }
    }

    /** Whether a field does something. */
    enum Use {
        ALWAYS(""),
        NEVER("without effect: "),
        SOMETIMES("may be without effect: ");

        private final String start;

        Use(String start) {
            this.start = start;
        }
    }

    private static final String PINNED =
            "copies to and from GPUs go through pinned memory where there is some, whatever it says";

    /** Every field of a config, in the order of its definition as far as entries go. */
    static final List<Entry> ALL = List.of(
            used("name", "checked: it is the folder's name"),
            used("platform", "fits the backend; \"ensemble\""),
            used("backend", "onnxruntime (our own engine), java, or one of Triton's examples"),
            used("runtime", "checked: the backends are built in"),
            used("version_policy", "which versions are served"),
            used("max_batch_size", "the largest batch"),
            used("input", "name, type, dims, reshape, optional, ragged and shape tensors; format is checked only"),
            used("output", "name, type, dims, reshape, labels"),
            used("batch_input", "made from the requests of a batch"),
            used("batch_output", "scattered to the requests of a batch"),
            unused("optimization.graph", "graphs are always optimised as a whole"),
            unused(
                    "optimization.priority",
                    "threads of all models have one priority; parameter scheduler.weight shares an overloaded machine"),
            unused("optimization.cuda", "the engine has no CUDA graphs and chooses its streams by itself"),
            unused("optimization.execution_accelerators", "models run by the engine's own kernels alone"),
            pinned("optimization.input_pinned_memory"),
            pinned("optimization.output_pinned_memory"),
            unused("optimization.gather_kernel_buffer_threshold", "there is no kernel that gathers inputs on a GPU"),
            used("optimization.eager_batching", "batches are put together before an instance is free"),
            used("dynamic_batching", "the dynamic batcher: sizes, delay, order, priorities, queue policies"),
            used("sequence_batching", "sequences: strategy, controls, states"),
            used("ensemble_scheduling", "the steps of an ensemble"),
            used("instance_group", "how many instances, where, under which host policy; passive ones"),
            new Entry(
                    "instance_group.rate_limiter",
                    "the rate limiter is off: start the server with --rate-limit=execution_count",
                    (_, server) -> !server.rateLimiter()),
            unused("instance_group.secondary_devices", "there is no engine for such devices"),
            used("default_model_filename", "the file of a version, model.onnx by default"),
            unused(
                    "cc_model_filenames",
                    "one file serves GPUs of every compute capability: that of default_model_filename"),
            used("metric_tags", "labels of the model's metrics"),
            used("parameters", "those of the backend, scheduler.* and warmup.*; others are named in the log"),
            used("model_warmup", "requests before the model is ready"),
            unused(
                    "model_operations.op_library_filename",
                    "libraries of custom operators are not loaded; nodes of such operators fail the load by their names"),
            used("model_transaction_policy", "decoupled models"),
            used("model_repository_agents", "checksum; a model with others is not loaded"),
            new Entry(
                    "response_cache",
                    "the server has no response cache: start it with --cache-config=local,size=<bytes>",
                    (value, server) -> ((ModelResponseCache) value).getEnable() && !server.cache()),
            used("model_metrics", "buckets of the model's histograms"));

    private static final Map<String, Entry> BY_PATH =
            ALL.stream().collect(Collectors.toUnmodifiableMap(Entry::path, entry -> entry));

    private ConfigFields() {}

    private static Entry used(String path, String text) {
        return new Entry(path, text, Use.ALWAYS, (_, _) -> false);
    }

    private static Entry unused(String path, String reason) {
        return new Entry(path, reason, Use.NEVER, (_, _) -> true);
    }

    /** What is switched on, as it is by default, is what happens. */
    private static Entry pinned(String path) {
        return new Entry(path, PINNED, (value, _) -> !((PinnedMemoryBuffer) value).getEnable());
    }

    static Optional<Entry> entry(String path) {
        return Optional.ofNullable(BY_PATH.get(path));
    }

    /**
     * A sentence for each field of a config that does nothing.
     *
     * @param config as written
     */
    public static Set<String> warnings(ModelConfig config, Server server) {
        Set<String> warnings = new LinkedHashSet<>();
        collect(config, "", server, warnings);
        return warnings;
    }

    private static void collect(Message message, String prefix, Server server, Set<String> warnings) {
        message.getAllFields().forEach((field, value) -> {
            String path = prefix + field.getName();
            Optional<Entry> entry = entry(path);
            boolean unused = entry.isPresent() && entry.get().unused().test(value, server);
            if (unused) {
                warnings.add("'" + path + "' has no effect: " + entry.get().text());
            } else if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && !field.isMapField()) {
                List<?> values = field.isRepeated() ? (List<?>) value : List.of(value);
                values.forEach(each -> collect((Message) each, path + ".", server, warnings));
            }
        });
    }
}
