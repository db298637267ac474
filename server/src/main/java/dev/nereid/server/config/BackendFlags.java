package dev.nereid.server.config;

import dev.nereid.server.cli.CommandLineException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What {@code --backend-config} says: {@code [<backend>,]<setting>=<value>}, any number of times. */
public final class BackendFlags {
    private static final String FLAG = "backend-config";

    /** Under this name stand the settings of all backends. */
    private static final String ALL = "";

    /** The onnxruntime backend's: cores that one execution has; 0 for all. A model's own parameter goes before it. */
    public static final String THREADS = "intra_op_thread_count";

    /** The tensorflow backend's: {@code default} or {@code all}, whether the signatures beside the default one are loaded. */
    static final String SIGNATURES = "signatures";

    private static final List<String> SIGNATURE_CHOICES = List.of("default", "all");

    /** The settings that mean something here, with the backends that they are of. */
    private static final Map<String, String> KNOWN = Map.of(
            "default-max-batch-size",
            ALL,
            THREADS,
            "onnxruntime",
            "allow-uploaded-code",
            "java",
            SIGNATURES,
            "tensorflow");

    /** Those that are numbers of at least 0. */
    private static final List<String> NUMBERS = List.of("default-max-batch-size", THREADS);

    private BackendFlags() {}

    /**
     * The settings by backend.
     *
     * @throws CommandLineException in Triton's words if one is no setting
     */
    static Map<String, Map<String, String>> read(List<String> settings) {
        Map<String, Map<String, String>> config = new HashMap<>();
        for (String text : settings) {
            int equals = text.indexOf('=');
            int comma = text.indexOf(',');
            boolean named = comma >= 0 && comma < equals;
            boolean whole = equals > (named ? comma + 1 : 0) && equals < text.length() - 1;
            if (comma == 0) {
                throw CommandLineException.badOption(
                        FLAG,
                        "No backend specified. --backend-config option format is <backend name>,<setting>=<value> or "
                                + "<setting>=<value>. Got " + text);
            }
            if (!whole) {
                throw CommandLineException.badOption(
                        FLAG, "--backend-config option format is '<backend name>,<setting>=<value>'. Got " + text);
            }
            String backend = named ? text.substring(0, comma) : ALL;
            String setting = text.substring(named ? comma + 1 : 0, equals);
            String value = text.substring(equals + 1);
            if (NUMBERS.contains(setting) && !value.matches("[0-9]{1,9}")) {
                throw CommandLineException.badOption(FLAG, setting + " is a number of at least 0. Got " + value);
            }
            if (setting.equals(SIGNATURES) && !SIGNATURE_CHOICES.contains(value)) {
                throw CommandLineException.badOption(
                        FLAG, setting + " is " + String.join(" or ", SIGNATURE_CHOICES) + ". Got " + value);
            }
            config.computeIfAbsent(backend, _ -> new HashMap<>()).put(setting, value);
        }
        return config;
    }

    /** A sentence for each setting that changes nothing, in the order of their names. */
    public static List<String> warnings(Map<String, Map<String, String>> config) {
        return new TreeMap<>(config)
                .entrySet().stream()
                        .flatMap(backend -> new TreeMap<>(backend.getValue())
                                .entrySet().stream()
                                        .filter(setting -> !hasEffect(backend.getKey(), setting.getKey()))
                                        .map(setting -> "--" + FLAG + "="
                                                + (backend.getKey().equals(ALL) ? "" : backend.getKey() + ",")
                                                + setting.getKey() + "=" + setting.getValue()
                                                + ": this setting has no effect here."))
                        .toList();
    }

    private static boolean hasEffect(String backend, String setting) {
        String of = KNOWN.get(setting);
        return of != null && (of.equals(ALL) || backend.equals(ALL) || backend.equals(of));
    }
}
