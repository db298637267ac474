package dev.nereid.models;

import dev.nereid.models.ModelInspection.OperatorUse;
import dev.nereid.models.ModelInspection.Port;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** An inspection as text for a terminal. */
public final class InspectionText {
    private static final int MOST_DEFAULTS = 8;
    private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB"};

    private InspectionText() {}

    /** The lines, without line ends. */
    public static List<String> lines(ModelInspection inspection) {
        List<String> lines = new ArrayList<>();
        lines.add("opsets");
        inspection.opsets().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(entry -> lines.add("  " + domain(entry.getKey()) + " " + entry.getValue()));
        lines.add("inputs");
        inspection.inputs().forEach(port -> lines.add(line(port)));
        addDefaults(inspection.defaults(), lines);
        lines.add("outputs");
        inspection.outputs().forEach(port -> lines.add(line(port)));
        int nodes = inspection.operators().stream().mapToInt(OperatorUse::count).sum();
        lines.add("operators (" + nodes + " nodes)");
        inspection.operators().forEach(use -> lines.add(line(use)));
        lines.add("parameters  " + String.format(Locale.ROOT, "%,d", inspection.parameters()));
        lines.add("weights     " + size(inspection.weightBytes()));
        long missing =
                inspection.operators().stream().filter(use -> !use.supported()).count();
        lines.add(missing == 0 ? "Every operator is supported." : missing + " of its operators are not supported.");
        return lines;
    }

    /** Some exporters list all weights among the inputs, which nobody wants to read. */
    private static void addDefaults(List<Port> defaults, List<String> lines) {
        if (defaults.isEmpty()) {
            return;
        }
        lines.add("inputs with a default (optional: true)");
        defaults.stream().limit(MOST_DEFAULTS).forEach(port -> lines.add(line(port)));
        if (defaults.size() > MOST_DEFAULTS) {
            lines.add("  and " + (defaults.size() - MOST_DEFAULTS) + " more");
        }
    }

    private static String line(Port port) {
        return "  " + port.name() + "  " + port.type().map(Object::toString).orElse("type not declared");
    }

    private static String line(OperatorUse use) {
        String name = use.domain().isEmpty() ? use.name() : use.domain() + "." + use.name();
        return String.format(Locale.ROOT, "  %5d  %s%s", use.count(), name, use.supported() ? "" : "  NOT SUPPORTED");
    }

    private static String domain(String domain) {
        return domain.isEmpty() ? "ai.onnx" : domain;
    }

    private static String size(long bytes) {
        double amount = bytes;
        int unit = 0;
        while (amount >= 1024 && unit < UNITS.length - 1) {
            amount /= 1024;
            unit++;
        }
        return String.format(Locale.ROOT, unit == 0 ? "%.0f %s" : "%.1f %s", amount, UNITS[unit]);
    }
}
