package dev.nereid.server.torchserve;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.NearestName;
import dev.nereid.server.protocol.json.JsonValue;
import dev.nereid.server.tls.ServerTls;
import dev.nereid.server.tls.TlsConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * The properties of TorchServe, from all places that set them: variables {@code TS_KEY} of the environment (where {@code
 * enable_envvars_config} is true) before the command line before the file. Not thread-safe.
 */
public final class TorchServeProperties {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\$(\\w+)\\$\\$");
    private static final String ENVIRONMENT = "enable_envvars_config";
    private static final String DISABLE_TOKENS = "disable_token_authorization";
    private static final String DEFAULT_BYTES = "6553500";
    private static final String DOWNLOAD_BYTES = Long.toString(8L << 30);

    private final Map<String, String> values = new TreeMap<>();
    private final List<String> warnings = new ArrayList<>();

    /**
     * Collects the values.
     *
     * @param file what {@code config.properties} has
     * @param commandLine by the same keys
     * @throws InferException if a value names a variable that the environment lacks
     */
    public TorchServeProperties(
            Map<String, String> file, Map<String, String> commandLine, Map<String, String> environment) {
        new TreeMap<>(file).forEach((key, value) -> {
            warn(key);
            values.put(key, replaced(key, value.strip(), environment));
        });
        values.putAll(commandLine);
        if (bool(ENVIRONMENT, false)) {
            for (String key : PropertyTable.all()) {
                String value = environment.get(variable(key));
                if (value != null) {
                    warn(key);
                    values.put(key, value);
                }
            }
        }
        String tokens = environment.get(variable(DISABLE_TOKENS));
        if (tokens != null) {
            values.put(DISABLE_TOKENS, tokens);
        }
        readEngine(environment);
        if (bool("use_env_allowed_urls", false)) {
            Optional.ofNullable(environment.get(variable("allowed_urls")))
                    .ifPresent(urls -> values.put("allowed_urls", urls));
        }
    }

    /** Flags of the engine are ours: an error in them is told and not passed over. */
    private void readEngine(Map<String, String> environment) {
        for (String key : values.keySet()) {
            if (key.startsWith(PropertyTable.ENGINE_PREFIX)) {
                String flag = key.substring(PropertyTable.ENGINE_PREFIX.length());
                if (!PropertyTable.ENGINE.contains(flag)) {
                    throw InferException.invalid("property '" + key + "': expected " + PropertyTable.ENGINE_PREFIX
                            + " and one of " + String.join(", ", PropertyTable.ENGINE));
                }
            }
        }
        for (String flag : PropertyTable.ENGINE) {
            String value =
                    environment.get("NEREID_" + flag.toUpperCase(Locale.ROOT).replace('-', '_'));
            if (value != null && !value.isEmpty()) {
                values.put(PropertyTable.ENGINE_PREFIX + flag, value);
            }
        }
    }

    /** What the properties and the environment say of the engine, as flags of {@code nereid serve}. */
    public List<String> engineFlags() {
        return PropertyTable.ENGINE.stream()
                .flatMap(flag ->
                        text(PropertyTable.ENGINE_PREFIX + flag).stream().map(value -> "--" + flag + "=" + value))
                .toList();
    }

    private static String variable(String key) {
        return "TS_" + key.toUpperCase(Locale.ROOT);
    }

    private void warn(String key) {
        if (PropertyTable.IGNORED.containsKey(key)) {
            warnings.add("property '" + key + "' is accepted as TorchServe's, but has no effect here: "
                    + PropertyTable.IGNORED.get(key));
        } else if (!PropertyTable.HONOURED.contains(key) && !key.startsWith(PropertyTable.ENGINE_PREFIX)) {
            warnings.add("property '" + key + "' is unknown"
                    + NearestName.of(key, PropertyTable.all())
                            .map(near -> ": did you mean '" + near + "'?")
                            .orElse(""));
        }
    }

