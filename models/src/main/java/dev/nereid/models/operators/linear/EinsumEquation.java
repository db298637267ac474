package dev.nereid.models.operators.linear;

import dev.nereid.models.ModelFormatException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * An Einstein summation read for inputs of known ranks: one label an axis. Letters stand for themselves; the axes that an
 * ellipsis covers have the labels '0', '1', ... counted from the innermost.
 *
 * @param inputs the labels of each input's axes
 * @param output the labels of the output's axes
 */
record EinsumEquation(List<String> inputs, String output) {
    private static final String ELLIPSIS = "...";

    static EinsumEquation parse(String text, int[] ranks) {
        String equation = text.replace(" ", "");
        int arrow = equation.indexOf("->");
        List<String> terms = Arrays.asList((arrow < 0 ? equation : equation.substring(0, arrow)).split(",", -1));
        if (terms.size() != ranks.length) {
            throw new ModelFormatException(
                    "attribute 'equation': expected " + ranks.length + " terms, got '" + text + "'");
        }
        List<String> inputs = new ArrayList<>();
        int widest = 0;
        for (int i = 0; i < ranks.length; i++) {
            int covered = ranks[i] - terms.get(i).replace(ELLIPSIS, "").length();
            boolean open = terms.get(i).contains(ELLIPSIS);
            if (covered < 0 || (covered > 0 && !open)) {
                throw new ModelFormatException("attribute 'equation': term " + i + " of '" + text
                        + "' does not fit an input of rank " + ranks[i]);
            }
            inputs.add(expand(terms.get(i), covered));
            widest = open ? Math.max(widest, covered) : widest;
        }
        String output = arrow < 0 ? implied(inputs, widest) : expand(equation.substring(arrow + 2), widest);
        return new EinsumEquation(List.copyOf(inputs), output);
    }

    private static String expand(String term, int covered) {
        return term.replace(ELLIPSIS, ellipsis(covered));
    }

    private static String ellipsis(int covered) {
        StringBuilder labels = new StringBuilder();
        for (int i = covered - 1; i >= 0; i--) {
            labels.append((char) ('0' + i));
        }
        return labels.toString();
    }

    /** The output of an equation without an arrow: the ellipsis, then in order the letters that occur once. */
    private static String implied(List<String> inputs, int widest) {
        TreeMap<Character, Integer> counts = new TreeMap<>();
        for (String input : inputs) {
            for (int i = 0; i < input.length(); i++) {
                counts.merge(input.charAt(i), 1, Integer::sum);
            }
        }
        StringBuilder output = new StringBuilder(ellipsis(widest));
        counts.forEach((label, count) -> {
            if (count == 1 && Character.isLetter(label)) {
                output.append(label.charValue());
            }
        });
        return output.toString();
    }

    /** All labels: those of the output in its order, then those that are summed over. */
    String labels() {
        StringBuilder labels = new StringBuilder(output);
        for (String input : inputs) {
            for (int i = 0; i < input.length(); i++) {
                if (labels.indexOf(input.substring(i, i + 1)) < 0) {
                    labels.append(input.charAt(i));
                }
            }
        }
        return labels.toString();
    }
}
