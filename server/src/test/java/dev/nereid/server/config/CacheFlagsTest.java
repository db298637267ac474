package dev.nereid.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.cache.CacheConfig;
import dev.nereid.server.cli.CommandLineException;
import dev.nereid.server.cli.FlagParser;
import dev.nereid.server.tls.ClientTls;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The flags of a cache in a Redis; ResponseCacheServerTest has those of the local one. */
class CacheFlagsTest {
    private static CacheConfig.Redis read(Map<String, String> environment, String... settings) {
        List<String> arguments = Stream.of(settings)
                .map(setting -> "--cache-config=redis," + setting)
                .toList();
        return (CacheConfig.Redis) CacheFlags.read(new FlagParser(ServeFlags.all()).parse(arguments), environment)
                .orElseThrow();
    }

    @Test
    void hostAndPortAreEnough() {
        assertThat(read(Map.of(), "host=h", "port=6379"))
                .isEqualTo(new CacheConfig.Redis(
                        "h",
                        6379,
                        Optional.empty(),
                        Optional.empty(),
                        0,
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(1),
                        8,
                        Duration.ofMillis(100),
                        Optional.empty()));
    }

    @Test
    void everySettingOfTritonsIsRead() {
        assertThat(read(
                        Map.of(),
                        "host=h",
                        "port=1",
                        "user=u",
                        "password=p=w",
                        "db=2",
                        "connect_timeout=3",
                        "socket_timeout=0",
                        "pool_size=5",
                        "wait_timeout=6"))
                .isEqualTo(new CacheConfig.Redis(
                        "h",
                        1,
                        Optional.of("u"),
                        Optional.of("p=w"),
                        2,
                        Duration.ofMillis(3),
                        Duration.ZERO,
                        5,
                        Duration.ofMillis(6),
                        Optional.empty()));
    }

    @Test
    void variablesSayWhoWhereFlagsDoNot() {
        Map<String, String> environment = Map.of("TRITONCACHE_REDIS_USERNAME", "u", "TRITONCACHE_REDIS_PASSWORD", "p");
        CacheConfig.Redis both = read(environment, "host=h", "port=1");
        assertThat(both.user()).hasValue("u");
        assertThat(both.password()).hasValue("p");
        CacheConfig.Redis flag = read(environment, "host=h", "port=1", "password=mine");
        assertThat(flag.user()).hasValue("u");
        assertThat(flag.password()).hasValue("mine");
    }

    @Test
    @Tag("found-17")
    void aPortThatIsNoNumberIsZero() {
        assertThat(read(Map.of(), "host=h", "port=nonexistent").port()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"host=h", "port=1", "db=1"})
    void anAddressMustBeThere(String setting) {
        assertThatThrownBy(() -> read(Map.of(), setting))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining("Must at a minimum specify 'host' and 'port' in the configuration");
    }

    @ParameterizedTest
    @CsvSource({
        "port=65536, The port of the redis cache is a number of at least 0 and at most 65535. Got '65536'",
        "port=6379x, The port of the redis cache is a number of at least 0 and at most 65535. Got '6379x'",
        "db=-1, The db of the redis cache is a number of at least 0. Got '-1'",
        "pool_size=0, The pool_size of the redis cache is a number of at least 1. Got '0'"
    })
    void numbersMustBeSome(String setting, String sentence) {
        assertThatThrownBy(() -> read(Map.of(), "host=h", "port=1", setting))
                .isInstanceOf(CommandLineException.class)
                .hasMessage("Bad option: \"--cache-config\". " + sentence);
    }

    @Test
    void oneSettingOfTlsTurnsItOn() {
        assertThat(read(Map.of(), "host=h", "port=1", "sni=redis.test").tls())
                .hasValue(
                        new ClientTls(Optional.empty(), Optional.empty(), Optional.empty(), Optional.of("redis.test")));
        assertThat(read(Map.of(), "host=h", "port=1", "cert=c", "key=k", "cacert=a", "cacert_dir=d")
                        .tls())
                .hasValue(new ClientTls(
                        Optional.of(new ClientTls.Identity(Path.of("c"), Path.of("k"))),
                        Optional.of(Path.of("a")),
                        Optional.of(Path.of("d")),
                        Optional.empty()));
    }

    @ParameterizedTest
    @CsvSource({"cert", "key"})
    void aCertificateAndItsKeyGoTogether(String setting) {
        assertThatThrownBy(() -> read(Map.of(), "host=h", "port=1", setting + "=file"))
                .isInstanceOf(CommandLineException.class)
                .hasMessage("Bad option: \"--cache-config\". The redis cache needs cert and key, or none of them. Got "
                        + setting + " alone");
    }
}
