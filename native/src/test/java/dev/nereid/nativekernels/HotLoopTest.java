package dev.nereid.nativekernels;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.nativekernels.Disassembly.Instruction;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Looks at the machine code: an accumulator on the stack would halve the speed and fail no other test. */
class HotLoopTest {
    private static final Pattern JUMP = Pattern.compile("^j\\w+\\s+([0-9a-f]+)\\b.*");
    private static final String DOT_PRODUCT = "vpdpbusd";
    private static final String BF16_DOT_PRODUCT = "vdpbf16ps";
    private static final String TILE_PRODUCT = "tdpb";
    private static final String PAIRS_OF_16_BITS = "vpmaddwd";
    private static final String MULTIPLY_ADD = "vfmadd";
    private static final List<String> SUMMING = List.of(DOT_PRODUCT, BF16_DOT_PRODUCT, MULTIPLY_ADD);

    private static final Pattern ON_STACK = Pattern.compile("\\(%r[sb]p");

    /** A multiply-add whose addend is read from the stack. */
    private static final Pattern ADDEND_ON_STACK = Pattern.compile("^vfmadd213ps\\s+\\S*\\(%r[sb]p.*");

    private static final Pattern STORE_ON_STACK = Pattern.compile("^\\S+\\s+(%[yz]mm\\d+),\\S*\\(%r[sb]p.*");
    private static final Pattern RESULT = Pattern.compile("^(\\S+)\\s.*(%[yz]mm\\d+)(?:\\{.*)?$");

    /**
     * Functions whose loops are tiles or strips over cells, pages of code: there the places of what is read, masks and weights
     * may wait on the stack, and sums may not.
     */
    private static final Pattern OVER_CELLS = Pattern.compile("rows_\\d_\\d|strip_\\d_\\d_\\d");

    @TempDir
    private Path folder;

    @Test
    void keepsEveryAccumulatorInARegister() throws IOException, InterruptedException {
        Disassembly code = Disassembly.of(Architecture.X86_64, folder);
        List<List<Instruction>> loops = code.innermostLoops(JUMP, DOT_PRODUCT);
        // Six heights of a tile, of four widths with AVX512 and of one without, and four kinds of depthwise windows.
        assertThat(loops).hasSizeGreaterThanOrEqualTo(30 + 4);
        assertThat(loops).anyMatch(HotLoopTest::isOverCells);
        List<List<Instruction>> floats = code.innermostLoops(JUMP, MULTIPLY_ADD);
        // Sixteen, twelve and eight heights of a tile for its three widths with AVX512; twelve, six and four with AVX2.
        assertThat(floats).hasSizeGreaterThanOrEqualTo(36 + 22);
        assertThat(floats).anyMatch(HotLoopTest::isOverCells);
        loops.addAll(floats);
        List<List<Instruction>> pairs = code.innermostLoops(JUMP, BF16_DOT_PRODUCT);
        assertThat(pairs).hasSizeGreaterThanOrEqualTo(36);
        loops.addAll(pairs);
        List<List<Instruction>> bytes = code.innermostLoops(JUMP, PAIRS_OF_16_BITS);
        // Four heights of a tile of bytes for fours and for pairs, three of one of shorts, six of Winograd's; of
        // weights in
        // blocks two for four bits and one for eight.
        assertThat(bytes).hasSize(4 + 4 + 3 + 6 + 2 + 1);
        loops.addAll(bytes);
        List<List<Instruction>> tiles = code.innermostLoops(JUMP, TILE_PRODUCT);
        // Of bytes one panel and two, of up to sixteen rows and of more; of bf16 one tile, two and three.
        assertThat(tiles).hasSizeGreaterThanOrEqualTo(4 + 3);
        loops.addAll(tiles);
        for (List<Instruction> loop : loops) {
            assertThat(isOverCells(loop) ? sumsOnTheStack(loop) : onTheStack(loop))
                    .isEmpty();
        }
    }

    private static boolean isOverCells(List<Instruction> loop) {
        return OVER_CELLS.matcher(loop.getFirst().function()).matches();
    }

    private static List<Instruction> onTheStack(List<Instruction> loop) {
        return loop.stream()
                .filter(instruction -> ON_STACK.matcher(instruction.text()).find())
                .toList();
    }

    /** Stores of what a multiplying instruction made, and multiply-adds to what comes from there. */
    private static List<Instruction> sumsOnTheStack(List<Instruction> loop) {
        List<Instruction> found = new ArrayList<>();
        Set<String> sums = new HashSet<>();
        // Twice: a loop may begin with what its last instructions have made.
        for (int i = 0; i < 2 * loop.size(); i++) {
            Instruction instruction = loop.get(i % loop.size());
            String text = instruction.text();
            Matcher store = STORE_ON_STACK.matcher(text);
            Matcher result = RESULT.matcher(text);
            if (ADDEND_ON_STACK.matcher(text).matches() || (store.matches() && sums.contains(store.group(1)))) {
                found.add(instruction);
            } else if (result.matches()) {
                sums.remove(result.group(2));
                if (SUMMING.stream().anyMatch(result.group(1)::startsWith)) {
                    sums.add(result.group(2));
                }
            }
        }
        return found;
    }
}
