package dev.nereid.server.schedule.sequence;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.schedule.BatchMember;
import dev.nereid.server.schedule.BatchRun;
import dev.nereid.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Fills the slot of a sequence that has nothing to run, so that the sequences behind it keep their slots in the batch.
 * Shapes are those of a real request, values are zeros, READY is false; answers go nowhere, states stay untouched.
 */
final class FillerRequest implements BatchMember {
    private final SequenceRequest model;
    private final SequenceMemory memory;
    private final InferRequest request;
    /** By the name of the input. Taken at once: the states of a real request may go with its answer. */
    private final Map<String, Tensor> states = new HashMap<>();

    /**
     * A filler beside a request of the same batch.
     *
     * @param model is prepared to run
     */
    FillerRequest(SequenceRequest model, SequenceMemory memory) {
        this.model = model;
        this.memory = memory;
        InferRequest real = model.request();
        List<InputTensor> inputs = real.inputs().stream()
                .map(input -> new InputTensor(input.name(), zeros(input.tensor())))
                .toList();
        request = new InferRequest(
                InferRequest.Header.of(real.header().modelName(), real.header().modelVersion(), ""),
                inputs,
                real.outputs(),
                List.of(),
                real.receivedNanos(),
                new InferRequest.Parent() {
                    @Override
                    public boolean cancelled() {
                        return real.cancelled(); // nobody waits for padding alone
                    }

                    @Override
                    public void executed(InferRequest.Execution execution) {}
                });
        for (SequenceState state : model.sequence().states()) {
            states.put(state.template().inputName(), zeros(state.input()));
        }
    }

    private Tensor zeros(Tensor real) {
        return memory.zeros().tensor(real.dataType(), real.shape());
    }

    @Override
    public InferRequest request() {
        return request;
    }

    @Override
    public Optional<Tensor> input(String name) {
        Optional<Tensor> added = added(name);
        return added.isPresent() ? added : request.input(name).map(InputTensor::tensor);
    }

    @Override
    public boolean isAdded(String name) {
        return added(name).isPresent();
    }

    private Optional<Tensor> added(String name) {
        Tensor state = states.get(name);
        if (state != null) {
            return Optional.of(state);
        }
        ControlTensors controls = memory.controls();
        return controls.correlationName().filter(name::equals).isPresent()
                ? controls.noCorrelation(memory.zeros())
                : controls.flag(name, false, false, false);
    }

    @Override
    public void start(BatchRun run) {}

    @Override
    public void stage(Stage stage) {
        model.stage(stage);
    }

    @Override
    public void respond(InferResponse response, boolean last) {
        response.close();
    }

    @Override
    public void failOne(InferException error) {}

    @Override
    public void fail(InferException error) {}

    @Override
    public void end() {}

    @Override
    public void reschedule() {}

    @Override
    public boolean isReleased() {
        return true;
    }

    @Override
    public long batchSize() {
        return 1;
    }

    @Override
    public long inputBytes() {
        return model.inputBytes();
    }
}
