package dev.nereid.perf.report.html;

import java.util.Locale;

/** Formats numbers for reports: three significant digits, with a unit that fits. */
final class NumberFormat {
    private NumberFormat() {}

    /** A latency in microseconds. */
    static String micros(double micros) {
        if (micros >= 1e6) {
            return digits(micros / 1e6) + " s";
        }
        return micros >= 1000 ? digits(micros / 1000) + " ms" : digits(micros) + " µs";
    }

    /** A latency in whole microseconds. */
    static String micros(long micros) {
        return micros((double) micros);
    }

    /** A number of things. */
    static String plain(long number) {
        return plain((double) number);
    }

    /** A number of things, or of them in a second. */
    static String plain(double number) {
        double size = Math.abs(number);
        if (size >= 1e9) {
            return digits(number / 1e9) + " G";
        }
        if (size >= 1e6) {
            return digits(number / 1e6) + " M";
        }
        return size >= 1e4 ? digits(number / 1e3) + " k" : digits(number);
    }

    /** Three digits that count, without zeros behind the point. */
    static String digits(double number) {
        if (number == 0 || !Double.isFinite(number)) {
            return number == 0 ? "0" : "–";
        }
        int whole = (int) Math.floor(Math.log10(Math.abs(number))) + 1;
        String text = String.format(Locale.ROOT, "%." + Math.clamp(3L - whole, 0, 6) + "f", number);
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }
}
