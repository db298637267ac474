package dev.nereid.bench.kernels;

import dev.nereid.bench.LocalKernels;
import dev.nereid.kernels.convolution.ChannelsLastKernels;
import dev.nereid.kernels.convolution.ConvShape;
import dev.nereid.kernels.convolution.ConvolutionCostModel;
import dev.nereid.kernels.convolution.Filters;
import dev.nereid.kernels.costs.CostMeasurement;
import dev.nereid.kernels.costs.TimedLayer;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code nereid bench picks}: which algorithm the rule and the measured costs take for layers, and which one is faster. */
@Command(
        name = "picks",
        mixinStandardHelpOptions = true,
        description = {
            "Measures what convolutions of 3 x 3 taps cost on this machine, as 'serve --plan-cache-dir' does, and then layers"
                    + " by both algorithms, one thread: what the costs had foretold, which algorithm is taken by them and"
                    + " by the rule that needs no measuring, and how much slower a pick is than the faster one.",
            "Filters take turns among copies of 128 MiB, as those of a network do."
        })
public final class PicksCommand implements Callable<Integer> {
    private static final long COLD_BYTES = 128L << 20;

    /** A pick that is slower than the faster algorithm by less than this part is as good. */
    private static final double AS_GOOD = 0.05;

    @Parameters(
            paramLabel = "CxHxWxF",
            description = "Channels, height, width and filters of layers; default: some of real networks.")
    private List<String> shapes = List.of(
            "8x48x48x8",
            "16x32x32x16",
            "16x160x160x16",
            "24x40x40x24",
            "32x112x112x32",
            "32x14x14x64",
            "48x20x20x96",
            "64x56x56x64",
            "64x7x7x64",
            "96x28x28x12",
            "128x28x28x128",
            "128x4x4x128",
            "256x14x14x256",
            "256x8x8x256",
            "512x14x14x512",
            "512x7x7x512");

    @Override
    public Integer call() {
        ChannelsLastKernels kernels = LocalKernels.chosen().convolution().channelsLast();
        ConvolutionCostModel costs = CostMeasurement.of(kernels);
        PrintStream out = System.out;
        print(out, "plain sums", costs.sums());
        print(out, "Winograd", costs.winograd());
        out.printf(
                "%-16s %12s %12s %14s %14s  %-10s %-10s%n",
                "layer", "sums, us", "foretold", "Winograd, us", "foretold", "costs take", "rule takes");
        double costsLost = 0;
        double ruleLost = 0;
        int layers = 0;
        for (String text : shapes) {
            int[] sizes = Question.sizes("picks", "CxHxWxF", text, "64x56x56x64");
            ConvShape shape = ConvolutionProblems.shape(sizes[0], sizes[1], sizes[2], sizes[3], 1, 3, 1);
            Filters filters = Filters.of(shape);
            if (!kernels.hasWinograd(filters, shape.window())) {
                out.printf("%-16s plain sums alone%n", text);
                continue;
            }
            double sums = TimedLayer.nanos(kernels, shape, false, COLD_BYTES);
            double winograd = TimedLayer.nanos(kernels, shape, true, COLD_BYTES);
            boolean byCosts = kernels.choosingBy(costs).suitsWinograd(filters, shape.window());
            boolean byRule = kernels.suitsWinograd(filters, shape.window());
            out.printf(
                    Locale.ROOT,
                    "%-16s %12.1f %12.1f %14.1f %14.1f  %-10s %-10s%n",
                    text,
                    sums / 1e3,
                    costs.sums().nanos(ConvolutionCostModel.sums(filters, shape.window())) / 1e3,
                    winograd / 1e3,
                    costs.winograd().nanos(ConvolutionCostModel.winograd(filters, shape.window())) / 1e3,
                    pick(byCosts, sums, winograd),
                    pick(byRule, sums, winograd));
            costsLost += Math.log(lost(byCosts, sums, winograd));
            ruleLost += Math.log(lost(byRule, sums, winograd));
            layers++;
        }
        if (layers > 0) {
            out.printf(
                    Locale.ROOT,
                    "times as long as the faster algorithm, geometric mean: %.3f by the costs, %.3f by the rule%n",
                    Math.exp(costsLost / layers),
                    Math.exp(ruleLost / layers));
        }
        return 0;
    }

    private static void print(PrintStream out, String name, ConvolutionCostModel.Cost cost) {
        out.printf(
                Locale.ROOT,
                "%s: %.4f ns a multiply-add, %.3f ns a value, %.4f ns a byte of filters%n",
                name,
                cost.multiplyAdd(),
                cost.value(),
                cost.filterByte());
    }

    private static String pick(boolean winograd, double sumsNanos, double winogradNanos) {
        double lost = lost(winograd, sumsNanos, winogradNanos);
        String name = winograd ? "Winograd" : "sums";
        return lost > 1 + AS_GOOD ? String.format(Locale.ROOT, "%s %.2f", name, lost) : name;
    }

    /** How many times as long as the faster algorithm the pick takes. */
    private static double lost(boolean winograd, double sumsNanos, double winogradNanos) {
        return (winograd ? winogradNanos : sumsNanos) / Math.min(sumsNanos, winogradNanos);
    }
}
