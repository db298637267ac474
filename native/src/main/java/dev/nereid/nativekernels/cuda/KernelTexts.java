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
    /** One for each source file of {@code native/src/main/cuda}. */
    private static final List<String> NAMES =
            List.of("attention", "convolution", "elementwise", "gemm", "layout", "pooling", "reduce");

    private static final String FOLDER = "compute_75/";
    private static final Pattern ENTRY = Pattern.compile("\\.entry\\s+(\\w+)");

    /** Read once; half a megabyte. */
    private static final class Holder {
        private static final KernelTexts TEXTS = read();
    }

    private final Map<String, String> texts;
    private final Map<String, Set<String>> entries;

    private KernelTexts(Map<String, String> texts, Map<String, Set<String>> entries) {
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

    /** PTX texts by the name of their source. */
    Map<String, String> texts() {
        return texts;
    }

    private static KernelTexts read() {
        Map<String, String> texts = new LinkedHashMap<>();
        Map<String, Set<String>> entries = new LinkedHashMap<>();
        for (String name : NAMES) {
            String text = text(name);
            texts.put(name, text);
            Set<String> kernels = new TreeSet<>();
            Matcher found = ENTRY.matcher(text);
            while (found.find()) {
                kernels.add(found.group(1));
            }
            entries.put(name, kernels);
        }
        return new KernelTexts(texts, entries);
    }

    private static String text(String name) {
        String resource = FOLDER + name + ".ptx";
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
