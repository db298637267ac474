package dev.nereid.nativekernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/** The machine code of a library of this build, as objdump prints it. */
record Disassembly(List<Instruction> code) {
    private static final Pattern INSTRUCTION = Pattern.compile("^\\s*([0-9a-f]+):\\s+(.*)$");
    private static final Pattern FUNCTION = Pattern.compile("^[0-9a-f]+ <(\\w+)>:$");

    /**
     * An instruction and its address.
     *
     * @param function the one that it belongs to
     */
    record Instruction(long address, String text, String function) {}

    /** Disassembles; a test ends, with a word, where there is no library for the architecture or no tool to look at it with. */
    static Disassembly of(Architecture architecture, Path folder) throws IOException, InterruptedException {
        Path library = folder.resolve("libnereid.so");
        try (InputStream in = NativeLibrary.class.getResourceAsStream(architecture.resource())) {
            if (in == null) {
                return skip("this build has no native library for " + architecture.usualName());
            }
            Files.copy(in, library);
        }
        Optional<Architecture> own = Architecture.of(System.getProperty("os.name"), System.getProperty("os.arch"));
        String tool = own.equals(Optional.of(architecture))
                ? "objdump"
                : architecture.name().toLowerCase(Locale.ROOT) + "-linux-gnu-objdump";
        List<Instruction> code = new ArrayList<>();
        try {
            Process process = new ProcessBuilder(tool, "-d", "--no-show-raw-insn", library.toString()).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).isZero();
            String name = "";
            for (String line : output.lines().toList()) {
                Matcher function = FUNCTION.matcher(line);
                if (function.matches()) {
                    name = function.group(1);
                }
                Matcher instruction = INSTRUCTION.matcher(line);
                if (instruction.matches()) {
                    code.add(new Instruction(Long.parseLong(instruction.group(1), 16), instruction.group(2), name));
                }
            }
        } catch (IOException e) {
            return skip("no " + tool + " to look at the library with: " + e.getMessage());
        }
        return new Disassembly(code);
    }

    /**
     * The innermost loops that contain an instruction: from the target of a backward jump to the jump.
     *
     * @param jump matches jumps, with the target's address as its group
     */
    List<List<Instruction>> innermostLoops(Pattern jump, String wanted) {
        List<List<Instruction>> loops = new ArrayList<>();
        for (int end = 0; end < code.size(); end++) {
            Matcher last = jump.matcher(code.get(end).text());
            if (!last.matches()) {
                continue;
            }
            long target = Long.parseLong(last.group(1), 16);
            int begin = end;
            while (begin > 0 && code.get(begin).address() > target) {
                begin--;
            }
            List<Instruction> body = code.subList(begin, end);
            if (body.stream().anyMatch(instruction -> instruction.text().contains(wanted))
                    && body.stream()
                            .noneMatch(instruction ->
                                    jump.matcher(instruction.text()).matches())) {
                loops.add(body);
            }
        }
        return loops;
    }

    private static Disassembly skip(String reason) {
        System.out.println("skipped: " + reason);
        return Assumptions.abort(reason);
    }
}
