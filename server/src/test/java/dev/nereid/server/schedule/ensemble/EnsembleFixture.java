package dev.nereid.server.schedule.ensemble;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.observe.StatisticsOptions;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.VirtualClock;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** An ensemble under a virtual clock, of models that work when the test lets them. */
@SuppressWarnings("NullAway.Init") // every test makes an ensemble first
final class EnsembleFixture implements AutoCloseable {
    /** A step's tensors of one number each. */
    static final String ONE = "max_batch_size: 8 input { name: 'I' data_type: TYPE_INT32 dims: 1 } "
            + "output { name: 'O' data_type: TYPE_INT32 dims: 1 } ";

    static final String TWO_IN = ONE + "input { name: 'J' data_type: TYPE_INT32 dims: 1 } ";
    static final String TWO_OUT = ONE + "output { name: 'P' data_type: TYPE_INT32 dims: 1 } ";
    static final String DECOUPLED = "model_transaction_policy { decoupled: true } ";

    final VirtualClock clock = new VirtualClock();
    final Map<String, FakeStepModel> models = new HashMap<>();
    /** Answers in the order of arrival: {@code id OUTPUT=number ...}, {@code id end}, or {@code id CODE text}. */
    final List<String> heard = new ArrayList<>();

    /** The parameters of the responses. */
    final List<Map<String, Parameter>> parameters = new ArrayList<>();

    final List<Shape> shapes = new ArrayList<>();
    private final Map<String, Long> finals = new LinkedHashMap<>();
    private long submitted;
    private EnsembleScheduler scheduler;
    private ModelStatistics statistics = new ModelStatistics();

    /** Adds a model with one instance. */
    FakeStepModel model(String name, String config) {
        return model(name, 1, config);
    }

    FakeStepModel model(String name, int instances, String config) {
        FakeStepModel model = new FakeStepModel("name: '" + name + "' " + config, instances, clock);
        models.put(name, model);
        return model;
    }

    /** Describes a step: {@code step("a", "I=X J=Y", "O=Z")}. */
    static String step(String model, String inputs, String outputs) {
        return "step { model_name: '" + model + "' model_version: -1 " + map("input_map", inputs)
                + map("output_map", outputs) + "} ";
    }

    private static String map(String field, String pairs) {
        return Arrays.stream(pairs.split(" "))
                .map(pair -> pair.split("=", 2))
                .map(pair -> field + " { key: '" + pair[0] + "' value: '" + pair[1] + "' } ")
                .collect(Collectors.joining());
    }

    /** Makes the ensemble {@code e} of steps, between inputs and outputs of one number each. */
    EnsembleFixture ensemble(String inputs, String outputs, String steps, String more) {
        String tensors = tensors("input", inputs) + tensors("output", outputs);
        return ensemble(
                "max_batch_size: 8 " + tensors + "ensemble_scheduling { " + steps + "} " + more,
                more.contains("decoupled: true"));
    }

    EnsembleFixture ensemble(String inputs, String outputs, String steps) {
        return ensemble(inputs, outputs, steps, "");
    }

    EnsembleFixture ensemble(String config, boolean decoupled) {
        statistics = new ModelStatistics(StatisticsOptions.of(decoupled));
        scheduler = new EnsembleScheduler(
                FakeStepModel.config("name: 'e' platform: 'ensemble' " + config), 1, this::hold, statistics, clock);
        return this;
    }

    private static String tensors(String kind, String names) {
        return Arrays.stream(names.split(" "))
                .map(name -> kind + " { name: '" + name + "' data_type: TYPE_INT32 dims: 1 } ")
                .collect(Collectors.joining());
    }

    private StepModel hold(String name, long version) {
        FakeStepModel model = models.get(name);
        if (model == null) {
            throw InferException.notFound("Request for unknown model: '" + name + "' is not found");
        }
        return model.hold();
    }

    EnsembleScheduler scheduler() {
        return scheduler;
    }

