package dev.nereid.nativekernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.nativekernels.Disassembly.Instruction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same as {@link HotLoopTest} for ARM's library, which a cross compiler builds elsewhere. */
class ArmHotLoopTest {
    private static final Pattern JUMP =
            Pattern.compile("^(?:b\\.\\w+|b|cbn?z\\s+\\w+,|tbn?z\\s+\\w+, #\\d+,)\\s+([0-9a-f]+)\\b.*");
    private static final Pattern ON_STACK = Pattern.compile("\\[(?:sp|x29)\\b");
    private static final Pattern LOAD = Pattern.compile("^ld\\w+\\s.*");

    /** Heights of the tiles of bytes, with NEON and with SVE. */
    private static final int TILES = 2 * 8;

    /** Heights of the tiles of bf16 of one, two and three vectors, and rows of one to four panels. */
    private static final int TILES_OF_BF16 = 12 + 8 + 6 + 4;

    @TempDir
    private Path folder;

    @Test
    void keepsEveryAccumulatorInARegister() throws IOException, InterruptedException {
        Disassembly code = Disassembly.of(Architecture.AARCH64, folder);
        List<List<Instruction>> loops = new ArrayList<>();
        List<List<Instruction>> dots = code.innermostLoops(JUMP, "sdot");
        assertThat(dots).hasSize(TILES);
        loops.addAll(dots);
        List<List<Instruction>> matrices = code.innermostLoops(JUMP, "usmmla");
        assertThat(matrices).hasSize(TILES);
        loops.addAll(matrices);
        List<List<Instruction>> bf16 = code.innermostLoops(JUMP, "bfmlalb");
        assertThat(bf16).hasSize(TILES_OF_BF16);
        loops.addAll(bf16);
        for (List<Instruction> loop : loops) {
            assertThat(loop)
                    .noneMatch(
                            instruction -> ON_STACK.matcher(instruction.text()).find());
        }
    }

    /** The tallest tile reads eight bytes of eight rows and six vectors of weights for 48 or 24 multiplications. */
    @Test
    void multipliesMoreThanItLoads() throws IOException, InterruptedException {
        Disassembly code = Disassembly.of(Architecture.AARCH64, folder);
        assertTallest(code.innermostLoops(JUMP, "sdot"), "sdot", 48);
        assertTallest(code.innermostLoops(JUMP, "usmmla"), "usmmla", 24);
    }

    private static void assertTallest(List<List<Instruction>> loops, String multiplication, int multiplications) {
        List<List<Instruction>> tallest = loops.stream()
                .filter(loop -> loop.getFirst().function().equals("tile_8"))
                .toList();
        assertThat(tallest).hasSize(2).allSatisfy(loop -> {
            assertThat(loop.stream().filter(each -> each.text().startsWith(multiplication)))
                    .hasSize(multiplications);
            assertThat(loop.stream().filter(each -> LOAD.matcher(each.text()).matches()))
                    .hasSizeLessThanOrEqualTo(8 + 6);
        });
    }
}
