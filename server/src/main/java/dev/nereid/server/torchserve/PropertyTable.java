package dev.nereid.server.torchserve;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The keys of {@code config.properties}: those that are honoured, and the others with what is said of each. */
final class PropertyTable {
    /** Read by {@link TorchServeProperties}. */
    static final List<String> HONOURED = List.of(
            "inference_address",
            "management_address",
            "metrics_address",
            "grpc_inference_address",
            "grpc_inference_port",
            "grpc_management_address",
            "grpc_management_port",
            "load_models",
            "model_store",
            "models",
            "model_snapshot",
            "default_workers_per_model",
            "job_queue_size",
            "default_response_timeout",
            "default_startup_timeout",
            "unregister_model_timeout",
            "max_request_size",
            "max_response_size",
            "max_archive_download_size",
            "enable_envvars_config",
            "enable_metrics_api",
            "metrics_mode",
            "service_envelope",
            "cors_allowed_origin",
            "cors_allowed_methods",
            "cors_allowed_headers",
            "certificate_file",
            "private_key_file",
            "enable_grpc_ssl",
            "keystore",
            "keystore_pass",
            "keystore_type",
            "allowed_urls",
            "use_env_allowed_urls",
            "disable_token_authorization",
            "token_expiration_min",
            "enable_model_api",
            "disable_system_metrics",
            "ts_header_key_sequence_id",
            "ts_header_key_sequence_start",
            "ts_header_key_sequence_end");

    /** Before the names of {@link #ENGINE} in properties. */
    static final String ENGINE_PREFIX = "nereid.";

    /** Flags of {@code nereid serve} that are properties here, and variables such as {@code NEREID_MEMORY_LIMIT}. */
    static final List<String> ENGINE = List.of(
            "threads",
            "memory-limit",
            "request-memory-limit",
            "kernels",
            "plan-cache-dir",
            "prefer-gpu",
            "exit-timeout-secs",
            "model-load-thread-count",
            "rate-limit",
            "log-verbose",
            "log-format",
            "log-file",
            "access-log",
            "access-log-sample");

    private static final String THREADS = "each request has a virtual thread of its own here";
    private static final String PYTHON = "no Python runs here";
    private static final String LOG = "the server's own log is written to standard output";

    /** Known to TorchServe and without effect, with the reason. */
    static final Map<String, String> IGNORED = Collections.unmodifiableMap(new TreeMap<>(Map.ofEntries(
            Map.entry("number_of_netty_threads", THREADS),
            Map.entry("netty_client_threads", THREADS),
            Map.entry("number_of_gpu", "all GPUs of the machine are used"),
            Map.entry("gpu_id", "all GPUs of the machine are used"),
            Map.entry("install_py_dep_per_model", PYTHON),
            Map.entry("blacklist_env_vars", PYTHON),
            Map.entry("python_executable", PYTHON),
            Map.entry("default_service_handler", "the handler comes from the archive's manifest, or from the request"),
            Map.entry("limit_max_image_pixels", "images of more than 178956970 pixels are always refused"),
            Map.entry("decode_input_request", "requests are always decoded"),
            Map.entry("prefer_direct_buffer", "memory of requests is managed otherwise"),
            Map.entry("vmargs", "NEREID_JAVA_OPTIONS has flags for the JVM"),
            Map.entry("async_logging", LOG),
            Map.entry("metrics_config", "which series the metrics page has is fixed"),
            Map.entry("metrics_format", "the metrics page has the format of Prometheus"),
            Map.entry("model_metrics_auto_detect", "the metrics page has no series of Python handlers"),
            Map.entry("system_metrics_cmd", "the machine is measured without a command"),
            Map.entry("ts_open_inference_protocol", "KServe's gRPC protocol is served by nereid serve"),
            Map.entry("workflow_store", "workflows are not served"),
            Map.entry("plugins_path", "plug-ins of TorchServe are not loaded"),
            Map.entry("snapshot_store", "snapshots are written to logs/config"),
            Map.entry("enable_dynamic_batching", "batches are formed by the archive's or the request's batch size"),
            Map.entry("model_server_home", PYTHON),
            Map.entry("cpu_launcher_enable", "processors are chosen by the server"),
            Map.entry("cpu_launcher_args", "processors are chosen by the server"),
            Map.entry("ipex_enable", PYTHON),
            Map.entry("ipex_gpu_enable", PYTHON),
            Map.entry("rate_limit", "requests beyond job_queue_size are refused"),
            Map.entry("grpc_inference_max_connection_age_ms", "connections are kept"),
            Map.entry("grpc_management_max_connection_age_ms", "connections are kept"),
            Map.entry("grpc_inference_max_connection_age_grace_ms", "connections are kept"),
            Map.entry("grpc_management_max_connection_age_grace_ms", "connections are kept"))));

    private PropertyTable() {}

    /** All keys. */
    static List<String> all() {
        List<String> all = new ArrayList<>(HONOURED);
        all.addAll(IGNORED.keySet());
        return all;
    }
}
