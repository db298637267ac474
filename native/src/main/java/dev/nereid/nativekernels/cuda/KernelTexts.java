package dev.nereid.nativekernels.cuda;

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

/** The PTX texts in the jar, and the kernels in them. Immutable. */
final class KernelTexts {
    /** The capability, as 10 * major + minor, of the cards that every text is for. */
    static final int LEAST_CAPABILITY = 75;

    /** The capability that texts are for beside the first ones. */
    private static final int TENSOR_CAPABILITY = 80;

    /** One for each source file of {@code native/src/main/cuda}. */
    private static final List<String> NAMES = List.of(
            "attention",
            "classes",
            "convolution",
            "elementwise",
            "extreme",
            "gemm",
            "half_casts",
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
            "totals",
            "transposed",
            "trees");

    /** One for each source file of {@code native/src/main/cuda/compute_80}. */
    private static final List<String> TENSOR_NAMES = List.of("tensor");

    private static final Pattern ENTRY = Pattern.compile("\\.entry\\s+(\\w+)");

    /** Read once; a megabyte. */
    private static final class Holder {
        private static final KernelTexts TEXTS = read();
    }

    private final Map<String, Integer> capabilities;
    private final Map<String, String> texts;
    private final Map<String, Set<String>> entries;

    private KernelTexts(
            Map<String, Integer> capabilities, Map<String, String> texts, Map<String, Set<String>> entries) {
        this.capabilities = capabilities;
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

    /** The PTX texts for cards of a capability, by the name of their source. */
    Map<String, String> texts(int capability) {
        Map<String, String> those = new LinkedHashMap<>(texts);
        those.keySet().removeIf(name -> Objects.requireNonNull(capabilities.get(name), name) > capability);
        return those;
    }

    private static KernelTexts read() {
        KernelTexts all = new KernelTexts(new LinkedHashMap<>(), new LinkedHashMap<>(), new LinkedHashMap<>());
        NAMES.forEach(name -> all.read(LEAST_CAPABILITY, name));
        TENSOR_NAMES.forEach(name -> all.read(TENSOR_CAPABILITY, name));
        return all;
    }

    private void read(int capability, String name) {
        String text = text("compute_" + capability + "/" + name + ".ptx");
        capabilities.put(name, capability);
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
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        } catch (IOException e) {
            throw new IllegalStateException("'" + resource + "' cannot be read", e);
        }
    }
}
