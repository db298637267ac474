package dev.nereid.perf;

import dev.nereid.perf.data.InputFiles;
import dev.nereid.perf.data.InputMaker;
import dev.nereid.perf.data.InputSet;
import dev.nereid.perf.data.InputSet.Step;
import dev.nereid.perf.model.ModelContract;
import dev.nereid.perf.model.TensorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The input data that the flags name. */
final class InputData {
    private final PerfOptions options;
    private final ModelContract model;

    InputData(PerfOptions options, ModelContract model) {
        this.options = options;
        this.model = model;
    }

    /** Whether no file is named. */
    static boolean isGenerated(PerfOptions options) {
        return List.of("random", "zero").containsAll(options.inputData);
    }

    InputSet read() {
        Map<String, List<Long>> shapes = shapes(options.shapes);
        List<String> names = model.inputs().stream().map(TensorSpec::name).toList();
        shapes.keySet()
                .forEach(name -> Checks.refuseIf(
                        !names.isEmpty() && !names.contains(name),
                        "--shape: expected one of the inputs " + names + ", got '" + name + "'"));
        InputMaker maker = new InputMaker(
                shapes,
                model.batches() ? options.batch : 0,
                options.stringLength,
                options.stringData.isEmpty() ? Optional.empty() : Optional.of(options.stringData),
                options.seed);
        List<List<Step>> streams = new ArrayList<>();
        List<String> sources = options.inputData.isEmpty() ? List.of("random") : options.inputData;
        for (String source : sources) {
            switch (source) {
                case "random" -> streams.add(List.of(maker.random(model.inputs())));
                case "zero" -> streams.add(List.of(maker.zeros(model.inputs())));
                default -> streams.addAll(file(source, maker));
            }
        }
        return new InputSet(streams);
    }

    private List<List<Step>> file(String source, InputMaker maker) {
        int at = source.lastIndexOf('@');
        double weight = 1;
        String path = source;
        if (at > 0) {
            try {
                weight = Double.parseDouble(source.substring(at + 1));
                path = source.substring(0, at);
            } catch (NumberFormatException _) {
                // A name with an @ in it.
            }
        }
        return new InputFiles(model, maker).read(Path.of(path), weight);
    }

    private static Map<String, List<Long>> shapes(List<String> texts) {
        Map<String, List<Long>> shapes = new HashMap<>();
        for (String text : texts) {
            int colon = text.lastIndexOf(':');
            try {
                shapes.put(
                        text.substring(0, colon),
                        Arrays.stream(text.substring(colon + 1).split(",", -1))
                                .map(Long::valueOf)
                                .toList());
            } catch (NumberFormatException | StringIndexOutOfBoundsException e) {
                throw new IllegalArgumentException("--shape: expected NAME:1,2,3, got '" + text + "'", e);
            }
        }
        return shapes;
    }
}
