package dev.nereid.nativekernels;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The instructions that this CPU and its operating system offer to C kernels.
 *
 * @param instructions of either architecture
 * @param sveBits of a vector of SVE; 0 without
 */
record CpuFeatures(Set<Instruction> instructions, int sveBits) {
    /** The system property that leaves out instructions that there are. */
    static final String PROPERTY = "nereid.native.instructions";

    private static final int SVE_BYTES_SHIFT = 16;

    /**
     * What may be used of what there is.
     *
     * @param sve whether SVE may
     */
    private record Allowed(Set<Instruction> instructions, boolean sve) {}

    /** By what {@link #PROPERTY} says: what is left is what processors of a kind have. */
    private static final Map<String, Allowed> ALLOWED = new TreeMap<>(Map.of(
            // Servers before Sapphire Rapids, and after it without AMX.
            "avx512",
                    new Allowed(
                            Set.of(
                                    Instruction.AVX512_VNNI,
                                    Instruction.AVX_VNNI,
                                    Instruction.AVX512,
                                    Instruction.AVX512_BF16,
                                    Instruction.AVX2),
                            false),
            // Most processors before 2021.
            "avx2", new Allowed(Set.of(Instruction.AVX2), false),
            // Neoverse N1, Cortex-A76, Graviton 2.
            "dotprod", new Allowed(Set.of(Instruction.DOTPROD), false),
            // Apple's and others without SVE.
            "i8mm", new Allowed(Set.of(Instruction.DOTPROD, Instruction.I8MM, Instruction.BF16), false),
            // A64FX.
            "sve", new Allowed(Set.of(Instruction.DOTPROD), true)));

    CpuFeatures {
        instructions = Set.copyOf(instructions);
    }

    /** A CPU with these instructions and without SVE. */
    static CpuFeatures of(Instruction... instructions) {
        return new CpuFeatures(Set.of(instructions), 0);
    }

    /** Reads what {@code nereid_cpu_features} returned. */
    static CpuFeatures ofBits(int bits) {
        Set<Instruction> instructions = Arrays.stream(Instruction.values())
                .filter(instruction -> instruction.isIn(bits))
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Instruction.class)));
        return new CpuFeatures(instructions, Byte.SIZE * (bits >>> SVE_BYTES_SHIFT));
    }

    boolean has(Instruction instruction) {
        return instructions.contains(instruction);
    }

    /** Whether there is SVE with vectors longer than NEON's, which can do the same with its own. */
    boolean hasLongSve() {
        return sveBits > 128;
    }

    /**
     * What is left of them where a process must not use all.
     *
     * @param words as {@link #PROPERTY} has them; empty for all
     * @throws IllegalArgumentException if it says something else
     */
    CpuFeatures allowed(String words) {
        if (words.isEmpty()) {
            return this;
        }
        Allowed allowed = ALLOWED.get(words);
        if (allowed == null) {
            throw new IllegalArgumentException("property '" + PROPERTY + "': expected one of "
                    + String.join(", ", ALLOWED.keySet()) + ", got '" + words + "'");
        }
        Set<Instruction> left =
                instructions.stream().filter(allowed.instructions()::contains).collect(Collectors.toSet());
        return new CpuFeatures(left, allowed.sve() ? sveBits : 0);
    }

    boolean avx512Vnni() {
        return has(Instruction.AVX512_VNNI);
    }

    boolean avxVnni() {
        return has(Instruction.AVX_VNNI);
    }

    boolean avx512() {
        return has(Instruction.AVX512);
    }

    boolean avx512Bf16() {
        return has(Instruction.AVX512_BF16);
    }

    boolean avx2() {
        return has(Instruction.AVX2);
    }
}
