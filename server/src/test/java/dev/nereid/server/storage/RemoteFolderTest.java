package dev.nereid.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RemoteFolderTest {
    private static final Instant LATER = Instant.parse("2026-02-03T04:05:06Z");

    /** The clouds, each with a fake store and what opens it. */
    enum Cloud {
        S3,
        GOOGLE,
        AZURE
    }

    private record Opened(FakeBucket bucket, String url, Map<String, String> environment) {}

    @TempDir
    Path copies;

    @TempDir
    Path other;

    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : open.reversed()) {
            each.close();
        }
        try (Stream<Path> left = Files.list(copies)) {
            assertThat(left).as("what is left of the copies").isEmpty();
        }
    }

    private Opened fake(Cloud cloud, String path) {
        Opened opened = switch (cloud) {
            case S3 -> {
                FakeS3 s3 = new FakeS3();
                yield new Opened(s3, s3.url(path), s3.environment(copies));
            }
            case GOOGLE -> {
                FakeGoogle google = new FakeGoogle();
                yield new Opened(google, "gs://models" + path, google.environment(copies));
            }
            case AZURE -> {
                FakeAzure azure = new FakeAzure();
                yield new Opened(azure, "as://shop/models" + path, azure.environment(copies));
            }
        };
        open.add(opened.bucket());
        return opened;
    }

    private RemoteFolder folder(Opened fake) {
        RemoteFolder folder = RemoteFolders.open(fake.url(), fake.environment());
        open.add(folder);
        return folder;
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> tree = Files.walk(folder)) {
            return tree.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @EnumSource
    void listsFoldersOverSeveralPagesAndNothingElse(Cloud cloud) {
        Opened fake = fake(cloud, "/repository");
        for (String name : new String[] {"a", "b", "c", "d", "e"}) {
            fake.bucket().put("repository/" + name + "/1/model.onnx", name);
            fake.bucket().put("repository/" + name + "/config.pbtxt", name);
        }
        fake.bucket().put("repository/readme", "");
        fake.bucket().put("repository-of-others/f/1/model.onnx", "");
        RemoteFolder folder = folder(fake);
        assertThat(folder.names()).containsExactly("a", "b", "c", "d", "e");
        assertThat(folder.holds("e")).isTrue();
        assertThat(folder.holds("f")).isFalse();
        assertThat(folder.holdsFile("readme")).isTrue();
        assertThat(folder.holdsFile("read")).isFalse();
        assertThat(fake.bucket().downloads()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void copiesAFolderWithItsFilesAndTheirTimes(Cloud cloud) throws IOException {
        Opened fake = fake(cloud, "");
        fake.bucket().put("a b+ü/config.pbtxt", "name");
        fake.bucket().put("a b+ü/1/model.onnx", new byte[100_000], LATER);
        fake.bucket().put("a b+ü/1/deep/er/x", "x");
        fake.bucket().put("a b+ü/2/", "");
        fake.bucket().put("a b+ü/empty", "");
        fake.bucket().put("other/1/model.onnx", "");
        RemoteFolder folder = folder(fake);
        assertThat(folder.copy("a b+ü")).doesNotExist();
        folder.fetch("a b+ü");
        Path copy = folder.copy("a b+ü");
        assertThat(files(copy)).containsExactly("1/deep/er/x", "1/model.onnx", "config.pbtxt", "empty");
        assertThat(copy.resolve("2")).isEmptyDirectory();
        assertThat(copy.resolve("1/model.onnx")).hasSize(100_000);
        assertThat(Files.getLastModifiedTime(copy.resolve("1/model.onnx"))).isEqualTo(FileTime.from(LATER));
        assertThat(copy.resolve("1/deep/er/x")).hasContent("x");
    }

    @ParameterizedTest
    @EnumSource
    void fetchesAgainOnlyWhatHasChanged(Cloud cloud) throws IOException {
        Opened fake = fake(cloud, "/r/");
        fake.bucket().put("r/m/config.pbtxt", "old");
        fake.bucket().put("r/m/1/model.onnx", "first");
        fake.bucket().put("r/m/1/labels.txt", "labels");
        RemoteFolder folder = folder(fake);
        folder.fetch("m");
        Files.writeString(folder.copy("m").resolve("written by the server"), "");
        fake.bucket().downloads().clear();
        folder.fetch("m");
        assertThat(fake.bucket().downloads()).isEmpty();

        fake.bucket().put("r/m/config.pbtxt", "new".getBytes(StandardCharsets.UTF_8), LATER);
        fake.bucket().remove("r/m/1/");
        fake.bucket().put("r/m/2/model.onnx", "second");
        folder.fetch("m");
        assertThat(fake.bucket().downloads()).containsExactlyInAnyOrder("r/m/config.pbtxt", "r/m/2/model.onnx");
        assertThat(files(folder.copy("m"))).containsExactly("2/model.onnx", "config.pbtxt", "written by the server");
        assertThat(folder.copy("m").resolve("1")).doesNotExist();
        assertThat(folder.copy("m").resolve("config.pbtxt")).hasContent("new");
    }

    @ParameterizedTest
    @EnumSource
    void aStoreThatFailsLeavesTheCopyAndSaysWhy(Cloud cloud) {
        Opened fake = fake(cloud, "");
        fake.bucket().put("m/1/model.onnx", "first");
        RemoteFolder folder = folder(fake);
        folder.fetch("m");
        fake.bucket().breakDown(true);
        assertThatThrownBy(() -> folder.fetch("m"))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("m/");
        assertThatThrownBy(folder::names).isInstanceOf(StorageException.class);
        assertThat(folder.copy("m").resolve("1/model.onnx")).hasContent("first");
        fake.bucket().breakDown(false);
        folder.fetch("m");
    }

    @ParameterizedTest
    @EnumSource
    void aFolderThatHasGoneIsNotCopiedOverWhatThereWas(Cloud cloud) {
        Opened fake = fake(cloud, "/r");
        fake.bucket().put("r/m/1/model.onnx", "first");
        RemoteFolder folder = folder(fake);
        folder.fetch("m");
        fake.bucket().remove("r/m/");
        assertThatThrownBy(() -> folder.fetch("m"))
                .isInstanceOf(StorageException.class)
                .hasMessage("there is nothing in 'r/m/'");
        assertThat(folder.copy("m").resolve("1/model.onnx")).hasContent("first");
    }

    @ParameterizedTest
    @EnumSource
    void keysThatLeadElsewhereAreRefused(Cloud cloud) {
        Opened fake = fake(cloud, "");
        fake.bucket().put("m/1/../../../evil", "x");
        RemoteFolder folder = folder(fake);
        assertThatThrownBy(() -> folder.fetch("m"))
                .isInstanceOf(StorageException.class)
                .hasMessage("'m/1/../../../evil' cannot be the path of a file");
        assertThat(copies.resolve("evil")).doesNotExist();
    }

    @ParameterizedTest
    @EnumSource
    void copiesThatAreNotNeededGo(Cloud cloud) {
        Opened fake = fake(cloud, "");
        fake.bucket().put("a/1/model.onnx", "a");
        fake.bucket().put("b/1/model.onnx", "b");
        RemoteFolder folder = folder(fake);
        folder.fetch("a");
        folder.fetch("b");
        folder.retain(Set.of("b")::contains);
        assertThat(folder.copy("a")).doesNotExist();
        assertThat(folder.copy("b")).exists();
        folder.fetch("a");
        assertThat(folder.copy("a").resolve("1/model.onnx")).hasContent("a");
    }

    @ParameterizedTest
    @EnumSource
    void aStoreThatCannotBeReadIsNotOpened(Cloud cloud) {
        Opened fake = fake(cloud, "");
        fake.bucket().breakDown(true);
        assertThatThrownBy(() -> RemoteFolders.open(fake.url(), fake.environment()))
                .isInstanceOf(StorageException.class);
    }

    @Test
    void wrongKeysAreNamedInTritonsWords() {
        Opened fake = fake(Cloud.S3, "/a");
        Map<String, String> wrong = new HashMap<>(fake.environment());
        wrong.put("AWS_SECRET_ACCESS_KEY", "[Invalid]");
        assertThatThrownBy(() -> RemoteFolders.open(fake.url(), wrong))
                .isInstanceOf(StorageException.class)
                .hasMessage("Unable to create S3 filesystem client. Check account credentials. Exception: '' "
                        + "Message: 'No response body.' (status 403)");
        assertThatThrownBy(() -> RemoteFolders.open(fake.url().replace("/models", "/nope"), fake.environment()))
                .isInstanceOf(StorageException.class)
                .hasMessageEndingWith("Exception: 'NoSuchBucket' Message: 'No response body.' (status 404)");
    }

    @Test
    void wrongKeysOfAzureAreNamed() {
        Opened fake = fake(Cloud.AZURE, "");
        Map<String, String> wrong = new HashMap<>(fake.environment());
        wrong.put("AZURE_STORAGE_KEY", "d3Jvbmc=");
        assertThatThrownBy(() -> RemoteFolders.open(fake.url(), wrong))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("AuthenticationFailed");
        wrong.put("AZURE_STORAGE_AUTH_TYPE", "password");
        assertThatThrownBy(() -> RemoteFolders.open(fake.url(), wrong))
                .isInstanceOf(StorageException.class)
                .hasMessage("Unable to create Azure filesystem client. Check account credentials. expected key, "
                        + "managed_identity or default as the kind of authentication, got 'password'");
    }

    @Test
    void aServiceAccountOfGoogleGetsATokenForItsKey() throws IOException, NoSuchAlgorithmException {
        FakeGoogle google = new FakeGoogle();
        open.add(google);
        Path key = other.resolve("key.json");
        google.close(key);
        google.put("m/1/model.onnx", "x");
        assertThatThrownBy(() -> RemoteFolders.open("gs://models", google.environment(copies)))
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("status 401")
                .hasMessageContaining("Anonymous caller");
        Map<String, String> environment = new HashMap<>(google.environment(copies));
        environment.put("GOOGLE_APPLICATION_CREDENTIALS", key.toString());
        RemoteFolder folder = RemoteFolders.open("gs://models", environment);
        open.add(folder);
        folder.fetch("m");
        assertThat(folder.copy("m").resolve("1/model.onnx")).hasContent("x");
    }

    @Test
    void aStoreOfGooglesThatIsOverloadedIsAskedAgain() {
        FakeGoogle google = new FakeGoogle();
        open.add(google);
        google.put("m/1/model.onnx", "x");
        google.overload(2);
        RemoteFolder folder = RemoteFolders.open("gs://models", google.environment(copies));
        open.add(folder);
        google.overload(1);
        assertThat(folder.names()).containsExactly("m");
        google.overload(3);
        assertThatThrownBy(folder::names)
                .isInstanceOf(StorageException.class)
                .hasMessageContaining("status 503")
                .hasMessageContaining("Try again");
    }

    @Test
    void aFolderForCopiesThatIsNotThereIsNamed() {
        Opened fake = fake(Cloud.S3, "");
        Map<String, String> wrong = new HashMap<>(fake.environment());
        wrong.put("TRITON_AWS_MOUNT_DIRECTORY", other.resolve("nope").toString());
        assertThatThrownBy(() -> RemoteFolders.open(fake.url(), wrong))
                .isInstanceOf(StorageException.class)
                .hasMessage("'" + other.resolve("nope")
                        + "' (TRITON_AWS_MOUNT_DIRECTORY) is not a folder: copies of models go there");
    }
}
