package dev.nereid.bench.engine;

import dev.nereid.bench.models.AccuracyModels;
import dev.nereid.bench.models.MadeUpModels;
import dev.nereid.bench.models.OperatorFamily;
import dev.nereid.bench.models.OperatorModel;
import dev.nereid.models.ModelFormatException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code nereid bench accuracy}: rounding errors of both engines against the same model in doubles. */
@Command(
        name = "accuracy",
        mixinStandardHelpOptions = true,
        description = "Prints how far the outputs of our engine and of ONNX Runtime lie from those of the same model"
                + " computed in doubles. Ends with 1 if ours are more than twice (rms) or 3 times (max) as far as"
                + " ONNX Runtime's, and further than the rounding of the result. Models without kernels for"
                + " doubles are named and left out.")
public final class AccuracyCommand implements Callable<Integer> {
    private static final List<String> COLUMNS =
            List.of("model", "output", "our rms", "their rms", "ratio", "our max", "their max", "ratio");

    @Mixin
    private EngineSetup setup = new EngineSetup();

    @Option(
            names = "--winograd",
            description =
                    "Lets 3x3 convolutions go by Winograd's algorithm, as a server does where the config does not say"
                            + " otherwise; it may be 5 times (rms) and 12 times (max) as far.")
    private boolean winograd;

    @Option(names = "--format", defaultValue = "text", description = "text, csv or markdown (default text).")
    private TableFormat format = TableFormat.TEXT;

    @Parameters(
            paramLabel = "MODEL",
            arity = "0..*",
            description = "Layers as FAMILY or FAMILY/LAYER (convolution, product, rows, recurrent), model files, known"
                    + " models or their cases; default: all layers.")
    private List<String> names = List.of();

    @Override
    public Integer call() throws IOException {
        setup.check();
        Accuracy.Bounds bounds = winograd ? Accuracy.Bounds.WINOGRAD : Accuracy.Bounds.SUMS;
        Accuracy accuracy = new Accuracy(setup.kernels(), setup.load().withWinograd(winograd));
        System.out.println(format.row(COLUMNS));
        int worse = 0;
        for (EngineCase one : cases(names)) {
            try {
                for (Accuracy.Pair pair : accuracy.of(one)) {
                    boolean good = pair.isWithin(bounds);
                    System.out.println(format.row(row(one, pair, good)));
                    worse += good ? 0 : 1;
                }
            } catch (ModelFormatException | IllegalStateException e) {
                System.err.println(one.label() + ": left out: " + e.getMessage());
            }
        }
        if (worse > 0) {
            System.err.println("outputs further off than is allowed: " + worse);
        }
        return worse > 0 ? 1 : 0;
    }

    /** The cases of these names, or all layers. */
    static List<EngineCase> cases(List<String> names) {
        List<EngineCase> cases = new ArrayList<>();
        for (String name : names.isEmpty()
                ? AccuracyModels.ALL.stream().map(OperatorFamily::name).toList()
                : names) {
            List<EngineCase> layers = layers(name);
            cases.addAll(layers.isEmpty() ? CaseCatalog.of(List.of(name)) : layers);
        }
        return cases;
    }

    private static List<EngineCase> layers(String name) {
        List<EngineCase> cases = new ArrayList<>();
        for (OperatorFamily family : AccuracyModels.ALL) {
            for (OperatorModel model : family.models()) {
                if (name.equals(family.name()) || name.equals(family.name() + "/" + model.name())) {
                    cases.add(new EngineCase(
                            family.name(), model.name(), MadeUpModels.operator(family, model), Map.of(), Map.of()));
                }
            }
        }
        return cases;
    }

    private static List<String> row(EngineCase one, Accuracy.Pair pair, boolean good) {
        Deviation ours = pair.ours();
        Deviation theirs = pair.theirs();
        return List.of(
                one.label(),
                Integer.toString(pair.output()),
                number(ours.rms()),
                number(theirs.rms()),
                ratio(ours.rms(), theirs.rms()),
                number(ours.largest()),
                number(theirs.largest()),
                ratio(ours.largest(), theirs.largest()) + (good ? "" : " WORSE"));
    }

    private static String number(double error) {
        return String.format(Locale.ROOT, "%.2e", error);
    }

    private static String ratio(double ours, double theirs) {
        return theirs == 0 ? "-" : String.format(Locale.ROOT, "%.2f", ours / theirs);
    }
}
