package dev.nereid.server.config;

import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.http.HttpConfig;
import dev.nereid.server.http.SageMakerConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** From flags, and from the variables of Triton's image for SageMaker, to the front for it. */
final class SageMakerFlags {
    private static final String SAFE_PORTS = "sagemaker-safe-port-range";
    private static final int USUAL_PORT = 8080;
    private static final Pattern RANGE = Pattern.compile("(?<first>[0-9]{1,9})-(?<last>[0-9]{1,9})");

    private SageMakerFlags() {}

    /** Whether the front is opened. */
    static boolean isWanted(ParsedFlags flags) {
        return flags.bool("allow-sagemaker", false);
    }

    /**
     * Reads the front's configuration; empty where it is not opened.
     *
     * @param http the configuration of HTTP, of which it takes the address, the limits, and who may call what
     */
    static Optional<SageMakerConfig> read(ParsedFlags flags, Map<String, String> environment, HttpConfig http) {
        if (!isWanted(flags)) {
            return Optional.empty();
        }
        int port = flags.integer("sagemaker-port", USUAL_PORT);
        HttpConfig own = HttpConfig.of(http.address(), port, http.serverName())
                .withLimits(http.limits())
                .withKeys(http.keys())
                .withCors(http.cors())
                .withHosts(http.hosts())
                .withDialect(http.dialect());
        return Optional.of(new SageMakerConfig(
                own,
                chosen(
                        environment,
                        "SAGEMAKER_TRITON_PING_MODE",
                        SageMakerConfig.Ping.values(),
                        SageMakerConfig.Ping::word),
                environment.getOrDefault("SAGEMAKER_TRITON_DEFAULT_MODEL_NAME", ""),
                chosen(
                        environment,
                        "SAGEMAKER_TRITON_INFERENCE_TYPE",
                        SageMakerConfig.Inference.values(),
                        SageMakerConfig.Inference::word)));
    }

    /** What a variable chooses; the first of all where it is not set. */
    private static <T> T chosen(
            Map<String, String> environment, String variable, T[] choices, Function<T, String> word) {
        List<T> all = List.of(choices);
        String text = environment.getOrDefault(variable, "");
        if (text.isEmpty()) {
            return all.getFirst();
        }
        return all.stream()
                .filter(choice -> word.apply(choice).equals(text))
                .findFirst()
                .orElseThrow(() -> new CommandLineException(variable + ": expected "
                        + Arrays.stream(choices).map(word).collect(Collectors.joining(" or ")) + ", got '" + text
                        + "'"));
    }

    /**
     * Checks that the other fronts listen on ports that SageMaker lets through.
     *
     * @throws CommandLineException in Triton's words if one at the same address does not
     */
    static void checkSafePorts(ParsedFlags flags, ServerConfig config) {
        Optional<String> range = flags.text(SAFE_PORTS);
        if (range.isEmpty()) {
            return;
        }
        Matcher ports = RANGE.matcher(range.get());
        if (!ports.matches()) {
            throw CommandLineException.badOption(SAFE_PORTS, "Expected two ports as in 8081-9000. Got " + range.get());
        }
        if (!isWanted(flags)) {
            return;
        }
        int first = Integer.parseInt(ports.group("first"));
        int last = Integer.parseInt(ports.group("last"));
        String address = config.address(Front.SAGEMAKER);
        for (Front front : config.fronts()) {
            int port = front == Front.SAGEMAKER ? first : config.port(front);
            if (config.address(front).equals(address) && (port < first || port > last)) {
                throw new CommandLineException("The server cannot listen to " + front.title() + " requests at port "
                        + port + ", allowed port range is [" + first + ", " + last + "]");
            }
        }
    }
}
