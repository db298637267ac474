package dev.nereid.models.tensorflow.saved;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.ModelFormatException;
import dev.nereid.models.ModelLoader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damaged SavedModels are read or refused with a sentence, in bounded time. */
@Tag("soak")
class SavedModelFuzzTest {
    private static final long SEED = Long.getLong("nereid.test.fuzz.seed", 20_261_203L);
    private static final Duration TIME = Duration.ofSeconds(Long.getLong("nereid.test.fuzz.seconds", 4));
    private static final Duration MOST_FOR_ONE = Duration.ofSeconds(60);
    private static final int FEWEST_ROUNDS = 300;
    private static final List<String> FILES =
            List.of("saved_model.pb", "variables/variables.index", "variables/variables.data-00000-of-00001");

    @TempDir
    private Path folder;

    @Test
    void damagedModelsAreReadOrRefused() throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        WrittenSavedModel.write(folder);
        assertThat(isRead()).isTrue();
        long end = System.nanoTime() + TIME.toNanos();
        int refused = 0;
        for (int round = 0; round < FEWEST_ROUNDS || System.nanoTime() < end; round++) {
            Path file = folder.resolve(FILES.get(random.nextInt(FILES.size())));
            byte[] whole = Files.readAllBytes(file);
            byte[] damaged = whole.clone();
            for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
            }
            int length = random.nextInt(4) == 0 ? random.nextInt(damaged.length) : damaged.length;
            Files.write(file, Arrays.copyOf(damaged, length));
            String what = "round " + round + " of seed " + SEED + ", " + file.getFileName();
            long start = System.nanoTime();
            try {
                refused += isRead() ? 0 : 1;
            } catch (RuntimeException | Error e) {
                throw new AssertionError(what, e);
            }
            assertThat(System.nanoTime() - start).as(what).isLessThan(MOST_FOR_ONE.toNanos());
            Files.write(file, whole);
        }
        assertThat(refused).isGreaterThan(FEWEST_ROUNDS / 10);
    }

    /** Damaged blocks whose checksums are right again reach what is behind the check. */
    @Test
    void damagedBlocksAreReadOrRefused() throws IOException {
        SplittableRandom random = new SplittableRandom(SEED);
        byte[] plain = new byte[200];
        random.nextBytes(plain);
        long end = System.nanoTime() + TIME.toNanos();
        for (int round = 0; round < FEWEST_ROUNDS || System.nanoTime() < end; round++) {
            byte[] block = plain.clone();
            random.nextBytes(block);
            block[0] = (byte) random.nextInt(128);
            try {
                SnappyBlock.decompress(Arrays.copyOf(block, random.nextInt(block.length)));
            } catch (ModelFormatException e) {
                assertThat(e.getMessage()).isNotEmpty();
            }
        }
    }

    private boolean isRead() {
        try {
            ModelLoader.signature(folder);
            return true;
        } catch (ModelFormatException e) {
            return false;
        }
    }
}
