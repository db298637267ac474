package dev.nereid.models.trees;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.memory.SlabPool;
import dev.nereid.models.LoadOptions;
import dev.nereid.models.ModelFormatException;
import dev.nereid.models.ModelLoader;
import dev.nereid.models.pytorch.DamagedText;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Damaged files of XGBoost and LightGBM are loaded or refused with a sentence, in bounded time. */
@Tag("soak")
class TreesFuzzTest {
    private static final long SEED = Long.getLong("nereid.test.fuzz.seed", 20_261_202L);
    private static final Duration TIME = Duration.ofSeconds(Long.getLong("nereid.test.fuzz.seconds", 4));
    private static final Duration MOST_FOR_ONE = Duration.ofSeconds(60);
    private static final int FEWEST_ROUNDS = 300;

    /** What stands in place of a part of a text. */
    private static final List<String> PIECES = List.of(
            "-1",
            "0",
            "2147483647",
            "99999999999999999999",
            "1e999",
            "NaN",
            "null",
            "\"\"",
            "[]",
            "{}",
            "[[[[[[[[[[[[[[[[",
            "Tree=0",
            "end of trees",
            "\n");

    private static final List<String> WHOLE = List.of(
            XgboostTest.booster(
                    "binary:logistic",
                    "\"base_score\":\"5E-1\"",
                    XgboostTest.gbtree("[0,0]", XgboostTest.TREE, XgboostTest.TREE)),
            LightgbmTest.model(
                    "num_tree_per_iteration=1\nobjective=binary sigmoid:1",
                    LightgbmTest.stump(0.5, 8),
                    LightgbmTest.stump(0, 1)
                            .replace("split_feature=0", "split_feature=1")
                            .replace("num_cat=0", "num_cat=1\ncat_boundaries=0 2\ncat_threshold=2 9")));

    @Test
    void damagedTextsAreLoadedOrRefused() {
        SplittableRandom random = new SplittableRandom(SEED);
        check(
                random,
                whole -> DamagedText.of(whole, PIECES, Character::isLetterOrDigit, random)
                        .getBytes(StandardCharsets.UTF_8));
    }

    private interface Damage {
        byte[] of(String whole);
    }

    private static void check(SplittableRandom random, Damage damage) {
        WHOLE.forEach(whole ->
                assertThat(isLoaded(whole.getBytes(StandardCharsets.UTF_8))).isTrue());
        long end = System.nanoTime() + TIME.toNanos();
        int refused = 0;
        for (int round = 0; round < FEWEST_ROUNDS || System.nanoTime() < end; round++) {
            byte[] damaged = damage.of(WHOLE.get(random.nextInt(WHOLE.size())));
            refused += measured(damaged, "round " + round + " of seed " + SEED) ? 0 : 1;
        }
        assertThat(refused).isGreaterThan(FEWEST_ROUNDS / 10);
    }

    @Test
    void damagedBinaryFilesAreLoadedOrRefused() {
        SplittableRandom random = new SplittableRandom(SEED);
        List<byte[]> whole = List.of(TreeFiles.ubj(), TreeFiles.binary());
        whole.forEach(file -> assertThat(isLoaded(file)).isTrue());
        long end = System.nanoTime() + TIME.toNanos();
        for (int round = 0; round < FEWEST_ROUNDS || System.nanoTime() < end; round++) {
            byte[] file = whole.get(random.nextInt(whole.size())).clone();
            for (int edits = 1 + random.nextInt(3); edits > 0; edits--) {
                file[random.nextInt(file.length)] = (byte) random.nextInt(256);
            }
            int length = random.nextInt(4) == 0 ? random.nextInt(file.length) : file.length;
            measured(java.util.Arrays.copyOf(file, length), "round " + round + " of seed " + SEED);
        }
    }

    private static boolean measured(byte[] file, String what) {
        long start = System.nanoTime();
        try {
            return isLoaded(file);
        } catch (Throwable e) {
            throw new AssertionError(what + ": " + new String(file, StandardCharsets.ISO_8859_1), e);
        } finally {
            assertThat(System.nanoTime() - start).as(what).isLessThan(MOST_FOR_ONE.toNanos());
        }
    }

    /** Whether a model is loaded; anything but the reader's own exception is a failure. */
    private static boolean isLoaded(byte[] file) {
        try (SlabPool memory = new SlabPool(1L << 24)) {
            ModelLoader.load(file, LoadOptions.DEFAULT, TreeRuns.KERNELS, memory)
                    .close();
            return true;
        } catch (ModelFormatException e) {
            return false;
        }
    }
}
