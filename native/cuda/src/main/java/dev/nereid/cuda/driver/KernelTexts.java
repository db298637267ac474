package dev.nereid.cuda.driver;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;

/** The PTX texts in the jar, where each is compressed by gzip, and the kernels in them. Immutable. */
final class KernelTexts {
    /** The capability, as 10 * major + minor, of the cards that every text is for. */
    static final int LEAST_CAPABILITY = 75;

    /** The capability that texts are for beside the first ones. */
    private static final int TENSOR_CAPABILITY = 80;

    /** The one capability that texts of {@code sm_90a} are for: no driver compiles them for a later one. */
    private static final int WARPGROUP_CAPABILITY = 90;

    /** One for each source file of {@code native/cuda/src/main/cuda}. */
    private static final List<String> NAMES = List.of(
            "attention",
            "blockwise",
            "classes",
            "convolution",
            "elementwise",
            "extreme",
            "gemm",
            "half_casts",
            "half_convolution",
            "half_products",
            "integer_convolution",
            "integer_elementwise",
            "layout",
            "pooling",
            "positions",
            "quantized",
            "recurrent",
            "reduce",
            "resize",
            "scatter",
            "selection",
            "tokens",
            "totals",
            "transposed",
            "trees",
            "winograd");

    /** One for each source file of {@code native/cuda/src/main/cuda/compute_80}. */
    private static final List<String> TENSOR_NAMES =
            List.of("tensor", "tensor_attention", "tensor_convolution", "tensor_half");

    /** One for each source file of {@code native/cuda/src/main/cuda/compute_90a}. */
    private static final List<String> WARPGROUP_NAMES = List.of("warpgroup");

    private static final Pattern ENTRY = Pattern.compile("\\.entry\\s+(\\w+)");

    /** Read once; six megabytes of text. */
    private static final class Holder {
        private static final KernelTexts TEXTS = read();
    }

    /** The cards that a text is for, as capabilities. */
    private record Cards(int least, int most) {
        static Cards from(int least) {
            return new Cards(least, Integer.MAX_VALUE);
        }

        boolean has(int capability) {
            return least <= capability && capability <= most;
        }

        boolean areOneKind() {
            return least == most;
        }
    }

    private final Map<String, Cards> cards;
    private final Map<String, String> texts;
    private final Map<String, Set<String>> entries;

    private KernelTexts(Map<String, Cards> cards, Map<String, String> texts, Map<String, Set<String>> entries) {
        this.cards = cards;
        this.texts = texts;
        this.entries = entries;
    }

    static KernelTexts all() {
        return Holder.TEXTS;
    }

    /** Whether a text has the kernel. */
    boolean has(String kernel) {
        return entries.values().stream().anyMatch(names -> names.contains(kernel));
    }

    /** The kernels of one text. */
    Set<String> entries(String source) {
        return Objects.requireNonNull(entries.get(source), source);
    }

    /** The PTX texts for cards of a capability and of later ones, by the name of their source. */
    Map<String, String> texts(int capability) {
        return texts(capability, false);
    }

    /** The PTX texts for cards of this capability alone, by the name of their source. */
    Map<String, String> ownTexts(int capability) {
        return texts(capability, true);
    }

    private Map<String, String> texts(int capability, boolean own) {
        Map<String, String> those = new LinkedHashMap<>(texts);
        those.keySet().removeIf(name -> {
            Cards suited = Objects.requireNonNull(cards.get(name), name);
            return suited.areOneKind() != own || !suited.has(capability);
        });
        return those;
    }

    private static KernelTexts read() {
        KernelTexts all = new KernelTexts(new LinkedHashMap<>(), new LinkedHashMap<>(), new LinkedHashMap<>());
        NAMES.forEach(name -> all.read("compute_75", Cards.from(LEAST_CAPABILITY), name));
        TENSOR_NAMES.forEach(name -> all.read("compute_80", Cards.from(TENSOR_CAPABILITY), name));
        Cards hopper = new Cards(WARPGROUP_CAPABILITY, WARPGROUP_CAPABILITY);
        WARPGROUP_NAMES.forEach(name -> all.read("compute_90a", hopper, name));
        return all;
    }

    private void read(String folder, Cards suited, String name) {
        String text = text(folder + "/" + name + ".ptx.gz");
        cards.put(name, suited);
        texts.put(name, text);
        Set<String> kernels = new TreeSet<>();
        Matcher found = ENTRY.matcher(text);
        while (found.find()) {
            kernels.add(found.group(1));
        }
        entries.put(name, kernels);
    }

    private static String text(String resource) {
        try (InputStream in = KernelTexts.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks '" + resource + "'");
            }
            try (InputStream text = new GZIPInputStream(in)) {
                return new String(text.readAllBytes(), StandardCharsets.US_ASCII);
            }
        } catch (IOException e) {
            throw new IllegalStateException("'" + resource + "' cannot be read", e);
        }
    }
}
