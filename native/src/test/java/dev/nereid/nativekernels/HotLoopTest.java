package dev.nereid.nativekernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Looks at the machine code: an accumulator on the stack would halve the speed and fail no other test. */
class HotLoopTest {
    private static final Pattern INSTRUCTION = Pattern.compile("^\\s*([0-9a-f]+):\\s+(.*)$");
    private static final Pattern JUMP = Pattern.compile("^j\\w+\\s+([0-9a-f]+)\\b.*");
    private static final String DOT_PRODUCT = "vpdpbusd";
    private static final String BF16_DOT_PRODUCT = "vdpbf16ps";
    private static final String TILE_PRODUCT = "tdpb";
    private static final String PAIRS_OF_16_BITS = "vpmaddwd";
    private static final String MULTIPLY_ADD = "vfmadd";
    private static final List<String> SUMMING = List.of(DOT_PRODUCT, BF16_DOT_PRODUCT, MULTIPLY_ADD);

    private static final Pattern FUNCTION = Pattern.compile("^[0-9a-f]+ <(\\w+)>:$");
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

    /**
     * An instruction and its address.
     *
     * @param overCells whether it belongs to a function over cells
     */
    private record Instruction(long address, String text, boolean overCells) {}

    @TempDir
    private Path folder;

    @Test
    void keepsEveryAccumulatorInARegister() throws IOException, InterruptedException {
        List<Instruction> code = disassembly();
        List<List<Instruction>> loops = innermostLoops(code, DOT_PRODUCT);
        // Six heights of a tile, of four widths with AVX512 and of one without, and four kinds of depthwise windows.
        assertThat(loops).hasSizeGreaterThanOrEqualTo(30 + 4);
        assertThat(loops).anyMatch(loop -> loop.getFirst().overCells());
        List<List<Instruction>> floats = innermostLoops(code, MULTIPLY_ADD);
        // Sixteen, twelve and eight heights of a tile for its three widths with AVX512; twelve, six and four with AVX2.
        assertThat(floats).hasSizeGreaterThanOrEqualTo(36 + 22);
        assertThat(floats).anyMatch(loop -> loop.getFirst().overCells());
        loops.addAll(floats);
        List<List<Instruction>> pairs = innermostLoops(code, BF16_DOT_PRODUCT);
        assertThat(pairs).hasSizeGreaterThanOrEqualTo(36);
        loops.addAll(pairs);
        List<List<Instruction>> bytes = innermostLoops(code, PAIRS_OF_16_BITS);
        // Four heights of a tile of bytes for fours and for pairs, three of one of shorts, six of Winograd's; of
        // weights in
        // blocks two for four bits and one for eight.
        assertThat(bytes).hasSize(4 + 4 + 3 + 6 + 2 + 1);
        loops.addAll(bytes);
        List<List<Instruction>> tiles = innermostLoops(code, TILE_PRODUCT);
        // Of bytes one panel and two, of up to sixteen rows and of more; of bf16 one tile, two and three.
        assertThat(tiles).hasSizeGreaterThanOrEqualTo(4 + 3);
        loops.addAll(tiles);
        for (List<Instruction> loop : loops) {
            assertThat(loop.getFirst().overCells() ? sumsOnTheStack(loop) : onTheStack(loop))
                    .isEmpty();
        }
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

    /** The innermost loops that contain an instruction: from the target of a backward jump to the jump. */
    private static List<List<Instruction>> innermostLoops(List<Instruction> code, String wanted) {
        List<List<Instruction>> loops = new ArrayList<>();
        for (int end = 0; end < code.size(); end++) {
            Matcher jump = JUMP.matcher(code.get(end).text());
            if (!jump.matches()) {
                continue;
            }
            long target = Long.parseLong(jump.group(1), 16);
            int begin = end;
            while (begin > 0 && code.get(begin).address() > target) {
                begin--;
            }
            List<Instruction> body = code.subList(begin, end);
            if (body.stream().anyMatch(instruction -> instruction.text().contains(wanted))
                    && body.stream()
                            .noneMatch(instruction ->
                                    JUMP.matcher(instruction.text()).matches())) {
                loops.add(body);
            }
        }
        return loops;
    }

    private List<Instruction> disassembly() throws IOException, InterruptedException {
        Path library = folder.resolve("libnereid.so");
        try (InputStream in = NativeLibrary.class.getResourceAsStream(Architecture.X86_64.resource())) {
            if (in == null) {
                return skip("this build has no native library");
            }
            Files.copy(in, library);
        }
        List<Instruction> code = new ArrayList<>();
        try {
            Process process = new ProcessBuilder("objdump", "-d", "--no-show-raw-insn", library.toString()).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).isZero();
            boolean overCells = false;
            for (String line : output.lines().toList()) {
                Matcher function = FUNCTION.matcher(line);
                if (function.matches()) {
                    overCells = OVER_CELLS.matcher(function.group(1)).matches();
                }
                Matcher instruction = INSTRUCTION.matcher(line);
                if (instruction.matches()) {
                    long address = Long.parseLong(instruction.group(1), 16);
                    code.add(new Instruction(address, instruction.group(2), overCells));
                }
            }
        } catch (IOException e) {
            return skip("no objdump to look at the library with: " + e.getMessage());
        }
        return code;
    }

    private static List<Instruction> skip(String reason) {
        System.out.println("skipped: " + reason);
        return Assumptions.abort(reason);
    }
}
