package dev.nereid.perf.report.html;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.function.DoubleUnaryOperator;

/**
 * Where values lie along one side of a plot.
 *
 * @param scale makes values of places: the logarithm, for instance
 */
record Axis(String title, double low, double high, DoubleUnaryOperator scale, List<Tick> ticks) {
    /** A value with its label. */
    record Tick(double value, String label) {}

    private static final int ABOUT = 5;
    private static final double DECADES = 12;
    private static final double FINE = 120;
    private static final double[] WHOLE_DECADES = {1};
    private static final double[] PARTS_OF_DECADES = {1, 2, 5};

    /** From 0 to a round number above {@code most}. */
    static Axis linear(String title, double most, DoubleFunction<String> label) {
        double step = step(Math.max(most, 1e-9) / ABOUT);
        double high = Math.ceil(most / step - 1e-9) * step;
        List<Tick> ticks = new ArrayList<>();
        for (double value = 0; value <= high + step / 2; value += step) {
            ticks.add(new Tick(value, label.apply(value)));
        }
        return new Axis(title, 0, Math.max(high, step), DoubleUnaryOperator.identity(), ticks);
    }

    /** From {@code least} to {@code most}, both above 0, by their logarithms. */
    static Axis logarithmic(String title, double least, double most, DoubleFunction<String> label) {
        double low = least / 1.15;
        double high = Math.max(most * 1.15, low * 1.5);
        List<Tick> ticks = new ArrayList<>();
        for (double decade = Math.pow(10, Math.floor(Math.log10(low))), i = 0; i < DECADES; decade *= 10, i++) {
            for (double factor : high / low > FINE ? WHOLE_DECADES : PARTS_OF_DECADES) {
                if (decade * factor >= low && decade * factor <= high) {
                    ticks.add(new Tick(decade * factor, label.apply(decade * factor)));
                }
            }
        }
        if (ticks.size() < 2) {
            ticks.clear();
            double step = step((high - low) / ABOUT);
            for (double value = Math.ceil(low / step) * step; value <= high; value += step) {
                ticks.add(new Tick(value, label.apply(value)));
            }
        }
        return new Axis(title, low, high, Math::log, ticks);
    }

    /** From 0 on where {@code least} is near it, beside {@code most}; by the logarithm where they lie far apart. */
    static Axis of(String title, double least, double most, DoubleFunction<String> label) {
        return least > 0 && most / least > 12 ? logarithmic(title, least, most, label) : linear(title, most, label);
    }

    /** Percentiles by how many nines they have. */
    static Axis percentiles() {
        List<Tick> ticks = new ArrayList<>();
        for (double value : new double[] {0, 50, 90, 99, 99.9, 99.99}) {
            // The label of 0 would touch that of 50.
            String label = value == 0 ? "" : Double.toString(value).replaceAll("\\.0$", "") + " %";
            ticks.add(new Tick(value, label));
        }
        return new Axis("share of requests answered within", 0, 99.995, value -> -Math.log1p(-value / 100), ticks);
    }

    private static double step(double rough) {
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double factor = rough / power;
        return power * (factor <= 1 ? 1 : factor <= 2 ? 2 : factor <= 5 ? 5 : 10);
    }

    /** Where a value lies: 0 at the begin, 1 at the end. */
    double place(double value) {
        double begin = scale.applyAsDouble(low);
        return (scale.applyAsDouble(Math.clamp(value, low, high)) - begin) / (scale.applyAsDouble(high) - begin);
    }
}
