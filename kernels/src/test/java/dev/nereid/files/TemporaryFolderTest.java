package dev.nereid.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Tag("found-9")
@Timeout(60)
class TemporaryFolderTest {
    @TempDir
    private Path place;

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    private void sweep() throws IOException {
        TemporaryFolder.sweep(place.toRealPath(), Files.getOwner(place));
    }

    @Test
    void leavesNothingWhenItIsClosed() throws IOException {
        try (TemporaryFolder folder = TemporaryFolder.create(place, "model")) {
            assertThat(folder.path()).isEmptyDirectory();
            assertThat(place.toRealPath().relativize(folder.path()).toString()).startsWith("nereid-model-");
            Files.createDirectories(folder.path().resolve("a/b"));
            Files.writeString(folder.path().resolve("a/b/c"), "text");
            sweep();
            assertThat(folder.path().resolve("a/b/c")).exists();
        }
        assertThat(files(place)).isEmpty();
    }

    /** Makes a folder with a file, says where, and waits until it is killed. */
    static final class Child {
        private Child() {}

        @SuppressWarnings("resource") // it is killed
        public static void main(String[] arguments) throws IOException {
            TemporaryFolder folder = TemporaryFolder.create(Path.of(arguments[0]), "model");
            Files.writeString(folder.path().resolve("file"), "text");
            System.out.println(folder.path());
            int _ = System.in.read();
        }
    }

    private Process startChild() throws IOException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        return new ProcessBuilder(
                        java.toString(),
                        "-Xmx32m",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Child.class.getName(),
                        place.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    @Test
    void deletesWhatAKilledProcessHasLeftAndNothingOfALivingOne() throws Exception {
        Process child = startChild();
        try (BufferedReader output =
                new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
            Path folder = Path.of(String.valueOf(output.readLine()));
            sweep();
            assertThat(folder.resolve("file")).exists();
            child.destroyForcibly().waitFor();
            assertThat(folder.resolve("file")).exists();
            TemporaryFolder.create(place, "jars").close();
            assertThat(files(place)).isEmpty();
        } finally {
            child.destroyForcibly();
        }
    }

    @Test
    void leavesAloneWhatItHasNotMade() throws IOException {
        Path without = Files.createDirectory(place.resolve("nereid-model-without"));
        Path other = Files.createDirectory(place.resolve("other-model"));
        Files.createFile(other.resolve("lock"));
        Path open = Files.createDirectory(place.resolve("nereid-model-open"));
        Files.createFile(open.resolve("lock"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));
        Path target = Files.createDirectory(place.resolve("target"));
        Files.createFile(target.resolve("lock"));
        Path link = Files.createSymbolicLink(place.resolve("nereid-model-link"), target);
        Path fresh = Files.createDirectory(place.resolve("nereid-new-1"));
        sweep();
        assertThat(files(place)).containsExactlyInAnyOrder(without, other, open, target, link, fresh);
        Files.setLastModifiedTime(fresh, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
        sweep();
        assertThat(fresh).doesNotExist();
    }

    @Test
    void deletesNothingThatLinksInALeftFolderLeadTo() throws IOException {
        Path left = Files.createDirectory(place.resolve("nereid-model-left"));
        Files.setPosixFilePermissions(left, PosixFilePermissions.fromString("rwx------"));
        Files.createFile(left.resolve("lock"));
        Path target = Files.createDirectory(place.resolve("target"));
        Files.createFile(target.resolve("file"));
        Files.createSymbolicLink(left.resolve("link"), target);
        sweep();
        assertThat(left).doesNotExist();
        assertThat(target.resolve("file")).exists();
    }
}