    private static String replaced(String key, String value, Map<String, String> environment) {
        return VARIABLE.matcher(value).replaceAll(match -> {
            String found = environment.get(match.group(1));
            if (found == null) {
                throw InferException.invalid(
                        key + ": the environment has no variable '" + match.group(1) + "', which the value names");
            }
            return Matcher.quoteReplacement(found);
        });
    }

    /** One sentence for each key that is unknown or has no effect. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    /** Whether the models come from a snapshot. */
    public boolean isSnapshot() {
        return text("model_snapshot").isPresent();
    }

    /**
     * Checks and converts the values.
     *
     * @param workspace folder for what the server keeps while it runs
     * @param home folder of keys and snapshots
     * @param snapshots whether changes are written
     * @throws InferException that names a key with what was expected and what came
     */
    public TorchServeConfig config(Path workspace, Path home, boolean snapshots) {
        String mode = oneOf("metrics_mode", "log", "log", "prometheus", "legacy");
        TorchServeConfig.Addresses addresses = new TorchServeConfig.Addresses(
                address("inference_address", 8080),
                address("management_address", 8081),
                address("metrics_address", 8082),
                grpc("grpc_inference", 7070),
                grpc("grpc_management", 7071));
        return new TorchServeConfig(
                addresses,
                tls(),
                addresses.anyTls() ? Optional.of(TlsConfig.of(httpTls())) : Optional.empty(),
                text("model_store").map(Path::of).map(Path::toAbsolutePath).map(Path::normalize),
                text("load_models").orElse("none"),
                models(),
                isSnapshot() || text("load_models").orElse("none").equals("none"),
                defaults(),
                new TorchServeConfig.Limits(
                        number("max_request_size", DEFAULT_BYTES, 1),
                        number("max_response_size", DEFAULT_BYTES, 1),
                        bytes("max_archive_download_size")),
                new TorchServeConfig.Tokens(!bool(DISABLE_TOKENS, false), real("token_expiration_min", 60)),
                bool("enable_model_api", false),
                new TorchServeConfig.Metrics(
                        bool("enable_metrics_api", true),
                        mode.equals("prometheus"),
                        !bool("disable_system_metrics", false)),
                text("service_envelope").orElse(""),
                allowedUrls(),
                new TorchServeConfig.Cors(
                        text("cors_allowed_origin").orElse(""),
                        text("cors_allowed_methods").orElse(""),
                        text("cors_allowed_headers").orElse("")),
                workspace,
                home,
                snapshots,
                honoured());
    }

    private TorchServeConfig.Defaults defaults() {
        return new TorchServeConfig.Defaults(
                number("default_workers_per_model", "1", 0),
                number("default_workers_per_model", "0", 0),
                number("job_queue_size", "100", 1),
                number("default_response_timeout", "120", 1),
                number("default_startup_timeout", "120", 1),
                number("unregister_model_timeout", "120", 0),
                new TorchServeConfig.SequenceHeaders(
                        text("ts_header_key_sequence_id").orElse("ts_request_sequence_id"),
                        text("ts_header_key_sequence_start").orElse("ts_request_sequence_start"),
                        text("ts_header_key_sequence_end").orElse("ts_request_sequence_end")));
    }

    private Optional<String> text(String key) {
        return Optional.ofNullable(values.get(key)).filter(value -> !value.isEmpty());
    }

    private String oneOf(String key, String whenAbsent, String... allowed) {
        String value = text(key).orElse(whenAbsent);
        if (!List.of(allowed).contains(value)) {
            throw InferException.invalid(key + ": expected " + String.join(", ", allowed) + ", got '" + value + "'");
        }
        return value;
    }

    private boolean bool(String key, boolean whenAbsent) {
        String value = text(key).orElse(Boolean.toString(whenAbsent)).toLowerCase(Locale.ROOT);
        if (!value.equals("true") && !value.equals("false")) {
            throw InferException.invalid(key + ": expected true or false, got '" + value + "'");
        }
        return value.equals("true");
    }

