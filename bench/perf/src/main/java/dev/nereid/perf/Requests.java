package dev.nereid.perf;

import dev.nereid.perf.client.Transport;
import dev.nereid.perf.data.InferenceRequest;
import dev.nereid.perf.data.InputSet;
import dev.nereid.perf.data.InputSet.Extras;
import dev.nereid.perf.data.InputSet.Step;
import dev.nereid.perf.data.InputTensor;
import dev.nereid.perf.data.RequestedOutput;
import dev.nereid.perf.load.PlainSource;
import dev.nereid.perf.load.RequestSource;
import dev.nereid.perf.load.SequenceSource;
import dev.nereid.perf.load.SessionLoop.Turn;
import dev.nereid.perf.model.ModelContract;
import dev.nereid.perf.model.TensorSpec;
import dev.nereid.perf.sharedmemory.SharedTensors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The requests that the flags ask for. */
final class Requests {
    private static final int DEFAULT_SEQUENCE_LENGTH = 20;
    private static final double NANOS_A_MILLI = 1e6;

    private final PerfOptions options;
    private final ModelContract model;
    private final InputSet data;
    private final Map<String, Object> parameters;
    private final List<RequestedOutput> outputs;

    /** @param shared where tensors lie that do not travel; empty where all do */
    Requests(PerfOptions options, ModelContract model, Optional<SharedTensors> shared) {
        this.options = options;
        this.model = model;
        Checks.refuseIf(
                options.batch > 1 && options.batch > model.maxBatch(),
                "-b: the model '" + model.name() + "' takes batches up to " + Math.max(1, model.maxBatch()) + ", got "
                        + options.batch);
        Checks.refuseIf(
                options.batch > 1 && model.sequences(),
                "-b: a model with sequences takes a batch of 1, got " + options.batch);
        Checks.refuseIf(
                model.decoupled() && !options.streaming && options.server().isGrpc(),
                "-m: Decoupled models must be run with '--async' and '--streaming' options");
        this.parameters = parameters(options.parameters);
        InputSet travelling = new InputData(options, model).read();
        Checks.refuseIf(
                shared.isPresent()
                        && travelling.steps().stream()
                                .anyMatch(step -> !step.extras().expected().isEmpty()),
                "--shared-memory: outputs in shared memory are overwritten by the next request; leave 'validation_data'"
                        + " out of the input data");
        this.data = shared.map(regions -> regions.inputs(travelling)).orElse(travelling);
        List<String> names = model.outputs().stream().map(TensorSpec::name).toList();
        this.outputs = shared.map(regions -> regions.outputs(names, options.outputMemory * options.batch))
                .orElseGet(() -> names.stream().map(RequestedOutput::inResponse).toList());
    }

    /** A source of them for one load. */
    RequestSource source(Transport transport) {
        if (model.sequences()) {
            LevelRange ids = LevelRange.whole("--sequence-id-range", options.sequenceIds);
            boolean fromData = options.sequenceLength < 0 && !InputData.isGenerated(options);
            int length = options.sequenceLength < 0 ? DEFAULT_SEQUENCE_LENGTH : options.sequenceLength;
            long last = options.sequenceIds.contains(":") && ids.hasEnd() ? (long) ids.end() : Long.MAX_VALUE;
            checkIds(last - (long) ids.start());
            return new SequenceSource(
                    data,
                    this::request,
                    transport,
                    new SequenceSource.Settings(
                            fromData ? 0 : length, options.sequenceVariation, (long) ids.start(), last, options.seed));
        }
        List<Step> steps = options.fixedSchedule ? data.byTime() : data.steps();
        List<Double> weights = steps.stream()
                .map(step -> options.fixedSchedule ? 1 : step.weight())
                .toList();
        return new PlainSource(
                steps.stream().map(step -> transport.prepare(request(step))).toList(), weights, options.seed);
    }

    /** Refuses fewer ids than sequences go on at a time: two of them would have one. */
    private void checkIds(long ids) {
        boolean byRate = options.isByRate();
        double sequences = byRate ? options.sequences : mostConcurrency();
        Checks.refuseIf(
                ids < sequences,
                "--sequence-id-range: sequence id range specified is smaller than the maximum possible "
                        + (byRate ? "number of sequences" : "concurrency")
                        + ", sequence id collision may occur: expected at least " + (long) sequences + " ids, got "
                        + ids);
    }

    /** 0 for a range without an end. */
    private double mostConcurrency() {
        return options.concurrency.isEmpty()
                ? 1
                : LevelRange.whole("--concurrency-range", options.concurrency).end();
    }

    /** When the entries of the input data are to be sent, in nanoseconds from the begin on. */
    List<Long> times() {
        return data.byTime().stream()
                .map(step -> Math.round(step.extras().timestampMillis() * NANOS_A_MILLI))
                .toList();
    }

    /** The sessions of the input data. */
    List<List<Turn>> sessions(Transport transport) {
        return data.sessions().stream()
                .map(session -> session.stream()
                        .map(step -> new Turn(
                                transport.prepare(request(step)),
                                Math.round(step.extras().delayMillis() * NANOS_A_MILLI)))
                        .toList())
                .toList();
    }

    private InferenceRequest request(Step step) {
        return new InferenceRequest(
                step.extras().body().isPresent() ? texts(step) : step.inputs(),
                outputs,
                parameters,
                step.extras().expected(),
                step.extras().body());
    }

    /** What an entry for OpenAI's interface says, as perf_analyzer's export has it beside tensors; none of it is sent so. */
    private List<InputTensor> texts(Step step) {
        Extras extras = step.extras();
        List<InputTensor> texts = new ArrayList<>();
        texts.add(text("payload", extras.body().orElseThrow()));
        if (options.sessions > 0) {
            texts.add(text("session_id", extras.session()));
            if (extras.delayMillis() > 0) {
                texts.add(number("delay", extras.delayMillis()));
            }
        }
        if (options.fixedSchedule) {
            texts.add(number("timestamp", extras.timestampMillis()));
        }
        return texts;
    }

    private static InputTensor text(String name, String value) {
        ByteBuffer bytes = ByteBuffer.wrap(value.getBytes(StandardCharsets.UTF_8));
        return new InputTensor(name, "JSON", List.of(1L), bytes.asReadOnlyBuffer());
    }

    private static InputTensor number(String name, double value) {
        ByteBuffer bytes =
                ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(Math.round(value));
        return new InputTensor(name, "UINT64", List.of(1L), bytes.flip().asReadOnlyBuffer());
    }

    private static Map<String, Object> parameters(List<String> texts) {
        Map<String, Object> parameters = new HashMap<>();
        for (String text : texts) {
            String[] parts = text.split(":", -1);
            Checks.refuseIf(
                    parts.length != 3 || parts[0].isEmpty(),
                    "--request-parameter: expected name:value:type, got '" + text + "'");
            Object value = switch (parts[2].toLowerCase(Locale.ROOT)) {
                case "bool" -> truth(parts[1]);
                case "int" -> number(parts[1]);
                case "string" -> parts[1];
                default ->
                    throw new IllegalArgumentException(
                            "--request-parameter: expected the type bool, int or" + " string, got '" + parts[2] + "'");
            };
            parameters.put(parts[0], value);
        }
        return parameters;
    }

    private static Boolean truth(String text) {
        Checks.oneOf("--request-parameter", text, "true", "false");
        return Boolean.valueOf(text);
    }

    private static Long number(String text) {
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--request-parameter: expected a whole number, got '" + text + "'", e);
        }
    }
}
