package dev.nereid.server.torchserve.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.protocol.InferException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged archives are opened or refused with a sentence, write nothing beside their folder and leave nothing behind. */
class ArchiveFuzzTest {
    private static final Duration TIME = Duration.ofSeconds(Long.getLong("nereid.test.fuzz.seconds", 2));
    private static final long SEED = Long.getLong("nereid.test.fuzz.seed", 20_261_202);
    private static final int FEWEST_CASES = 300;
    private static final List<String> VALUES = List.of(
            "1",
            "-1",
            "0",
            "1e9",
            "99999999999999999999",
            "true",
            "null",
            "[1, 2]",
            "{a: 1}",
            "'x'",
            "[[",
            "&a [*a]",
            "!!x y",
            "");
    private static final List<String> NAMES = List.of(
            "../x", "/x", "a/../../x", "a\\..\\x", "C:x", "MAR-INF/MANIFEST.json", "x".repeat(300), "\u0000", ".", "");

    @TempDir
    private Path folder;

    private final Random random = new Random(SEED);

    @Test
    void damagedArchivesAreOpenedOrRefused() throws IOException {
        Path work = Files.createDirectory(folder.resolve("work"));
        Path store = Files.createDirectory(folder.resolve("store"));
        long end = System.nanoTime() + TIME.toNanos();
        int opened = 0;
        int refused = 0;
        for (int cases = 0; cases < FEWEST_CASES || System.nanoTime() < end; cases++) {
            Path file = archive(store.resolve(random.nextBoolean() ? "a.mar" : "a.tar.gz"));
            try (TorchArchive archive = TorchArchive.open(file, work, Optional.empty())) {
                assertThat(archive.manifest().modelName()).isNotNull();
                opened++;
            } catch (InferException e) {
                assertThat(e.code())
                        .as("seed %s, case %s: %s", SEED, cases, e.text())
                        .isIn(InferException.Code.INVALID_ARG, InferException.Code.MALFORMED);
                refused++;
            }
            try (Stream<Path> left = Files.list(work)) {
                assertThat(left).as("seed %s, case %s", SEED, cases).isEmpty();
            }
            try (Stream<Path> beside = Files.list(folder)) {
                assertThat(beside).as("seed %s, case %s", SEED, cases).containsExactlyInAnyOrder(work, store);
            }
            Files.delete(file);
        }
        assertThat(opened).isPositive();
        assertThat(refused).isPositive();
    }

    private Path archive(Path file) throws IOException {
        Map<String, byte[]> files = new LinkedHashMap<>();
        String manifest = Archives.manifest("base_handler", "m.onnx", ", \"configFile\": \"model-config.yaml\"");
        files.put("MAR-INF/MANIFEST.json", Archives.bytes(random.nextInt(3) == 0 ? damaged(manifest) : manifest));
        files.put("m.onnx", new byte[random.nextInt(300)]);
        files.put("model-config.yaml", Archives.bytes(yaml()));
        if (random.nextInt(5) == 0) {
            files.put("x" + NAMES.get(random.nextInt(NAMES.size())), new byte[] {1});
            files.putIfAbsent(NAMES.get(random.nextInt(NAMES.size() - 3)), new byte[] {1});
        }
        if (file.toString().endsWith(".mar")) {
            Archives.zip(file, files);
        } else {
            Archives.tar(file, files);
        }
        if (random.nextInt(2) == 0) {
            Files.write(file, damaged(Files.readAllBytes(file)));
        } else if (file.toString().endsWith(".gz") && random.nextInt(3) == 0) {
            Files.write(file, damagedInside(Files.readAllBytes(file)));
        }
        return file;
    }

    private String yaml() {
        StringBuilder yaml = new StringBuilder();
        for (String key :
                List.of("minWorkers", "batchSize", "sequenceMaxIdleMSec", "deviceIds", "sequenceBatching", "handler")) {
            if (random.nextInt(3) == 0) {
                yaml.append(key)
                        .append(": ")
                        .append(VALUES.get(random.nextInt(VALUES.size())))
                        .append('\n');
            }
        }
        return yaml.toString();
    }

    private String damaged(String text) {
        int at = random.nextInt(text.length());
        return text.substring(0, at)
                + List.of("", "{", "\"", "\u0000", "null", "[[[[", "\\ud800").get(random.nextInt(7))
                + text.substring(Math.min(text.length(), at + random.nextInt(6)));
    }

    private byte[] damaged(byte[] bytes) {
        for (int i = 1 + random.nextInt(6); i > 0; i--) {
            // The directory of a ZIP file is at its end, the header of the others at the beginning.
            int near =
                    random.nextBoolean() ? random.nextInt(bytes.length) : random.nextInt(Math.min(bytes.length, 600));
            bytes[random.nextBoolean() ? near : bytes.length - 1 - near] =
                    random.nextBoolean() ? (byte) random.nextInt() : (byte) -1;
        }
        return random.nextInt(4) == 0 ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes;
    }

    /** Damages the tar file in a whole gzip file. */
    private byte[] damagedInside(byte[] gzip) throws IOException {
        byte[] tar;
        try (GZIPInputStream in = new GZIPInputStream(new ByteArrayInputStream(gzip))) {
            tar = in.readAllBytes();
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(damaged(tar));
        }
        return bytes.toByteArray();
    }
}
