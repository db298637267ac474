package dev.nereid.server.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.config.ServeFlags;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FlagParserTest {
    private static ParsedFlags parse(String... arguments) {
        return new FlagParser(ServeFlags.all()).parse(List.of(arguments));
    }

    @Test
    void readsValueAfterEqualsOrInNextArgument() {
        ParsedFlags flags = parse("--http-port=9000", "--grpc-port", "9001", "--id", "--odd");

        assertThat(flags.integer("http-port", 8000)).isEqualTo(9000);
        assertThat(flags.integer("grpc-port", 8001)).isEqualTo(9001);
        assertThat(flags.text("id")).contains("--odd");
        assertThat(flags.integer("metrics-port", 8002)).isEqualTo(8002);
    }

    @Test
    void takesUnambiguousPrefix() {
        assertThat(parse("--http-po=9000").integer("http-port", 8000)).isEqualTo(9000);
    }

    @Test
    void prefersExactNameOverLongerNames() {
        assertThat(parse("--rate-limit=off").text("rate-limit")).contains("off");
    }

    @Test
    void refusesAmbiguousPrefixAndNamesCandidates() {
        assertThatThrownBy(() -> parse("--model-con=x"))
                .isInstanceOf(CommandLineException.class)
                .hasMessage("option '--model-con' is ambiguous; possibilities: '--model-control-mode' "
                        + "'--model-config-name'");
    }

    @Test
    void lastValueCountsUnlessFlagIsRepeatable() {
        ParsedFlags flags =
                parse("--http-port=1", "--model-repository=a", "--http-port=2", "--model-store=b", "--model-repo=c");

        assertThat(flags.integer("http-port", 8000)).isEqualTo(2);
        assertThat(flags.texts("model-repository", "model-store")).containsExactly("a", "c", "b");
    }

    @ParameterizedTest
    @ValueSource(strings = {"true", "on", "1", "TRUE", "On"})
    void knowsSpellingsOfTrue(String spelling) {
        assertThat(parse("--allow-http=" + spelling).bool("allow-http", false)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"false", "off", "0", "FALSE", "Off"})
    void knowsSpellingsOfFalse(String spelling) {
        assertThat(parse("--allow-http=" + spelling).bool("allow-http", true)).isFalse();
    }

    @ParameterizedTest
    @CsvSource({"true,1", "false,0", "3,3", "on,1"})
    void verbosityIsNumberOrBoolean(String text, int level) {
        assertThat(parse("--log-verbose=" + text).verbosity("log-verbose")).isEqualTo(level);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--http-port=1.4     | Bad option: \"--http-port\". Invalid option value. Got 1.4",
                "--http-port=        | Bad option: \"--http-port\". Invalid option value. Got ",
                "--http-port=5000000000 | Bad option: \"--http-port\". Provided option value is out of bound. Got 5000000000",
                "--allow-http=maybe  | Bad option: \"--allow-http\". invalid value for bool option: maybe",
                "--log-format=text   | Bad option: \"--log-format\". invalid argument for --log-format",
                "--model-control-mode=all | Bad option: \"--model-control-mode\". invalid argument for --model-control-mode",
                "--http-port         | option '--http-port' requires an argument",
                "--help=yes          | option '--help' doesn't allow an argument",
                "--http-prt=1        | unrecognized option '--http-prt': did you mean '--http-port'?",
                "--completely-wrong  | unrecognized option '--completely-wrong'",
                "-p                  | unrecognized option '-p'",
                "models              | Unexpected argument: models"
            })
    void refusesInOneSentence(String argument, String sentence) {
        assertThatThrownBy(() -> parse(argument.strip()))
                .isInstanceOf(CommandLineException.class)
                .extracting(Throwable::getMessage)
                .asString()
                .isEqualToIgnoringWhitespace(sentence);
    }

    @Test
    void refusesPairWithoutColon() {
        assertThatThrownBy(() -> parse("--cuda-memory-pool-byte-size=gpu"))
                .isInstanceOf(CommandLineException.class)
                .hasMessageContaining("Cannot parse pair option due to incorrect number of inputs."
                        + "--<pair option> argument requires format <first>:<second>. Found: gpu");
    }

    @Test
    void warnsOnceOfFlagWithoutEffect() {
        assertThat(parse("--http-thread-count=3", "--http-thread-count=4").warnings())
                .containsExactly("'--http-thread-count' is accepted as Triton's, but has no effect here.");
    }

    @Test
    void isSilentWhereFlagWithoutEffectAsksForNothing() {
        assertThat(parse("--enable-peer-access=false", "--rate-limit=off").warnings())
                .isEmpty();
    }

    @Test
    void warnsOfDeprecatedFlagsInTritonsWords() {
        ParsedFlags flags = parse(
                "--strict-model-config=true", "--response-cache-byte-size=64", "--trace-rate=1", "--trace-rate=2");

        String rate = "Warning: '--trace-rate' has been deprecated and will be removed in future releases. Please use "
                + "'--trace-config rate=<rate value> instead.";
        assertThat(flags.warnings()).isEmpty();
        assertThat(flags.deprecations())
                .containsExactly(
                        "Warning: '--strict-model-config' has been deprecated! Please use "
                                + "'--disable-auto-complete-config' instead.",
                        "Warning: '--response-cache-byte-size' has been deprecated! This will default to the 'local' "
                                + "cache implementation with the provided byte size for its config. Please use "
                                + "'--cache-config' instead. The equivalent --cache-config CLI args would be: "
                                + "'--cache-config=local,size=64'",
                        rate,
                        rate);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--model-store=/mnt/models --grpc-port=9000 --http-port=8080 --allow-grpc=true --allow-http=true",
                "--model-repository=/models --model-control-mode=POLL --strict-readiness=false --exit-on-error=false",
                "--allow-sagemaker=true --allow-grpc=false --allow-http=false --allow-metrics=false "
                        + "--model-control-mode=explicit --load-model=m",
                "--model-repository /models --backend-config=python,shm-default-byte-size=1048576 --log-verbose=1"
            })
    void acceptsStartLinesFoundInTheWild(String line) {
        assertThat(parse(line.split(" ")).has("help")).isFalse();
    }
}
