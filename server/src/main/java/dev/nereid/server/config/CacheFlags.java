package dev.nereid.server.config;

import dev.nereid.server.cache.CacheConfig;
import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.ParsedFlags;
import dev.nereid.server.tls.ClientTls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** From the flags of the response cache to its configuration. */
final class CacheFlags {
    private static final String CONFIG = "cache-config";
    private static final String OLD = "response-cache-byte-size";
    private static final String LOCAL = "local";
    private static final String REDIS = "redis";
    private static final String SIZE = "size";
    private static final String CERTIFICATE = "cert";
    private static final String KEY = "key";
    private static final String AUTHORITY = "cacert";
    private static final String AUTHORITY_FOLDER = "cacert_dir";
    private static final String SERVER_NAME = "sni";
    private static final int USUAL_MILLIS = 1000;
    private static final int USUAL_CONNECTIONS = 8;
    private static final int USUAL_WAIT_MILLIS = 100;

    /** What each kind of cache can be told. */
    private static final Map<String, Set<String>> SETTINGS = Map.of(
            LOCAL,
            Set.of(SIZE),
            REDIS,
            Set.of(
                    "host",
                    "port",
                    "user",
                    "password",
                    "db",
                    "connect_timeout",
                    "socket_timeout",
                    "pool_size",
                    "wait_timeout",
                    CERTIFICATE,
                    KEY,
                    AUTHORITY,
                    AUTHORITY_FOLDER,
                    SERVER_NAME));

    private CacheFlags() {}

    /**
     * The cache; empty where the flags ask for none.
     *
     * @param environment may have user and password of a Redis
     * @throws CommandLineException if they contradict themselves, or ask for a cache that there is not
     */
    static Optional<CacheConfig> read(ParsedFlags flags, Map<String, String> environment) {
        List<String> texts = flags.texts(CONFIG);
        if (!flags.has(OLD)) {
            return texts.isEmpty() ? Optional.empty() : Optional.of(read(texts, environment));
        }
        if (!texts.isEmpty()) {
            throw new CommandLineException("Error: Incompatible flags --response-cache-byte-size and --cache-config "
                    + "both provided. Please provide one or the other.");
        }
        long bytes = flags.longInteger(OLD, 0);
        if (bytes < 0) {
            throw CommandLineException.badOption(OLD, "Expected at least 0. Got " + bytes);
        }
        return bytes == 0 ? Optional.empty() : Optional.of(new CacheConfig.Local(bytes));
    }

    /** Reads {@code <cache>,<setting>=<value>}. */
    private static CacheConfig read(List<String> texts, Map<String, String> environment) {
        String kind = "";
        Map<String, String> settings = new HashMap<>();
        for (String text : texts) {
            int comma = text.indexOf(',');
            int equals = text.indexOf('=');
            if (comma < 1) {
                throw CommandLineException.badOption(
                        CONFIG,
                        "No cache specified. --cache-config option format is <cache name>,<setting>=<value>. Got "
                                + text);
            }
            if (equals < comma + 2) {
                throw CommandLineException.badOption(
                        CONFIG, "--cache-config option format is '<cache name>,<setting>=<value>'. Got " + text);
            }
            String cache = text.substring(0, comma);
            if (!kind.isEmpty() && !kind.equals(cache)) {
                throw new CommandLineException(
                        "Error: multiple cache configurations: all of --cache-config must name the same cache");
            }
            kind = cache;
            String setting = text.substring(comma + 1, equals);
            check(cache, setting);
            settings.put(setting, text.substring(equals + 1));
        }
        return kind.equals(LOCAL) ? local(settings) : redis(settings, environment);
    }

    private static void check(String cache, String setting) {
        Set<String> known = SETTINGS.get(cache);
        if (known == null) {
            throw CommandLineException.badOption(
                    CONFIG, "The response caches here are 'local' and 'redis'. Got '" + cache + "'");
        }
        if (!known.contains(setting)) {
            throw CommandLineException.badOption(
                    CONFIG,
                    "The settings of the " + cache + " cache are "
                            + String.join(", ", known.stream().sorted().toList()) + ". Got '" + setting + "'");
        }
    }

