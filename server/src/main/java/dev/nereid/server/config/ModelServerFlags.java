package dev.nereid.server.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The command line of {@code tensorflow_model_server}, by its own rules: {@code --name=value} alone, and {@code --name} for true.
 * Source: main.cc and TensorFlow's command_line_flags.cc.
 */
public final class ModelServerFlags {
    /** What values a flag takes. */
    private enum Kind {
        BOOL,
        INT32,
        INT64,
        FLOAT,
        STRING
    }

    /**
     * One flag.
     *
     * @param used whether it has an effect here; the others are accepted, and warned of where they are given
     */
    private record Flag(String name, Kind kind, String defaultValue, boolean used, String text) {}

    private static final List<Flag> FLAGS = List.of(
            used("port", Kind.INT32, "8500", "TCP port to listen on for gRPC/HTTP API. Disabled if port set to zero."),
            used("grpc_socket_path", Kind.STRING, "", "Path of a UNIX socket for gRPC, beside the port."),
            used("rest_api_port", Kind.INT32, "0", "Port for the REST API; 0 for none. Must differ from --port."),
            unused(
                    "rest_api_num_threads",
                    Kind.INT32,
                    "",
                    "Threads for REST; each request has a virtual thread of its own."),
            used("rest_api_timeout_in_ms", Kind.INT32, "30000", "What a REST request may take, in milliseconds."),
            used("rest_api_enable_cors_support", Kind.BOOL, "false", "Let every web page read answers."),
            used("enable_batching", Kind.BOOL, "false", "Batch requests."),
            used(
                    "allow_version_labels_for_unavailable_models",
                    Kind.BOOL,
                    "false",
                    "Let a new label name a version that is not loaded."),
            used("batching_parameters_file", Kind.STRING, "", "File with the parameters of --enable_batching."),
            used(
                    "enable_per_model_batching_parameters",
                    Kind.BOOL,
                    "false",
                    "Let batching_params.pbtxt in the folder of a version take the place of --batching_parameters_file."),
            used(
                    "model_config_file",
                    Kind.STRING,
                    "",
                    "File with the list of models; in place of --model_name and " + "--model_base_path."),
            used(
                    "model_config_file_poll_wait_seconds",
                    Kind.INT32,
                    "0",
                    "Seconds between two looks at --model_config_file; 0 for one look."),
            used("model_name", Kind.STRING, "default", "Name of the model."),
            used("model_base_path", Kind.STRING, "", "Folder with the versions of the model."),
            unused("num_load_threads", Kind.INT32, "0", "Threads that load models."),
            unused("num_unload_threads", Kind.INT32, "0", "Threads that unload models."),
            used("max_num_load_retries", Kind.INT32, "5", "Further attempts after a failed load."),
            used("load_retry_interval_micros", Kind.INT64, "60000000", "Microseconds between two attempts."),
            used(
                    "file_system_poll_wait_seconds",
                    Kind.INT32,
                    "1",
                    "Seconds between two looks at the folders of versions; 0 for one look."),
            unused("flush_filesystem_caches", Kind.BOOL, "true", "Flush caches of files after the start."),
            unused("tensorflow_session_parallelism", Kind.INT64, "0", "Threads of a session."),
            used("tensorflow_intra_op_parallelism", Kind.INT64, "0", "Cores that one request has; 0 for all."),
            unused("tensorflow_inter_op_parallelism", Kind.INT64, "0", "Operators that run at a time."),
            unused("use_alts_credentials", Kind.BOOL, "false", "Google's credentials."),
            used("ssl_config_file", Kind.STRING, "", "File with key and certificates for TLS; gRPC alone."),
            unused("platform_config_file", Kind.STRING, "", "Settings of TensorFlow's platforms."),
            unused("per_process_gpu_memory_fraction", Kind.FLOAT, "0", "Share of a GPU's memory."),
            unused("saved_model_tags", Kind.STRING, "serve", "Tags of the graph in a SavedModel."),
            unused("grpc_channel_arguments", Kind.STRING, "", "Arguments of gRPC's channels."),
            unused("grpc_max_threads", Kind.INT32, "", "Threads for gRPC."),
            used(
                    "enable_model_warmup",
                    Kind.BOOL,
                    "true",
                    "Run the requests in assets.extra/tf_serving_warmup_requests of a version."),
            unused("num_request_iterations_for_warmup", Kind.INT32, "1", "Times that each of them is run."),
            used("monitoring_config_file", Kind.STRING, "", "File that says where the metrics are."),
            unused("remove_unused_fields_from_bundle_metagraph", Kind.BOOL, "true", "Give memory of graphs back."),
            unused("prefer_tflite_model", Kind.BOOL, "false", "Prefer model.tflite."),
            unused("num_tflite_pools", Kind.INT32, "1", "Pools of interpreters."),
            unused("enable_signature_method_name_check", Kind.BOOL, "false", "Check the method names of signatures."),
            unused("xla_cpu_compilation_enabled", Kind.BOOL, "false", "Compile graphs by XLA."),
            unused("enable_profiler", Kind.BOOL, "true", "Serve TensorFlow's profiler."),
            unused("thread_pool_factory_config_file", Kind.STRING, "", "Pools of threads."),
            unused("mixed_precision", Kind.STRING, "", "Run in bfloat16 where possible."),
            unused("skip_initialize_tpu", Kind.BOOL, "false", "Leave TPUs as they are."),
            used(
                    "enable_serialization_as_tensor_content",
                    Kind.BOOL,
                    "false",
                    "Answer tensors over gRPC as bytes in place of lists."),
            unused(
                    "enable_grpc_healthcheck_service",
                    Kind.BOOL,
                    "false",
                    "Serve gRPC's health service, which is served " + "in any case."),
            unused("use_tfrt", Kind.BOOL, "false", "Another runtime of TensorFlow's."),
            used(
                    "drain_delay_secs",
                    Kind.INT32,
                    "0",
                    "Seconds that the server serves on after SIGTERM while it is not ready; 0: it stops at once. Not one of "
                            + "TensorFlow Serving's flags."),
            used("version", Kind.BOOL, "false", "Print the version."));

