package dev.nereid.models.pytorch.script;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.models.pytorch.DamagedText;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Damaged code of TorchScript models is loaded or refused with a sentence, in bounded time. */
@Tag("soak")
class ScriptFuzzTest {
    private static final long SEED = Long.getLong("nereid.test.fuzz.seed", 20_261_202L);
    private static final Duration TIME = Duration.ofSeconds(Long.getLong("nereid.test.fuzz.seconds", 4));
    private static final Duration MOST_FOR_ONE = Duration.ofSeconds(60);
    private static final int FEWEST_ROUNDS = 300;

    /** What stands in place of a part of the code. */
    private static final List<String> PIECES = List.of(
            "if True:",
            "while True:",
            "for i in range(9223372036854775807):",
            "self.forward(x)",
            "self.sum",
            "torch.append(a, a)",
            "torch.add_(x, 1)",
            "torch.size(x, 9)",
            "return x",
            "[]",
            "{}",
            "()",
            "None",
            "-1",
            "9223372036854775807",
            "1e300",
            "\"",
            "((((((((((((((((",
            "Optional[Tensor]",
            "ops.prim.RaiseException(\"x\")",
            "\n",
            "\n      ",
            ", ");

    private static final String WHOLE = ScriptArchives.module("""
                a = [x, torch.add(x, 1)]
                _0 = torch.append(a, torch.mul(x, 2))
                b, c, = (a[2], a[-3])
                d = {"k": torch.add(b, c), "l": self.sum}
                y = torch.add(d["k"], torch.len(a))
                if bool(torch.gt(torch.sum(y), 1.5)):
                  z = torch.mul(y, 2)
                else:
                  z = torch.slice(y, 0, 0, torch.sub(torch.size(y, 0), 1))
                for i in range(torch.size(x, 0)):
                  z = torch.add(z, torch.select(x, 0, i))
                while bool(torch.lt(torch.sum(z), 10)):
                  z = torch.mul(torch.abs(torch.add(z, 1)), 2)
                return torch.cat([torch.to(z, 6), torch.reshape(x, [-1])], 0)
            """);

    @Test
    void damagedCodeIsLoadedOrRefused() {
        assertThat(ScriptJazzerTest.isLoaded(WHOLE)).isTrue();
        SplittableRandom random = new SplittableRandom(SEED);
        long end = System.nanoTime() + TIME.toNanos();
        int refused = 0;
        for (int round = 0; round < FEWEST_ROUNDS || System.nanoTime() < end; round++) {
            String damaged = DamagedText.of(WHOLE, PIECES, Character::isLetterOrDigit, random);
            long start = System.nanoTime();
            try {
                refused += ScriptJazzerTest.isLoaded(damaged) ? 0 : 1;
            } catch (Throwable e) {
                throw new AssertionError("round " + round + " of seed " + SEED + ": " + damaged, e);
            }
            assertThat(System.nanoTime() - start)
                    .as("round %d of seed %d: %s", round, SEED, damaged)
                    .isLessThan(MOST_FOR_ONE.toNanos());
        }
        assertThat(refused).isGreaterThan(FEWEST_ROUNDS / 2);
    }
}
