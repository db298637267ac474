package dev.nereid.models.pytorch.export;

import static org.assertj.core.api.Assertions.assertThat;

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
            String damaged = damage(whole, random);
            try {
                refused += ProgramJazzerTest.isRead(damaged) ? 0 : 1;
            } catch (Throwable e) {
                throw new AssertionError("round " + round + " of seed " + SEED + ": " + damaged, e);
            }
        }
        assertThat(refused).isGreaterThan(FEWEST_ROUNDS / 2);
    }

    private static String damage(String whole, SplittableRandom random) {
        StringBuilder text = new StringBuilder(whole);
        int edits = 1 + random.nextInt(3);
        for (int i = 0; i < edits; i++) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(4)) {
                case 0 -> text.setCharAt(at, (char) (32 + random.nextInt(95)));
                case 1 -> text.delete(at, Math.min(text.length(), at + 1 + random.nextInt(20)));
                default -> replaceToken(text, at, PIECES.get(random.nextInt(PIECES.size())));
            }
        }
        return text.toString();
    }

    /** Puts a piece in the place of the letters and digits around a place. */
    private static void replaceToken(StringBuilder text, int at, String piece) {
        int begin = at;
        while (begin > 0 && isPart(text.charAt(begin - 1))) {
            begin--;
        }
        int end = at;
        while (end < text.length() && isPart(text.charAt(end))) {
            end++;
        }
        text.replace(begin, end, piece);
    }

    private static boolean isPart(char at) {
        return Character.isLetterOrDigit(at) || at == '_' || at == '.' || at == '-';
    }
}
