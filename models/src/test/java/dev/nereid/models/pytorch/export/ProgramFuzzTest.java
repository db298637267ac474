package dev.nereid.models.pytorch.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.pytorch.DamagedText;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Damaged JSON of exported programs is read or refused with a sentence. */
@Tag("soak")
class ProgramFuzzTest {
    private static final long SEED = Long.getLong("nereid.test.fuzz.seed", 20_261_202L);
    private static final Duration TIME = Duration.ofSeconds(Long.getLong("nereid.test.fuzz.seconds", 4));
    private static final int FEWEST_ROUNDS = 300;

    /** What stands in place of a part of the text. */
    private static final List<String> PIECES = List.of(
            "as_int",
            "as_tensors",
            "as_sym_int",
            "as_none",
            "null",
            "-1",
            "1e300",
            "9223372036854775807",
            "[]",
            "{}",
            "\"\"",
            "torch.ops.aten.view.default",
            "torch.ops.higher_order.cond",
            "_operator.floordiv",
            "buffer",
            "true");

    @Test
    void damagedProgramsAreReadOrRefused() {
        String whole = ProgramArchives.small();
        assertThat(ProgramJazzerTest.isRead(whole)).isTrue();
        SplittableRandom random = new SplittableRandom(SEED);
        long end = System.nanoTime() + TIME.toNanos();
        int refused = 0;
        for (int round = 0; round < FEWEST_ROUNDS || System.nanoTime() < end; round++) {
            String damaged = DamagedText.of(whole, PIECES, ProgramFuzzTest::isPart, random);
            try {
                refused += ProgramJazzerTest.isRead(damaged) ? 0 : 1;
            } catch (Throwable e) {
                throw new AssertionError("round " + round + " of seed " + SEED + ": " + damaged, e);
            }
        }
        assertThat(refused).isGreaterThan(FEWEST_ROUNDS / 2);
    }

    private static boolean isPart(int at) {
        return Character.isLetterOrDigit(at) || at == '_' || at == '.' || at == '-';
    }
}
