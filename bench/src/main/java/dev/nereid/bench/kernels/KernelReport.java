package dev.nereid.bench.kernels;

import dev.nereid.bench.kernels.KernelComparison.Row;
import java.io.PrintStream;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/** Prints what a comparison of kernels found. */
final class KernelReport {
    /** A pick that is slower than the best by less than this part is as good. */
    private static final double AS_GOOD = 0.05;

    private KernelReport() {}

    static void print(Question question, String shape, Problem problem, List<Row> rows, double peak, PrintStream out) {
        boolean shares = problem.unit().hasPeak();
        out.println(question.family() + " " + shape + ": " + problem.text() + ", one thread"
                + (shares ? String.format(Locale.ROOT, ", peak of a core %.1f GFLOP/s", peak / 1e9) : ""));
        out.printf(
                Locale.ROOT,
                "    %-44s %10s %12s%s  %s%n",
                "kernel",
                problem.unit().rate(),
                "us",
                shares ? "  of peak" : "",
                "difference to scalar");
        for (Row row : rows) {
            double rate = problem.work() / row.seconds();
            out.printf(
                    Locale.ROOT,
                    "  %s %-44s %10.2f %12.2f%s  %s%n",
                    row.pick() ? "*" : " ",
                    name(row),
                    rate / 1e9,
                    row.seconds() * 1e6,
                    shares ? String.format(Locale.ROOT, "  %5.1f %%", 100 * rate / peak) : "",
                    row.difference() == 0 ? "none" : String.format(Locale.ROOT, "%.1e", row.difference()));
        }
        out.println("  * what a server on this machine takes");
        problem.forms().forEach(form -> warn(form, rows, out));
        out.println();
    }

    private static void warn(Form form, List<Row> rows, PrintStream out) {
        List<Row> answers =
                rows.stream().filter(row -> row.form().isAlternative(form)).toList();
        Row best =
                answers.stream().min(Comparator.comparingDouble(Row::seconds)).orElseThrow();
        for (Row pick : answers) {
            if (pick.pick() && pick.form().equals(form) && pick.seconds() > best.seconds() * (1 + AS_GOOD)) {
                out.printf(
                        Locale.ROOT,
                        "  note: the pick takes %.2f times as long as %s%n",
                        pick.seconds() / best.seconds(),
                        name(best));
            }
        }
    }

    /** What was measured, for people. */
    static String name(Row row) {
        String form = row.form().name();
        return (form.isEmpty() ? "" : form + ", ") + row.candidate().layer() + " ("
                + row.candidate().detail() + ")";
    }
}
