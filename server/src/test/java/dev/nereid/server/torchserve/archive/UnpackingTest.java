package dev.nereid.server.torchserve.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnpackingTest {
    @TempDir
    Path work;

    @ParameterizedTest
    @ValueSource(strings = {"a.mar", "a.tar.gz", "a.tgz", "a"})
    void filesAndFoldersAreUnpacked(String name) throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("one.txt", Archives.bytes("first"));
        entries.put("./deep/er/two.bin", new byte[100_000]);
        entries.put("folder/", new byte[0]);
        entries.put("l".repeat(150) + "/long name ü", Archives.bytes("x"));

        unpack(write(name, entries));

        assertThat(work.resolve("out/one.txt")).hasContent("first");
        assertThat(work.resolve("out/deep/er/two.bin")).hasBinaryContent(new byte[100_000]);
        assertThat(work.resolve("out/folder")).isEmptyDirectory();
        assertThat(work.resolve("out/" + "l".repeat(150) + "/long name ü")).hasContent("x");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../out.txt",
                "a/../../out.txt",
                "/tmp/nereid-absolute.txt",
                "a/b/../../../../etc/out.txt",
                "../out/../up"
            })
    void entriesOutsideOfTheFolderAreRefused(String name) throws IOException {
        for (String file : new String[] {"a.mar", "a.tar.gz"}) {
            Map<String, byte[]> entries = Map.of(name, Archives.bytes("evil"));
            assertThatThrownBy(() -> unpack(write(file, entries)))
                    .isInstanceOf(InferException.class)
                    .hasMessage("model archive '" + file + "': entry '" + name + "' lies outside of the archive");
        }
        try (Stream<Path> left = Files.walk(work)) {
            assertThat(left.filter(Files::isRegularFile).map(Path::getFileName).map(Path::toString))
                    .containsExactlyInAnyOrder("a.mar", "a.tar.gz");
        }
    }

    @Test
    void fileWithoutANameIsRefused() {
        assertThatThrownBy(() -> unpack(write("a.mar", Map.of("a/..", Archives.bytes("x")))))
                .hasMessage("model archive 'a.mar': entry 'a/..' has no name");
    }

    @Test
    void linksAreRefused() {
        Path symbolic = Archives.gzip(work.resolve("s.tgz"), tar -> {
            TarArchiveEntry entry = new TarArchiveEntry("link", TarConstants.LF_SYMLINK);
            entry.setLinkName("/etc/passwd");
            tar.putArchiveEntry(entry);
            tar.closeArchiveEntry();
        });
        Path hard = Archives.gzip(work.resolve("h.tgz"), tar -> {
            TarArchiveEntry entry = new TarArchiveEntry("link", TarConstants.LF_LINK);
            entry.setLinkName("/etc/passwd");
            tar.putArchiveEntry(entry);
            tar.closeArchiveEntry();
        });
        Path zipped = work.resolve("z.mar");
        try (OutputStream target = Files.newOutputStream(zipped);
                ZipArchiveOutputStream zip = new ZipArchiveOutputStream(target)) {
            ZipArchiveEntry entry = new ZipArchiveEntry("link");
            entry.setUnixMode(0120777);
            zip.putArchiveEntry(entry);
            zip.write(Archives.bytes("/etc/passwd"));
            zip.closeArchiveEntry();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        for (Path archive : new Path[] {symbolic, hard, zipped}) {
            assertThatThrownBy(() -> unpack(archive))
                    .hasMessage("model archive '" + archive.getFileName()
                            + "': entry 'link' is a link, expected files and folders alone");
        }
    }

    @Test
    void devicesAreRefused() {
        Path archive = Archives.gzip(work.resolve("d.tgz"), tar -> {
            tar.putArchiveEntry(new TarArchiveEntry("pipe", TarConstants.LF_FIFO));
            tar.closeArchiveEntry();
        });

        assertThatThrownBy(() -> unpack(archive))
                .hasMessage("model archive 'd.tgz': entry 'pipe' is neither a file nor a folder");
    }

    @Test
    void entryThatIsThereTwiceIsRefused() {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("a", Archives.bytes("1"));
        entries.put("./a", Archives.bytes("2"));

        assertThatThrownBy(() -> unpack(write("a.mar", entries)))
                .hasMessage("model archive 'a.mar': entry './a' is there twice");
        assertThatThrownBy(() -> unpack(write("a.tgz", entries)))
                .hasMessage("model archive 'a.tgz': entry 'a' is there twice");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.mar", "a.tar.gz"})
    void bombIsRefusedBeforeItIsWritten(String name) throws IOException {
        byte[] zeros = new byte[(int) Unpacking.ALWAYS_BYTES];
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("small", new byte[1]);
        entries.put("zeros", zeros);
        Path archive = write(name, entries);
        assertThat(Files.size(archive)).isLessThan(zeros.length / Unpacking.MOST_RATIO);

        assertThatThrownBy(() -> unpack(archive))
                .isInstanceOf(InferException.class)
                .hasMessage("model archive '" + name + "': it unpacks to more than " + zeros.length + " bytes: at most "
                        + Unpacking.MOST_BYTES + ", and 100 times its own size");
        assertThat(work.resolve("out/zeros")).doesNotExist();
    }

    /** The sizes that the directory of a ZIP file declares may be lies. */
    @Test
    void bombThatDeclaresASmallSizeIsStopped() throws IOException {
        Path archive = write("a.mar", Map.of("zeros", new byte[(int) Unpacking.ALWAYS_BYTES + 1]));
        byte[] file = Files.readAllBytes(archive);
        int directory = indexOf(file, new byte[] {'P', 'K', 1, 2});
        for (int i = 0; i < 4; i++) {
            file[directory + 24 + i] = (byte) (i == 0 ? 5 : 0);
        }
        Files.write(archive, file);

        assertThatThrownBy(() -> unpack(archive)).isInstanceOfAny(InferException.class, IOException.class);
        assertThat(Files.exists(work.resolve("out/zeros")) ? Files.size(work.resolve("out/zeros")) : 0)
                .isLessThanOrEqualTo(Unpacking.ALWAYS_BYTES);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.mar", "a.tar.gz"})
    void manyEntriesAreRefused(String name) {
        Map<String, byte[]> entries = new HashMap<>();
        for (int i = 0; i <= Unpacking.MOST_ENTRIES; i++) {
            entries.put("f" + i, new byte[0]);
        }

        assertThatThrownBy(() -> unpack(write(name, entries)))
                .hasMessage("model archive '" + name + "': it has more than 10000 entries");
    }

    /** A name is kept on the heap before anybody can ask how long it is. */
    @Test
    void longNamesAreNotReadToTheirEnd() throws IOException {
        Path archive = work.resolve("a.tgz");
        byte[] header = new byte[512];
        Map<Integer, String> fields = Map.of(
                0, "././@LongLink",
                100, "0000644",
                108, "0000000",
                116, "0000000",
                124, "17777777777",
                136, "00000000000",
                156, "L",
                257, "ustar  ");
        fields.forEach((at, text) -> System.arraycopy(Archives.bytes(text), 0, header, at, text.length()));
        Arrays.fill(header, 148, 156, (byte) ' ');
        int sum = 0;
        for (byte each : header) {
            sum += each & 0xFF;
        }
        System.arraycopy(Archives.bytes("%06o\0 ".formatted(sum)), 0, header, 148, 8);
        try (OutputStream gzip = new GZIPOutputStream(Files.newOutputStream(archive))) {
            gzip.write(header);
            byte[] name = new byte[1 << 20];
            Arrays.fill(name, (byte) 'a');
            for (int i = 0; i < 40; i++) {
                gzip.write(name);
            }
        }

        assertThatThrownBy(() -> unpack(archive))
                .isInstanceOf(IOException.class)
                .hasMessage("its list of entries is longer than 4194304 bytes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.mar", "a.tar.gz"})
    void truncatedAndDamagedFilesDoNotFailOtherwise(String name) throws IOException {
        long seed = 11;
        Random random = new Random(seed);
        byte[] noise = new byte[3000];
        random.nextBytes(noise);
        Map<String, byte[]> entries = new LinkedHashMap<>();
        entries.put("MAR-INF/MANIFEST.json", Archives.bytes("{}"));
        entries.put("noise", noise);
        byte[] whole = Files.readAllBytes(write(name, entries));
        for (int i = 0; i < 90; i++) {
            byte[] file = i % 3 == 0 ? Arrays.copyOf(whole, random.nextInt(whole.length)) : whole.clone();
            for (int j = 0; j < i % 4 && file.length > 0; j++) {
                file[random.nextInt(file.length)] = (byte) random.nextInt();
            }
            Path damaged = Files.createDirectories(work.resolve("case" + i)).resolve(name);
            Files.write(damaged, file);
            try {
                Unpacking.unpack(damaged, Files.createDirectories(work.resolve("case" + i + "/out")));
            } catch (InferException | IOException _) {
                // Refused.
            }
        }
    }

    private void unpack(Path archive) throws IOException {
        Unpacking.unpack(archive, Files.createDirectories(work.resolve("out")));
    }

    private Path write(String name, Map<String, byte[]> entries) {
        Path file = work.resolve(name);
        return name.endsWith(".mar") ? Archives.zip(file, entries) : Archives.tar(file, entries);
    }

    private static int indexOf(byte[] bytes, byte[] part) {
        for (int i = 0; i <= bytes.length - part.length; i++) {
            if (Arrays.equals(bytes, i, i + part.length, part, 0, part.length)) {
                return i;
            }
        }
        throw new AssertionError("not there");
    }
}
