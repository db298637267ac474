package dev.nereid.bench.perf;

import dev.nereid.bench.perf.client.Transport;
import dev.nereid.bench.perf.data.InferenceRequest;
import dev.nereid.bench.perf.data.InputFiles;
import dev.nereid.bench.perf.data.InputMaker;
import dev.nereid.bench.perf.data.InputSet;
import dev.nereid.bench.perf.data.InputSet.Step;
import dev.nereid.bench.perf.load.PlainSource;
import dev.nereid.bench.perf.load.RequestSource;
import dev.nereid.bench.perf.load.SequenceSource;
import dev.nereid.bench.perf.model.ModelContract;
import dev.nereid.bench.perf.model.TensorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The requests that the flags ask for. */
final class Requests {
    private static final int DEFAULT_SEQUENCE_LENGTH = 20;

    private final PerfOptions options;
    private final ModelContract model;
    private final InputSet data;
    private final Map<String, Object> parameters;

    Requests(PerfOptions options, ModelContract model) {
        this.options = options;
        this.model = model;
        if (options.batch > 1 && options.batch > model.maxBatch()) {
            throw new IllegalArgumentException("-b: the model '" + model.name() + "' takes batches up to "
                    + Math.max(1, model.maxBatch()) + ", got " + options.batch);
        }
        if (options.batch > 1 && model.sequences()) {
            throw new IllegalArgumentException("-b: a model with sequences takes a batch of 1, got " + options.batch);
        }
        this.parameters = parameters(options.parameters);
        this.data = data();
    }

    /** A source of them for one load. */
    RequestSource source(Transport transport) {
        if (model.sequences()) {
            Range ids = Range.parse("--sequence-id-range", options.sequenceIds);
            boolean fromData = options.sequenceLength < 0 && !isGenerated();
            int length = options.sequenceLength < 0 ? DEFAULT_SEQUENCE_LENGTH : options.sequenceLength;
            long last = options.sequenceIds.contains(":") ? (long) ids.end() : Long.MAX_VALUE;
            return new SequenceSource(
                    data,
                    this::request,
                    transport,
                    new SequenceSource.Settings(
                            fromData ? 0 : length, options.sequenceVariation, (long) ids.start(), last, options.seed));
        }
        List<Step> steps = data.steps();
        return new PlainSource(
                steps.stream().map(step -> transport.prepare(request(step))).toList(),
                steps.stream().map(Step::weight).toList(),
                options.seed);
    }

    private InferenceRequest request(Step step) {
        List<String> outputs = model.outputs().stream().map(TensorSpec::name).toList();
        return new InferenceRequest(step.inputs(), outputs, parameters);
    }

    private boolean isGenerated() {
        return options.inputData.isEmpty() || List.of("random", "zero").containsAll(options.inputData);
    }

    private InputSet data() {
        InputMaker maker = new InputMaker(
                shapes(options.shapes),
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

    private static Map<String, Object> parameters(List<String> texts) {
        Map<String, Object> parameters = new HashMap<>();
        for (String text : texts) {
            String[] parts = text.split(":", -1);
            if (parts.length != 3) {
                throw new IllegalArgumentException("--request-parameter: expected name:value:type, got '" + text + "'");
            }
            parameters.put(
                    parts[0],
                    switch (parts[2]) {
                        case "bool" -> Boolean.valueOf(parts[1]);
                        case "int" -> Long.valueOf(parts[1]);
                        case "string" -> parts[1];
                        default ->
                            throw new IllegalArgumentException("--request-parameter: expected the type bool, int or"
                                    + " string, got '" + parts[2] + "'");
                    });
        }
        return parameters;
    }
}
