package dev.nereid.server.javamodel;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.backend.Execution;
import dev.nereid.server.model.ModelClient;
import dev.nereid.server.model.ModelRequest;
import dev.nereid.server.model.ModelResponse;
import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.protocol.RequestedOutput;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** One request as a model's code sees it. What it answers goes on one at a time, whichever threads bring it. */
final class ExecutionRequest implements ModelRequest {
    private final Execution execution;
    private final InferRequest.Header header;
    private final ResponseMaker maker;
    private final Callees callees;
    private final RequestMemory memory;
    private final ReentrantLock lock = new ReentrantLock();
    private volatile boolean answered;

    ExecutionRequest(Execution execution, ResponseMaker maker, Callees callees) {
        this.execution = execution;
        this.header = execution.request().header();
        this.maker = maker;
        this.callees = callees;
        this.memory = new RequestMemory(callees.memory());
    }

    @Override
    public String id() {
        return header.id();
    }

    @Override
    public CorrelationId correlationId() {
        return header.correlationId();
    }

    @Override
    public boolean sequenceStart() {
        return header.sequenceStart();
    }

    @Override
    public boolean sequenceEnd() {
        return header.sequenceEnd();
    }

    @Override
    public long priority() {
        return header.priority();
    }

    @Override
    public Map<String, Parameter> parameters() {
        return header.parameters();
    }

    @Override
    public Optional<Duration> timeLeft() {
        if (header.timeoutMicros() == 0) {
            return Optional.empty();
        }
        long passed = callees.clock().nanos() - execution.request().receivedNanos();
        // Saturates: whatever a client calls a timeout.
        long left = TimeUnit.MICROSECONDS.toNanos(header.timeoutMicros()) - passed;
        return Optional.of(Duration.ofNanos(Math.max(left, 0)));
    }

    @Override
    public boolean cancelled() {
        return execution.request().cancelled();
    }

    @Override
    public List<String> inputNames() {
        return execution.request().inputs().stream().map(InputTensor::name).toList();
    }

    @Override
    public Optional<Tensor> findInput(String name) {
        if (answered) {
            throw answered("its input '" + name + "' was asked for");
        }
        return execution.input(name).map(tensor -> maker.input(name, tensor));
    }

    @Override
    public Tensor input(String name) {
        return findInput(name)
                .orElseThrow(() -> InferException.invalid(header.prefix() + "expected input '" + name + "' for model '"
                        + header.modelName() + "', got inputs " + inputNames()));
    }

    @Override
    public boolean wants(String output) {
        List<RequestedOutput> named = execution.request().outputs();
        return named.isEmpty() || named.stream().anyMatch(each -> each.name().equals(output));
    }

    @Override
    public Tensor allocate(DataType dataType, Shape shape) {
        return memory.allocate(dataType, shape);
    }

    @Override
    public ModelClient client() {
        if (answered) {
            throw answered("it was to call another model");
        }
        return new CallingClient(callees, Optional.of(execution.request()), memory);
    }

    @Override
    public void respond(ModelResponse response) {
        respond(response, true);
    }

    @Override
    public void send(ModelResponse response) {
        maker.checkDecoupled("send");
        respond(response, false);
    }

    private void respond(ModelResponse response, boolean last) {
        answer(() -> {
            InferResponse made = maker.response(this, response);
            letGo(last);
            try {
                execution.respond(made, last);
            } catch (RuntimeException | Error e) {
                made.close();
                throw e;
            }
        });
    }

    @Override
    public void fail(InferException error) {
        answer(() -> {
            letGo(true);
            execution.fail(error);
        });
    }

    @Override
    public void sendError(InferException error) {
        maker.checkDecoupled("sendError");
        answer(() -> execution.failOne(error));
    }

    @Override
    public void end() {
        maker.checkDecoupled("end");
        answer(() -> {
            letGo(true);
            execution.end();
        });
    }

    @Override
    public void reschedule() {
        answer(() -> {
            execution.reschedule();
            letGo(true);
        });
    }

    private void answer(Runnable answer) {
        lock.lock();
        try {
            if (answered) {
                throw answered("there is another answer");
            }
            ContextLoader.inServer(answer);
        } finally {
            lock.unlock();
        }
    }

    /** Gives back, before a last answer goes on, what was held for the request: then nothing is left when the client has it. */
    private void letGo(boolean last) {
        if (last) {
            answered = true;
            memory.close();
        }
    }

    @Override
    public boolean hasRoom() {
        return execution.request().hasRoom();
    }

    /** Whether nothing may follow. */
    boolean isAnswered() {
        return answered;
    }

    InferRequest request() {
        return execution.request();
    }

    /** The memory of a tensor, if it was allocated for this request; belongs to the caller from now on. */
    Optional<SlabPool.Slab> take(Tensor tensor) {
        return memory.take(tensor);
    }

    private IllegalStateException answered(String what) {
        return new IllegalStateException(
                "request '" + id() + "' of model '" + header.modelName() + "' is answered, and then " + what);
    }
}
