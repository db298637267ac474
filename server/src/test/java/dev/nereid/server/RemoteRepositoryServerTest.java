package dev.nereid.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.config.Front;
import dev.nereid.server.config.ServerConfig;
import dev.nereid.server.config.StartException;
import dev.nereid.server.repository.folders.RepositoryRoot;
import dev.nereid.server.storage.FakeAzure;
import dev.nereid.server.storage.FakeBucket;
import dev.nereid.server.storage.FakeGoogle;
import dev.nereid.server.storage.FakeS3;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole servers over repositories in stores, by the cases of Triton's suite for them (L0_storage_S3). */
class RemoteRepositoryServerTest {
    private static final Path EXAMPLES = Path.of("../models/examples");
    private static final Path SIMPLE = EXAMPLES.resolve("simple");

    @TempDir
    Path copies;

    private final List<Server> servers = new ArrayList<>();
    private final List<FakeBucket> buckets = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        servers.forEach(server -> assertThat(server.stop()).isTrue());
        buckets.forEach(FakeBucket::close);
        assertThat(copied()).as("what is left of the copies").isEmpty();
    }

    private <T extends FakeBucket> T opened(T bucket) {
        buckets.add(bucket);
        return bucket;
    }

    private static RepositoryRoot root(FakeS3 s3, String path, Path copies) {
        return RepositoryRoot.parse(s3.url(path), s3.environment(copies));
    }

    private Server start(RepositoryRoot root, String... flags) {
        Server server = Server.start(RunningServers.plainConfig(List.of(root), flags));
        servers.add(server);
        assertThat(server.startup().join()).isEmpty();
        return server;
    }

    /** Models of which there are copies on this machine. */
    private List<String> copied() throws IOException {
        try (Stream<Path> folders = Files.walk(copies, 3)) {
            return folders.filter(path -> copies.relativize(path).getNameCount() == 3)
                    .map(path -> String.valueOf(path.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    private static String post(Server server, String path) {
        return RunningServers.exchange(server, Front.HTTP, path, "{}").body();
    }

    private static void assertInfers(Server server, String path) {
        assertThat(RunningServers.send(server, Front.HTTP, path, RunningServers.simpleRequest("")))
                .contains("\"data\":[2,4,6,8,10,12,14,16,18,20,22,24,26,28,30,32]");
    }

    @Test
    void servesTheModelsOfABucketAndDeletesTheCopiesAtTheEnd() throws IOException {
        FakeS3 s3 = opened(new FakeS3());
        s3.putAll("simple/", SIMPLE);
        Server server = start(root(s3, "", copies));
        assertInfers(server, "/v2/models/simple/infer");
        assertThat(copied()).containsExactly("simple");
    }

    @Test
    void slashesInExcessDoNotCount() throws IOException {
        FakeS3 s3 = opened(new FakeS3());
        s3.putAll("all/models/simple/", SIMPLE);
        assertInfers(start(root(s3, "//all/models//", copies)), "/v2/models/simple/versions/1/infer");
    }

    @Test
    void servesTheModelsOfGoogleAndOfAzure() throws IOException {
        FakeGoogle google = opened(new FakeGoogle());
        google.putAll("m/simple/", SIMPLE);
        assertInfers(
                start(RepositoryRoot.parse("gs://models/m", google.environment(copies))), "/v2/models/simple/infer");
        FakeAzure azure = opened(new FakeAzure());
        azure.putAll("m/simple/", SIMPLE);
        assertInfers(
                start(RepositoryRoot.parse("as://shop/models/m", azure.environment(copies))),
                "/v2/models/simple/infer");
    }

    @Test
    void anEmptyBucketIsARepositoryWithoutModels() {
        FakeS3 s3 = opened(new FakeS3());
        Server server = start(root(s3, "", copies));
        assertThat(post(server, "/v2/repository/index")).isEqualTo("[]");
    }

    @Test
    void onlyWhatIsLoadedIsCopiedInExplicitMode() throws IOException {
        FakeS3 s3 = opened(new FakeS3());
        s3.putAll("simple/", SIMPLE);
        Server server = start(root(s3, "", copies), "--model-control-mode=explicit");
        assertThat(post(server, "/v2/repository/index")).isEqualTo("[{\"name\":\"simple\"}]");
        assertThat(s3.downloads()).isEmpty();

        assertThat(post(server, "/v2/repository/models/simple/load")).isEmpty();
        assertInfers(server, "/v2/models/simple/infer");
        assertThat(copied()).containsExactly("simple");

        s3.putAll("simple/3/", SIMPLE.resolve("1"));
        assertThat(post(server, "/v2/repository/models/simple/load")).isEmpty();
        assertThat(post(server, "/v2/repository/index"))
                .isEqualTo("[{\"name\":\"simple\",\"version\":\"1\",\"state\":\"UNAVAILABLE\",\"reason\":\"unloaded\"},"
                        + "{\"name\":\"simple\",\"version\":\"3\",\"state\":\"READY\"}]");

        assertThat(post(server, "/v2/repository/models/simple/unload")).isEmpty();
        assertThat(copied()).isEmpty();
        assertThat(post(server, "/v2/repository/models/simple/load")).isEmpty();
        assertInfers(server, "/v2/models/simple/infer");
    }

    @Test
    void aPollSeesWhatIsNewHasChangedAndIsGone() throws IOException {
        FakeS3 s3 = opened(new FakeS3());
        Server server = start(
                root(s3, "", copies),
                "--model-control-mode=poll",
                "--repository-poll-secs=0",
                "--strict-readiness=false");
        s3.putAll("simple/", SIMPLE);
        server.repository().poll();
        assertInfers(server, "/v2/models/simple/infer");
        s3.downloads().clear();
        long before = s3.requests();
        server.repository().poll();
        assertThat(s3.downloads()).isEmpty();
        assertThat(s3.requests() - before)
                .as("one list of models, one of the model's files")
                .isEqualTo(2);

        String config =
                Files.readString(SIMPLE.resolve("config.pbtxt")).replace("max_batch_size: 8", "max_batch_size: 4");
        s3.put("simple/config.pbtxt", config.getBytes(StandardCharsets.UTF_8), Instant.parse("2026-03-01T00:00:00Z"));
        server.repository().poll();
        assertThat(RunningServers.send(server, Front.HTTP, "/v2/models/simple/config", ""))
                .contains("\"max_batch_size\":4");

        s3.breakDown(true);
        server.repository().poll();
        assertInfers(server, "/v2/models/simple/infer");
        assertThat(post(server, "/v2/repository/index")).contains("cannot be read: Could not list contents");
        s3.breakDown(false);

        s3.remove("simple/");
        server.repository().poll();
        assertThat(server.repository().isReady("simple", "")).isFalse();
        assertThat(copied()).isEmpty();
    }

    @Test
    void aStartWhoseStoreFailsMeanwhileSaysSo() throws IOException {
        assertThat(failuresWhereTheStoreFails(2)) // the bucket is there, and which models it has
                .startsWith("model repository 's3://127.0.0.1:");
        assertThat(failuresWhereTheStoreFails(2, "--model-control-mode=explicit", "--load-model=simple"))
                .startsWith("failed to load 'simple': model repository 's3://127.0.0.1:");
    }

    private String failuresWhereTheStoreFails(int answers, String... flags) throws IOException {
        FakeS3 s3 = opened(new FakeS3());
        s3.putAll("simple/", SIMPLE);
        s3.breakAfter(answers);
        Server server = Server.start(RunningServers.plainConfig(List.of(root(s3, "", copies)), flags));
        servers.add(server);
        List<String> failures = server.startup().join();
        assertThat(failures).hasSize(1);
        assertThat(failures.getFirst()).contains("/models' cannot be read: Could not list contents");
        return failures.getFirst();
    }

    @Test
    void aLoadThatCannotReadTheStoreLeavesTheModelAsItIs() throws IOException {
        FakeS3 s3 = opened(new FakeS3());
        s3.putAll("simple/", SIMPLE);
        Server server = start(root(s3, "", copies), "--model-control-mode=explicit", "--load-model=simple");
        s3.breakDown(true);
        assertThat(post(server, "/v2/repository/models/simple/load"))
                .startsWith(
                        "{\"error\":\"failed to load 'simple', failed to poll from model repository: model repository '")
                .contains("cannot be read");
        assertInfers(server, "/v2/models/simple/infer");
    }

    @Test
    void wrongKeysEndTheStartInTritonsWords() {
        FakeS3 s3 = opened(new FakeS3());
        Map<String, String> wrong = new HashMap<>(s3.environment(copies));
        wrong.put("AWS_SECRET_ACCESS_KEY", "[Invalid]");
        ServerConfig config = RunningServers.plainConfig(List.of(RepositoryRoot.parse(s3.url(""), wrong)));
        assertThatThrownBy(() -> Server.start(config))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("Unable to create S3 filesystem client. Check account credentials. Exception: '");
    }

    @Test
    void aModelThatAFolderHasTooIsAmbiguous() throws IOException {
        FakeS3 s3 = opened(new FakeS3());
        s3.putAll("simple/", SIMPLE);
        Server server = Server.start(
                RunningServers.plainConfig(List.of(root(s3, "", copies), new RepositoryRoot.Local(EXAMPLES))));
        servers.add(server);
        assertThat(server.startup().join()).anyMatch(text -> text.contains("appears in two or more repositories"));
        assertThat(s3.downloads()).isEmpty();
    }
}
