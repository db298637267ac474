package dev.nereid.server.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.Until;
import dev.nereid.server.protocol.ApiGroup;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.tls.SelfSigned;
import dev.nereid.server.watch.FileWatch;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who asks and what they may, by the files. */
class AuthenticatorTest {
    @TempDir
    private Path folder;

    private final FileWatch files = new FileWatch();
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-06-01T00:00:00Z"));

    @AfterEach
    void stop() {
        files.close();
    }

    private record Shown(Map<String, String> headers, Optional<X509Certificate> certificate) implements Credentials {
        @Override
        public Optional<String> header(String name) {
            return Optional.ofNullable(headers.get(name));
        }
    }

    private static String sha256(String key) throws Exception {
        return HexFormat.of()
                .formatHex(MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8)));
    }

    private Authenticator open(String keys, String policy) throws IOException {
        AccessConfig config = new AccessConfig(write("keys.yaml", keys), write("policy.yaml", policy));
        config.check();
        return Authenticator.open(config, files, (InstantSource) now::get);
    }

    private Optional<Path> write(String name, String text) throws IOException {
        return text.isEmpty() ? Optional.empty() : Optional.of(Files.writeString(folder.resolve(name), text));
    }

    private static Caller with(Authenticator authenticator, String header, String value) {
        return authenticator.caller(new Shown(Map.of(header, value), Optional.empty()));
    }

    private static Caller nobody(Authenticator authenticator) {
        return authenticator.caller(new Shown(Map.of(), Optional.empty()));
    }

    @Test
    void anOwnerMayHaveSeveralKeysWhichAreGoodForATime() throws Exception {
        Authenticator authenticator = open("""
                keys:
                - {id: alice, sha256: %s, groups: [team-a], expires: "2026-06-02T00:00:00Z"}
                - {id: alice, sha256: %s, groups: [team-a], not_before: "2026-06-01T12:00:00Z"}
                """.formatted(sha256("old"), sha256("new")), "");
        assertThat(with(authenticator, "x-api-key", "old").principal())
                .isEqualTo(new Principal("alice", Set.of("team-a")));
        assertThat(with(authenticator, "authorization", "bearer old")
                        .principal()
                        .id())
                .isEqualTo("alice");
        assertRefused(with(authenticator, "x-api-key", "new"));
        assertRefused(with(authenticator, "x-api-key", sha256("old")));
        assertRefused(with(authenticator, "x-api-key", ""));
        now.set(Instant.parse("2026-06-02T00:00:00Z"));
        assertRefused(with(authenticator, "x-api-key", "old"));
        assertThat(with(authenticator, "x-api-key", "new").principal().id()).isEqualTo("alice");
    }

    private static void assertRefused(Caller caller) {
        assertThatThrownBy(() -> caller.check(Optional.of(ApiGroup.HEALTH)))
                .isInstanceOfSatisfying(
                        InferException.class, e -> assertThat(e.code()).isEqualTo(InferException.Code.UNAUTHENTICATED));
    }

    @Test
    void withoutAPolicyOwnersMayDoAllAndOthersAskForHealth() throws Exception {
        Authenticator authenticator = open("keys: [{id: alice, sha256: %s}]".formatted(sha256("key")), "");
        for (ApiGroup group : ApiGroup.values()) {
            with(authenticator, "x-api-key", "key").check(Optional.of(group));
            if (group != ApiGroup.HEALTH) {
                assertThatThrownBy(() -> nobody(authenticator).check(Optional.of(group)))
                        .isInstanceOf(InferException.class);
            }
        }
        nobody(authenticator).check(Optional.of(ApiGroup.HEALTH));
        assertThat(sees(nobody(authenticator), ApiGroup.HEALTH, "m", -1)).isFalse();
        assertThat(sees(with(authenticator, "x-api-key", "key"), ApiGroup.INFERENCE, "m", 3))
                .isTrue();
    }

    private static boolean sees(Caller caller, ApiGroup group, String model, long version) {
        return caller.calling(Optional.of(group)).get(() -> Caller.currentSees(model, version));
    }

    @Test
    void theFirstRuleThatIsAboutACallDecides() throws Exception {
        Authenticator authenticator =
                open("keys: [{id: alice, sha256: %s, groups: [a]}]".formatted(sha256("key")), """
                rules:
                - {groups: [a], models: [secret-*], deny: true}
                - {groups: [a], models: ["*-1", exact], apis: [inference, trace], versions: [2]}
                - {groups: ["*"], apis: [metadata]}
                - {groups: [b]}
                """);
        Caller alice = with(authenticator, "x-api-key", "key");
        assertThat(sees(alice, ApiGroup.INFERENCE, "exact", 2)).isTrue();
        assertThat(sees(alice, ApiGroup.INFERENCE, "exact", -1)).isTrue();
        assertThat(sees(alice, ApiGroup.INFERENCE, "exact", 1)).isFalse();
        assertThat(sees(alice, ApiGroup.INFERENCE, "model-1", 2)).isTrue();
        assertThat(sees(alice, ApiGroup.INFERENCE, "secret-1", 2)).isFalse();
        assertThat(sees(alice, ApiGroup.INFERENCE, "other", 2)).isFalse();
        assertThat(sees(alice, ApiGroup.METADATA, "other", 7)).isTrue();
        assertThat(sees(alice, ApiGroup.METADATA, "secret-1", 7)).isFalse();
        assertThat(sees(alice, ApiGroup.MODEL_CONFIG, "exact", 2)).isFalse();
        alice.check(Optional.of(ApiGroup.INFERENCE));
        for (ApiGroup denied : List.of(ApiGroup.STATISTICS, ApiGroup.TRACE)) { // traces are the whole server's
            assertThatThrownBy(() -> alice.check(Optional.of(denied)))
                    .hasMessage("'alice' may not make calls of " + denied.flagName());
        }
        assertThat(alice.get(() -> Caller.currentSees("other", -1)))
                .as("by any group of calls")
                .isTrue();
        assertThat(Caller.currentSees("secret-1", -1)).as("the server itself").isTrue();
    }

    @Test
    void aCertificateNamesItsOwner() throws Exception {
        SelfSigned made = SelfSigned.make(folder, "client");
        X509Certificate certificate;
        try (var in = Files.newInputStream(made.certificate())) {
            certificate =
                    (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
        }
        Authenticator authenticator = open("", "rules: [{principals: [cli*], models: [m]}]");
        Caller client = authenticator.caller(new Shown(Map.of(), Optional.of(certificate)));
        assertThat(client.principal()).isEqualTo(new Principal("client", Set.of()));
        assertThat(sees(client, ApiGroup.INFERENCE, "m", 1)).isTrue();
        assertThat(sees(client, ApiGroup.INFERENCE, "n", 1)).isFalse();
        assertThat(sees(nobody(authenticator), ApiGroup.INFERENCE, "m", 1)).isFalse();
    }

    @Test
    void filesAreReadAgainAndBrokenOnesAreNot() throws Exception {
        Authenticator authenticator = open("keys: [{id: alice, sha256: %s}]".formatted(sha256("key")), "");
        Files.writeString(folder.resolve("keys.yaml"), "keys: [{id: bob, sha256: " + sha256("other") + "}]");
        Until.until(
                "the new key is known",
                () -> with(authenticator, "x-api-key", "other").refusal().isEmpty());
        assertRefused(with(authenticator, "x-api-key", "key"));
        Files.writeString(folder.resolve("keys.yaml"), "keys: [{id: bo");
        Thread.sleep(1200);
        assertThat(with(authenticator, "x-api-key", "other").principal().id()).isEqualTo("bob");
    }

    @Test
    void saysWhatIsWrongWithAFileAndTellsNoSecret() throws Exception {
        for (List<String> wrong : List.of(
                List.of("words", "expected 'keys:' with a list and nothing else"),
                List.of("keys: [{sha256: s3cret}]", "keys[0]: expected 'id', got none"),
                List.of("keys: [{id: a, sha256: s3cret}]", "keys[0]: sha256: expected 64 hexadecimal digits"),
                List.of("keys: [{id: a, sha: s3cret}]", "keys[0]: expected some of expires, groups, id,"),
                List.of("keys: [{id: a, sha256: %s, expires: soon}]", "expires: expected a moment as"),
                List.of("keys: [{id: a, sha256: %s, groups: ['*']}]", "groups: expected names of your own, got '*'"),
                List.of("keys: [{id: a, sha256: %s}, {id: b, sha256: %s}]", "expected another key"),
                List.of("keys: [{s3cret", "is no YAML"))) {
            String text = wrong.getFirst().replace("%s", sha256("key"));
            assertThatThrownBy(() -> open(text, ""))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(wrong.getLast())
                    .satisfies(e -> assertThat(e.getMessage()).doesNotContain("s3cret"));
        }
        for (List<String> wrong : List.of(
                List.of("rules: [{models: [m]}]", "rules[0]: expected 'groups' or 'principals', got none"),
                List.of("rules: [{groups: [a], apis: [infer]}]", "got 'infer'"),
                List.of("rules: [{groups: a}]", "groups: expected a list of texts, got 'a'"),
                List.of("rules: [{groups: [a], deny: no way}]", "deny: expected true or false"))) {
            assertThatThrownBy(() -> open("", wrong.getFirst())).hasMessageContaining(wrong.getLast());
        }
    }

    @Test
    void aStarStandsForAnyText() {
        for (String matching : List.of("resnet*", "*50", "*", "res*t50", "*e*n*5*", "resnet50", "resnet50*")) {
            assertThat(new NamePattern(matching).matches("resnet50"))
                    .as(matching)
                    .isTrue();
        }
        for (String other : List.of("", "resnet", "*51", "Resnet*", "resnet50?", "*x*", "resnet50*0")) {
            assertThat(new NamePattern(other).matches("resnet50")).as(other).isFalse();
        }
    }
}
