package dev.nereid.bench.kernels;

import dev.nereid.bench.LocalKernels;
import dev.nereid.kernels.KernelLayer;
import dev.nereid.kernels.KernelSelection;
import dev.nereid.kernels.KernelSet;
import dev.nereid.kernels.VectorKernels;
import dev.nereid.kernels.cpu.Cpu;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Kernels that may answer a question.
 *
 * @param layer the layer they belong to
 * @param detail what they make use of
 * @param narrow whether they use narrower vectors than this machine prefers
 */
public record Candidate(String layer, String detail, boolean narrow, KernelSet kernels) {
    private static final List<Integer> WIDTHS = List.of(512, 256, 128);

    /** Every candidate of this machine: the scalar kernels, vectors of each width, the C kernels. */
    public static List<Candidate> all() {
        List<Candidate> candidates = new ArrayList<>();
        candidates.add(new Candidate("scalar", "plain loops", false, KernelSet.scalar()));
        KernelSet kernels = KernelSet.scalar();
        for (KernelLayer layer : LocalKernels.layers()) {
            if (layer instanceof KernelLayer.Available available) {
                kernels = available.overlay().over(kernels);
                candidates.add(new Candidate(available.name(), available.detail(), false, kernels));
            }
            if (layer.name().equals("vector")) {
                candidates.addAll(narrower(Cpu.detect()));
            }
        }
        return candidates;
    }

    private static List<Candidate> narrower(Cpu cpu) {
        return WIDTHS.stream()
                .filter(bits -> bits < cpu.vectorBits())
                .map(bits -> new Candidate(
                        "vector",
                        bits + " bits",
                        true,
                        new VectorKernels(new Cpu(bits, cpu.cores(), cpu.architecture())).over(KernelSet.scalar())))
                .toList();
    }

    /**
     * The kernels of a layer, or with {@code chosen} of the highest layer that this machine has for a form.
     *
     * @throws IllegalArgumentException if this machine has no such layer, or the layer nothing of its own for the form
     */
    public static Candidate of(String layer, Form form) {
        List<Candidate> answering = all().stream()
                .filter(candidate -> !candidate.narrow && candidate.answers(form))
                .toList();
        if (layer.equals("chosen")) {
            return answering.getLast();
        }
        return answering.stream()
                .filter(candidate -> candidate.layer.equals(layer))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("layer '" + layer + "': this machine has "
                        + answering.stream().map(Candidate::layer).toList()));
    }

    /** Whether these kernels have something of their own for a form. */
    boolean answers(Form form) {
        return form.layers().contains(layer) && (form.widths() || !narrow);
    }

    /** Whether a server on this machine answers this form with these kernels. */
    boolean isPick(Form form, KernelSelection selection) {
        String chosen =
                Objects.requireNonNull(selection.choices().get(form.slot())).split(" ", 2)[0];
        // A layer without a kernel of its own hands the question down.
        String answering =
                form.layers().contains(chosen) ? chosen : form.layers().getLast();
        return !narrow
                && layer.equals(answering)
                && form.taken().map(taken -> taken.test(kernels)).orElse(true);
    }
}
