package dev.nereid.kernels;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernels of this process and why they are these: the scalar set with each layer laid over it that is there and
 * allowed. Made once, at start.
 *
 * @param kernels the chosen kernels
 * @param choices for each slot the layer its kernels come from, such as {@code native (avx512_vnni)}
 * @param remarks why a layer is not used, a sentence each
 */
public record KernelSelection(KernelSet kernels, Map<String, String> choices, List<String> remarks) {
    /** The layers in order, as {@code --kernels} names them. */
    public static final List<String> LAYERS = List.of("scalar", "vector", "native");

    private static final Logger LOG = LoggerFactory.getLogger(KernelSelection.class);

    public KernelSelection {
        choices = Collections.unmodifiableMap(new LinkedHashMap<>(choices));
        remarks = List.copyOf(remarks);
    }

    /**
     * Which layers a value of {@code --kernels} allows: the words of a list separated by commas, or every layer up to a
     * single word. The scalar kernels are always allowed.
     *
     * @throws IllegalArgumentException if a word is no layer
     */
    public static List<String> parse(String option) {
        List<String> words = List.of(option.strip().split("\\s*,\\s*", -1));
        for (String word : words) {
            if (!LAYERS.contains(word)) {
                throw new IllegalArgumentException(
                        "kernels '" + option + "': expected a list of " + LAYERS + ", got '" + word + "'");
            }
        }
        if (words.size() == 1) {
            return LAYERS.subList(0, LAYERS.indexOf(words.getFirst()) + 1);
        }
        return LAYERS.stream()
                .filter(layer -> layer.equals("scalar") || words.contains(layer))
                .toList();
    }

    /**
     * Lays the layers over the scalar kernels.
     *
     * @param allowed names of layers, as {@link #parse} returns them
     * @param layers what this machine has, lowest first
     */
    public static KernelSelection of(List<String> allowed, List<KernelLayer> layers) {
        KernelSet kernels = KernelSet.scalar();
        Map<String, String> choices = new LinkedHashMap<>();
        List<String> remarks = new ArrayList<>();
        KernelSlot.ALL.forEach(slot -> choices.put(slot.name(), "scalar"));
        for (KernelLayer layer : layers) {
            if (!allowed.contains(layer.name())) {
                remarks.add(layer.name() + " off: not among the allowed kernels " + allowed);
                continue;
            }
            switch (layer) {
                case KernelLayer.Unavailable off -> remarks.add(off.name() + " off: " + off.reason());
                case KernelLayer.Available on -> {
                    KernelSet over = on.overlay().over(kernels);
                    for (KernelSlot<?> slot : KernelSlot.ALL) {
                        if (isOther(over.get(slot), kernels.get(slot))) {
                            String detail = on.overlay().detail(slot.name()).orElse(on.detail());
                            choices.put(slot.name(), on.name() + " (" + detail + ")");
                        }
                    }
                    kernels = over;
                }
            }
        }
        return new KernelSelection(kernels, choices, remarks);
    }

    /** Logs one line that says which layers are in use and for what, and a line for each remark. */
    public void log() {
        LOG.info("kernels: {}", summary());
        choices.forEach((slot, choice) -> LOG.debug("kernels: {}: {}", slot, choice));
        remarks.forEach(remark -> LOG.info("kernels: {}", remark));
    }

    /** Every choice with its slots, but for the most frequent one, which stands for all that are not named. */
    String summary() {
        Map<String, List<String>> slots = new LinkedHashMap<>();
        choices.forEach((slot, choice) ->
                slots.computeIfAbsent(choice, _ -> new ArrayList<>()).add(slot));
        String usual = slots.entrySet().stream()
                .max(Comparator.comparingInt(entry -> entry.getValue().size()))
                .map(Map.Entry::getKey)
                .orElse("none");
        StringBuilder text = new StringBuilder(usual);
        slots.forEach((choice, names) -> {
            if (!choice.equals(usual)) {
                text.append("; ").append(choice).append(" for ").append(String.join(", ", names));
            }
        });
        return text.toString();
    }

    @SuppressWarnings("ReferenceEquality") // A layer leaves alone what it does not have: the very instance.
    private static boolean isOther(Object over, Object base) {
        return over != base;
    }
}