    private static CacheConfig local(Map<String, String> settings) {
        String text = settings.getOrDefault(SIZE, "");
        try {
            long bytes = Long.parseLong(text);
            if (bytes > 0) {
                return new CacheConfig.Local(bytes);
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw CommandLineException.badOption(
                CONFIG,
                "The local cache needs a size of more than 0 bytes: --cache-config=local,size=<n>. Got '" + text + "'");
    }

    /** As in Triton, what a flag says goes before what a variable says. */
    private static CacheConfig redis(Map<String, String> settings, Map<String, String> environment) {
        if (!settings.containsKey("host") || !settings.containsKey("port")) {
            // Triton's text, its slip included.
            throw new CommandLineException("Failed to initialize RedisCache, didn't specify address. Must at a minimum "
                    + "specify 'host' and 'port' in the configuration - e.g. tritonserver --cache-config "
                    + "redis,host=redis --cache-config redis,port=6379 --model-repository=/models ...");
        }
        return new CacheConfig.Redis(
                settings.getOrDefault("host", ""),
                port(settings),
                text(settings, "user", environment.getOrDefault("TRITONCACHE_REDIS_USERNAME", "")),
                text(settings, "password", environment.getOrDefault("TRITONCACHE_REDIS_PASSWORD", "")),
                number(settings, "db", 0, 0, Integer.MAX_VALUE),
                Duration.ofMillis(number(settings, "connect_timeout", USUAL_MILLIS, 0, Integer.MAX_VALUE)),
                Duration.ofMillis(number(settings, "socket_timeout", USUAL_MILLIS, 0, Integer.MAX_VALUE)),
                number(settings, "pool_size", USUAL_CONNECTIONS, 1, Integer.MAX_VALUE),
                Duration.ofMillis(number(settings, "wait_timeout", USUAL_WAIT_MILLIS, 0, Integer.MAX_VALUE)),
                tls(settings));
    }

    /** As in Triton, one setting of TLS turns it on. */
    private static Optional<ClientTls> tls(Map<String, String> settings) {
        Optional<Path> certificate = text(settings, CERTIFICATE, "").map(Path::of);
        Optional<Path> key = text(settings, KEY, "").map(Path::of);
        Optional<Path> authority = text(settings, AUTHORITY, "").map(Path::of);
        Optional<Path> authorityFolder = text(settings, AUTHORITY_FOLDER, "").map(Path::of);
        Optional<String> serverName = text(settings, SERVER_NAME, "");
        if (certificate.isPresent() != key.isPresent()) {
            throw CommandLineException.badOption(
                    CONFIG,
                    "The redis cache needs " + CERTIFICATE + " and " + KEY + ", or none of them. Got "
                            + (key.isPresent() ? KEY : CERTIFICATE) + " alone");
        }
        boolean asked =
                Stream.of(certificate, authority, authorityFolder, serverName).anyMatch(Optional::isPresent);
        return asked
                ? Optional.of(new ClientTls(
                        certificate.flatMap(file -> key.map(own -> new ClientTls.Identity(file, own))),
                        authority,
                        authorityFolder,
                        serverName))
                : Optional.empty();
    }

    private static Optional<String> text(Map<String, String> settings, String setting, String whenAbsent) {
        String text = settings.getOrDefault(setting, whenAbsent);
        return text.isEmpty() ? Optional.empty() : Optional.of(text);
    }

    /** As in Triton, what is no number is port 0, of which the connection says that nobody listens there. */
    private static int port(Map<String, String> settings) {
        String text = settings.getOrDefault("port", "");
        return text.chars().anyMatch(Character::isDigit) ? number(settings, "port", 0, 0, 65535) : 0;
    }

    private static int number(Map<String, String> settings, String setting, int whenAbsent, int least, int most) {
        String text = settings.getOrDefault(setting, Integer.toString(whenAbsent));
        try {
            int number = Integer.parseInt(text);
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Told below.
        }
        throw CommandLineException.badOption(
                CONFIG,
                "The " + setting + " of the redis cache is a number of at least " + least
                        + (most == Integer.MAX_VALUE ? "" : " and at most " + most) + ". Got '" + text + "'");
    }
}
