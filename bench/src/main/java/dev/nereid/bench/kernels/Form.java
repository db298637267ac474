package dev.nereid.bench.kernels;

import dev.nereid.kernels.KernelSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * One way to put a question to the kernels, such as a product with packed weights. Every candidate computes the same from
 * the same operands.
 *
 * @param name empty where a question has one form only
 * @param slot the slot of the kernel set that answers, as the log of the choice names it
 * @param layers the layers that have a kernel of their own for it
 * @param widths whether the kernels of narrower vectors are candidates too
 * @param reachesPeak whether nothing but the peak of a core limits it, where it is large
 * @param taken of an algorithm that is one of several for the same question, whether the kernels take it; empty where the
 *     form is a question of its own
 * @param tolerance the largest difference to the scalar kernels that is rounding, as a share of the largest number; 0 where
 *     all kernels add in the same order
 * @param trial makes the trial of a kernel set
 */
public record Form(
        String name,
        String slot,
        List<String> layers,
        boolean widths,
        boolean reachesPeak,
        Optional<Predicate<KernelSet>> taken,
        double tolerance,
        Function<KernelSet, KernelRun> trial) {
    /** The tolerance where kernels differ in the order of their sums or in the terms of an approximation. */
    static final double ROUNDING = 1e-5;

    static final List<String> JAVA = List.of("scalar", "vector");
    static final List<String> ALL = List.of("scalar", "vector", "native");

    public Form {
        layers = List.copyOf(layers);
    }

    /** A form that has other limits than the peak. */
    Form(String name, String slot, List<String> layers, boolean widths, Function<KernelSet, KernelRun> trial) {
        this(name, slot, layers, widths, false, Optional.empty(), 0, trial);
    }

    /** One of several algorithms for the only question of a problem. */
    static Form algorithm(String name, String slot, Predicate<KernelSet> taken, Function<KernelSet, KernelRun> trial) {
        return new Form(name, slot, ALL, false, false, Optional.of(taken), 0, trial);
    }

    /** The same with another tolerance. */
    Form within(double allowed) {
        return new Form(name, slot, layers, widths, reachesPeak, taken, allowed, trial);
    }

    /** Whether {@code other} answers the same question. */
    boolean isAlternative(Form other) {
        return equals(other) || (taken.isPresent() && other.taken.isPresent());
    }

    /** The only form of a question, with Java kernels of one width. */
    static Form only(String slot, Function<KernelSet, KernelRun> trial) {
        return new Form("", slot, JAVA, false, trial);
    }

    /** The only form of a question, with C kernels too. */
    static Form everywhere(String slot, Function<KernelSet, KernelRun> trial) {
        return new Form("", slot, ALL, false, trial);
    }
}