    private static Flag used(String name, Kind kind, String defaultValue, String text) {
        return new Flag(name, kind, defaultValue, true, text);
    }

    private static Flag unused(String name, Kind kind, String defaultValue, String text) {
        return new Flag(name, kind, defaultValue, false, text);
    }

    private final Map<String, String> values;
    private final List<String> unknown;
    private final List<String> warnings;

    private ModelServerFlags(Map<String, String> values, List<String> unknown, List<String> warnings) {
        this.values = values;
        this.unknown = List.copyOf(unknown);
        this.warnings = List.copyOf(warnings);
    }

    /**
     * Reads a command line; a later argument takes the place of an earlier one.
     *
     * @throws IllegalArgumentException with one sentence if a value is no such value, or --help is among the arguments
     */
    public static ModelServerFlags parse(List<String> arguments) {
        Map<String, String> values = new LinkedHashMap<>();
        FLAGS.forEach(flag -> values.put(flag.name(), flag.defaultValue()));
        List<String> unknown = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            String name =
                    argument.startsWith("--") ? argument.substring(2, equals < 0 ? argument.length() : equals) : "";
            if (name.equals("help")) {
                throw new IllegalArgumentException("");
            }
            FLAGS.stream()
                    .filter(flag -> flag.name().equals(name))
                    .findFirst()
                    .filter(flag -> equals >= 0 || flag.kind() == Kind.BOOL)
                    .ifPresentOrElse(
                            flag -> {
                                values.put(name, value(flag, equals < 0 ? "true" : argument.substring(equals + 1)));
                                if (!flag.used()) {
                                    warnings.add("--" + name + " has no effect here: " + flag.text());
                                }
                            },
                            () -> unknown.add(argument));
        }
        return new ModelServerFlags(values, unknown, warnings);
    }

    private static String value(Flag flag, String text) {
        boolean good = switch (flag.kind()) {
            case BOOL -> text.equals("true") || text.equals("false");
            case INT32 -> text.matches("[+-]?[0-9]{1,9}|-?1[0-9]{9}|-?20[0-9]{8}");
            case INT64 -> text.matches("[+-]?[0-9]{1,18}");
            case FLOAT -> text.matches("[+-]?[0-9]*\\.?[0-9]+([eE][+-]?[0-9]+)?");
            case STRING -> true;
        };
        if (!good) {
            throw new IllegalArgumentException("Couldn't interpret value " + text + " for flag " + flag.name() + ".");
        }
        return text;
    }

    /** Arguments that are no flags of the server's; it only tells of them. */
    public List<String> unknown() {
        return unknown;
    }

    /** A sentence for each flag that was given and has no effect here. */
    public List<String> warnings() {
        return warnings;
    }

    String text(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("there is no flag --" + name);
        }
        return value;
    }

    boolean bool(String name) {
        return text(name).equals("true");
    }

    int integer(String name) {
        return Integer.parseInt(text(name));
    }

    long longInteger(String name) {
        return Long.parseLong(text(name));
    }

    /** Whether the version is asked for. */
    public boolean isVersion() {
        return bool("version");
    }

    /** What {@code --help} prints, in the form of TensorFlow's. */
    public static String usage() {
        StringBuilder text = new StringBuilder("usage: tensorflow_model_server\nFlags:\n");
        for (Flag flag : FLAGS) {
            String shown = flag.kind() == Kind.STRING ? "\"" + flag.defaultValue() + "\"" : flag.defaultValue();
            text.append(String.format(
                    "\t%-50s\t%s\t%s%s\n",
                    "--" + flag.name() + "=" + shown,
                    flag.kind().name().toLowerCase(Locale.ROOT),
                    flag.text(),
                    flag.used() ? "" : " No effect here."));
        }
        return text.toString();
    }
}