    ModelStatistics statistics() {
        return statistics;
    }

    FakeStepModel model(String name) {
        return Objects.requireNonNull(models.get(name), name);
    }

    /** A request for all outputs. */
    InferRequest submit(String id, InputTensor... inputs) {
        return submit(id, List.of(), inputs);
    }

    InferRequest submit(String id, List<String> outputs, InputTensor... inputs) {
        return submit(InferRequest.Header.of("e", "", id), outputs, inputs);
    }

    InferRequest submit(InferRequest.Header header, List<String> outputs, InputTensor... inputs) {
        InferRequest request = new InferRequest(
                header,
                List.of(inputs),
                outputs.stream()
                        .map(name -> new RequestedOutput(name, 0, false))
                        .toList(),
                List.of(),
                clock.nanos());
        submitted++;
        scheduler.submit(request, new Listener(header.id()));
        return request;
    }

    static InferRequest.Header inSequence(String id, long sequence, boolean start, boolean end) {
        return new InferRequest.Header("e", "", id, new CorrelationId.Numeric(sequence), start, end, 0, 0, Map.of());
    }

    /** An input [1, 1] of one number. */
    static InputTensor input(String name, int value) {
        return input(name, value, 1, 1);
    }

    static InputTensor input(String name, int value, long... shape) {
        return new InputTensor(name, FakeStepModel.number(Shape.of(shape), value));
    }

    /** Lets a model execute what it has. */
    void finish(String model) {
        model(model).finish();
    }

    /** Lets all models work until none has anything to do. */
    void finishAll() {
        boolean worked = true;
        while (worked) {
            worked = false;
            for (FakeStepModel model : List.copyOf(models.values())) {
                while (model.busy() > 0) {
                    model.finish();
                    worked = true;
                }
            }
        }
    }

    /** Names of the models that have something to do. */
    List<String> busy() {
        return models.values().stream()
                .filter(model -> model.busy() > 0)
                .map(model -> model.config.getName())
                .sorted()
                .toList();
    }

    /** Sees that nothing is left over. */
    @Override
    public void close() {
        assertThat(leftOver()).isEmpty();
    }

    /** Says what is left over: nothing, when each request has had one last answer. */
    private List<String> leftOver() {
        List<String> left = new ArrayList<>();
        if (finals.values().stream().mapToLong(Long::longValue).sum() != submitted
                || finals.values().stream().anyMatch(count -> count != 1)) {
            left.add("last answers of " + submitted + " requests: " + finals);
        }
        models.forEach((name, model) -> {
            if (model.openResponses != 0) {
                left.add(model.openResponses + " open responses of " + name);
            }
            if (model.holds != 0) {
                left.add(model.holds + " holds of " + name);
            }
        });
        if (!scheduler.starts().isIdle()) {
            left.add("a gate is not idle");
        }
        if (clock.alarms() > 0) {
            left.add(clock.alarms() + " alarms");
        }
        return left;
    }

    private final class Listener implements ResponseSink {
        private final String id;

        Listener(String id) {
            this.id = id;
        }

        @Override
        public void respond(InferResponse response, boolean last) {
            parameters.add(response.parameters());
            StringBuilder text = new StringBuilder();
            for (OutputTensor output : response.outputs()) {
                Tensor tensor = output.tensor();
                shapes.add(tensor.shape());
                text.append(' ')
                        .append(output.name())
                        .append('=')
                        .append(tensor.segment().get(ValueLayout.JAVA_INT, 0));
            }
            hear(text + (last ? "" : " ..."), last);
            response.close();
        }

        @Override
        public void fail(InferException error) {
            hear(" " + error.code() + " " + error.text(), true);
        }

        @Override
        public void end() {
            hear(" end", true);
        }

        private void hear(String answer, boolean last) {
            heard.add(id + answer);
            if (last) {
                finals.merge(id, 1L, Long::sum);
            }
        }
    }
}
