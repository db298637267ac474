package dev.nereid.server.torchserve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.server.torchserve.Tokens.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokensTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    private Path home;

    private Instant now = START;

    private Tokens open(String disabled) {
        TorchServeConfig config = new TorchServeProperties(
                        Map.of("disable_token_authorization", disabled, "token_expiration_min", "1"),
                        Map.of(),
                        Map.of())
                .config(home.resolve("w"), home, false);
        return Tokens.open(config, () -> now);
    }

    private Optional<String> key(String name) throws IOException {
        JsonNode file =
                new ObjectMapper().readTree(home.resolve("key_file.json").toFile());
        return Optional.of("Bearer " + file.get(name).get("key").asText());
    }

    @Test
    void eachKeyOpensItsOwnScope() throws IOException {
        try (Tokens tokens = open("false")) {
            assertThat(key("inference").orElseThrow()).hasSize("Bearer ".length() + 8);
            assertThatCode(() -> tokens.check(Scope.INFERENCE, key("inference")))
                    .doesNotThrowAnyException();
            assertThatCode(() -> tokens.check(Scope.MANAGEMENT, key("management")))
                    .doesNotThrowAnyException();
            assertThatCode(() -> tokens.check(Scope.API, key("API"))).doesNotThrowAnyException();
            for (Optional<String> wrong : java.util.List.of(
                    key("management"),
                    Optional.<String>empty(),
                    Optional.of("Bearer "),
                    Optional.of(key("inference").get().substring(7)))) {
                assertThatThrownBy(() -> tokens.check(Scope.INFERENCE, wrong))
                        .hasMessage(
                                "Token Authorization failed. Token either incorrect, expired, or not provided correctly");
            }
        }
        assertThat(home.resolve("key_file.json")).doesNotExist();
    }

    @Test
    void keysExpireAndAreRenewed() throws IOException {
        try (Tokens tokens = open("false")) {
            Optional<String> first = key("management");
            now = START.plusSeconds(61);
            assertThatThrownBy(() -> tokens.check(Scope.MANAGEMENT, first)).isInstanceOf(TorchServeException.class);
            assertThatCode(() -> tokens.check(Scope.API, key("API"))).doesNotThrowAnyException();
            JsonNode told = new ObjectMapper().readTree(tokens.renew("management"));
            assertThat(told.at("/management/expiration time").asText()).isEqualTo("2026-01-01T00:02:01Z");
            assertThat(key("management")).isNotEqualTo(first);
            assertThatCode(() -> tokens.check(Scope.MANAGEMENT, key("management")))
                    .doesNotThrowAnyException();
            assertThatThrownBy(() -> tokens.renew("API"))
                    .hasMessage("type: expected management or inference, got 'API'");
        }
    }

    @Test
    void theFileIsForItsOwnerAlone() throws IOException {
        try (Tokens tokens = open("false")) {
            assertThat(tokens).isNotNull();
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(home.resolve("key_file.json"))))
                    .isEqualTo("rw-------");
        }
    }

    @Test
    void withoutKeysEverybodyPasses() {
        try (Tokens tokens = open("true")) {
            assertThatCode(() -> tokens.check(Scope.MANAGEMENT, Optional.empty()))
                    .doesNotThrowAnyException();
            assertThat(home.resolve("key_file.json")).doesNotExist();
        }
    }
}