    private int number(String key, String whenAbsent, int least) {
        String value = text(key).orElse(whenAbsent);
        try {
            int number = Integer.parseInt(value);
            if (number >= least) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Refused below.
        }
        throw InferException.invalid(
                key + ": expected a whole number from " + least + " to " + Integer.MAX_VALUE + ", got '" + value + "'");
    }

    private long bytes(String key) {
        String value = text(key).orElse(DOWNLOAD_BYTES);
        try {
            long number = Long.parseLong(value);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Refused below.
        }
        throw InferException.invalid(key + ": expected a number of bytes, got '" + value + "'");
    }

    private double real(String key, double whenAbsent) {
        String value = text(key).orElse(Double.toString(whenAbsent));
        try {
            double number = Double.parseDouble(value);
            if (number > 0 && number <= Integer.MAX_VALUE) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Refused below.
        }
        throw InferException.invalid(key + ": expected a number above 0, got '" + value + "'");
    }

    private ListenAddress address(String key, int port) {
        return ListenAddress.parse(key, text(key).orElse("http://127.0.0.1:" + port));
    }

    private ListenAddress grpc(String key, int port) {
        return new ListenAddress(
                text(key + "_address").orElse("127.0.0.1"), number(key + "_port", Integer.toString(port), 0));
    }

    private Optional<TlsConfig> tls() {
        if (!bool("enable_grpc_ssl", false)) {
            return Optional.empty();
        }
        return Optional.of(TlsConfig.of(new ServerTls.Pem(file("certificate_file"), file("private_key_file"))));
    }

    /** A key store, or else PEM files. */
    private ServerTls httpTls() {
        Optional<String> store = text("keystore");
        if (store.isPresent()) {
            return new ServerTls.Store(
                    Path.of(store.get()),
                    text("keystore_pass").orElse("changeit"),
                    text("keystore_type").orElse("PKCS12"));
        }
        return new ServerTls.Pem(pem("certificate_file"), pem("private_key_file"));
    }

    private Path pem(String key) {
        return Path.of(text(key)
                .orElseThrow(() -> InferException.invalid("an address with https needs '" + key
                        + "', a PEM file, or 'keystore'; a certificate is not made up")));
    }

    private Path file(String key) {
        return Path.of(text(key)
                .orElseThrow(() -> InferException.invalid(
                        "enable_grpc_ssl=true needs '" + key + "', a PEM file; a keystore is not read")));
    }

    private List<Pattern> allowedUrls() {
        List<Pattern> patterns = new ArrayList<>();
        for (String url : text("allowed_urls").orElse("file://.*|http(s)?://.*").split(",", -1)) {
            try {
                patterns.add(Pattern.compile(url.strip()));
            } catch (PatternSyntaxException e) {
                throw new InferException(
                        InferException.Code.INVALID_ARG,
                        "allowed_urls: expected regular expressions with commas between them, got '" + url + "'",
                        e);
            }
        }
        return patterns;
    }

    /** Models of the property, or else of a snapshot. */
    private Map<String, Map<String, ModelSettings>> models() {
        Optional<String> snapshot = text("model_snapshot");
        if (snapshot.isPresent()) {
            JsonValue models = json("model_snapshot", snapshot.get())
                    .find("models")
                    .orElseThrow(() -> InferException.invalid("model_snapshot: expected a member 'models'"));
            return ModelSettings.readAll("model_snapshot", models);
        }
        return text("models")
                .map(text -> ModelSettings.readAll("models", json("models", text)))
                .orElseGet(LinkedHashMap::new);
    }

    private static JsonValue json(String key, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try {
            return JsonValue.parse(bytes, 0, bytes.length);
        } catch (InferException e) {
            throw new InferException(InferException.Code.INVALID_ARG, key + ": expected JSON: " + e.text(), e);
        }
    }

    private Map<String, String> honoured() {
        Map<String, String> honoured = new TreeMap<>(values);
        honoured.keySet()
                .removeIf(key -> !PropertyTable.HONOURED.contains(key) && !key.startsWith(PropertyTable.ENGINE_PREFIX));
        return honoured;
    }
}
