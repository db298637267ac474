package dev.nereid.server.javamodel;

import dev.nereid.memory.SlabPool;
import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.model.JavaModel;
import dev.nereid.server.model.ModelRequest;
import dev.nereid.server.model.ModelResponse;
import dev.nereid.server.model.Tensors;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.observe.StatisticsOptions;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.RequestTrace;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.Lane;
import dev.nereid.server.schedule.Scheduler;
import dev.nereid.server.schedule.Schedulers;
import dev.nereid.server.schedule.SharedDevice;
import dev.nereid.server.schedule.VirtualClock;
import dev.nereid.server.schedule.ensemble.FakeStepModel;
import dev.nereid.server.schedule.ensemble.StepModel;
import dev.nereid.server.schedule.limit.Turn;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * A model in Java, called {@code caller}, under a real scheduler and a virtual clock, and models that it calls, whose instances
 * work when the test says so. Its own instances run on threads of their own, because calls wait.
 */
final class CallFixture {
    private static final String TENSORS =
            " input { name: 'IN' data_type: TYPE_INT32 dims: 1 } output { name: 'OUT' data_type: TYPE_INT32 dims: 1 } ";
    private static final long PATIENCE_SECONDS = 30;

    final VirtualClock clock = new VirtualClock();
    final SlabPool memory = new SlabPool(0);
    final ModelStatistics statistics;
    /** Requests that calls have brought to other models, where they are queued or run by now. */
    final BlockingQueue<InferRequest> calls = new LinkedBlockingQueue<>();

    private final Map<String, FakeStepModel> models = new HashMap<>();
    private final ModelConfig config;
    private final Scheduler scheduler;

    /** @param more of the config, beside a batch size of 8 and the tensors IN and OUT */
    CallFixture(JavaModel model, int instances, String more) {
        config = FakeStepModel.config("name: 'caller' max_batch_size: 8" + TENSORS + more);
        statistics = new ModelStatistics(
                StatisticsOptions.of(config.getModelTransactionPolicy().getDecoupled()));
        Callees callees = new Callees(this::hold, memory, clock);
        List<Lane> lanes = new ArrayList<>();
        for (int i = 0; i < instances; i++) {
            String name = "caller_0_" + i;
            lanes.add(new Lane(
                    name,
                    new JavaInstance(
                            name,
                            model,
                            CallFixture.class.getClassLoader(),
                            new ResponseMaker(config, 1, memory),
                            callees,
                            new RequestMemory(memory)),
                    task -> Thread.ofPlatform().daemon().name(name).start(task),
                    () -> {},
                    true,
                    Turn.FREE));
        }
        scheduler = Schedulers.of(config, lanes, statistics, clock, new SharedDevice());
    }

    /** A model to be called, with one instance. */
    FakeStepModel callee(String name, String more) {
        FakeStepModel model = new FakeStepModel("name: '" + name + "' max_batch_size: 8" + TENSORS + more, 1, clock);
        models.put(name, model);
        return model;
    }

    private StepModel hold(String name, long version) {
        FakeStepModel model = models.get(name);
        if (model == null && !name.equals("caller")) {
            throw InferException.notFound("Request for unknown model: '" + name + "' is not found");
        }
        StepModel held = model == null ? new Itself() : model.hold();
        return new StepModel() {
            @Override
            public ModelConfig config() {
                return held.config();
            }

            @Override
            public void infer(InferRequest request, ResponseSink sink) {
                held.infer(request, sink);
                calls.add(request);
            }

            @Override
            public void close() {
                held.close();
            }
        };
    }

    /** The caller, called by itself. */
    private final class Itself implements StepModel {
        @Override
        public ModelConfig config() {
            return config;
        }

        @Override
        public void infer(InferRequest request, ResponseSink sink) {
            scheduler.submit(request, sink);
        }

        @Override
        public void close() {}
    }

    /** The next request that a call brings to its model. */
    InferRequest awaitCall() throws InterruptedException {
        return Optional.ofNullable(calls.poll(PATIENCE_SECONDS, TimeUnit.SECONDS))
                .orElseThrow(() -> new AssertionError("no call has come"));
    }

    /** Waits until a call that is not answered is looked after by the clock. */
    void awaitAlarm() {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (clock.alarms() == 0) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("no alarm was set");
            }
            Thread.onSpinWait();
        }
    }

    /** A request to the caller, and what it is answered: the values of OUT, or an error. */
    static final class Asked implements ResponseSink {
        final InferRequest request;
        private final List<String> heard = new ArrayList<>();
        private final CompletableFuture<String> answer = new CompletableFuture<>();

        private Asked(InferRequest request) {
            this.request = request;
        }

        @Override
        public synchronized void respond(InferResponse response, boolean last) {
            for (OutputTensor output : response.outputs()) {
                heard.add(output.name() + "=" + Tensors.ints(output.tensor())[0]);
            }
            response.close();
            if (last) {
                finish();
            }
        }

        @Override
        public synchronized void failOne(InferException error) {
            heard.add("one " + error.code() + " " + error.text());
        }

        @Override
        public synchronized void fail(InferException error) {
            heard.add(error.code() + " " + error.text());
            finish();
        }

        @Override
        public synchronized void end() {
            heard.add("end");
            finish();
        }

        private void finish() {
            request.close();
            answer.complete(String.join(", ", heard));
        }

        /** All answers, when the last has come. */
        String answer() {
            return answer.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
        }

        boolean isAnswered() {
            return answer.isDone();
        }
    }

    /** Asks the caller with IN of one number. */
    Asked ask(String id, int number) {
        return ask(InferRequest.Header.of("caller", "", id), number);
    }

    Asked ask(InferRequest.Header header, int number) {
        return ask(header, number, Optional.empty());
    }

    /** Asks with a request that is traced. */
    Asked ask(InferRequest.Header header, int number, RequestTrace trace) {
        return ask(header, number, Optional.of(trace));
    }

    private Asked ask(InferRequest.Header header, int number, Optional<RequestTrace> trace) {
        Asked asked = new Asked(new InferRequest(
                header,
                List.of(new InputTensor("IN", FakeStepModel.number(Shape.of(1, 1), number))),
                List.of(),
                List.of(),
                clock.nanos()));
        trace.ifPresent(asked.request::traceWith);
        scheduler.submit(asked.request, asked);
        return asked;
    }

    /** Answers with a number in OUT. */
    static void answer(ModelRequest request, int number) {
        request.respond(new ModelResponse()
                .output("OUT", Tensors.fill(request.allocate(DataType.INT32, Shape.of(1, 1)), new int[] {number})));
    }

    /** Waits until the caller's requests are done, and says what is left over: nothing. */
    List<String> leftOver() {
        scheduler.close();
        List<String> left = new ArrayList<>();
        models.forEach((name, model) -> {
            if (model.holds != 0) {
                left.add(model.holds + " holds of " + name);
            }
            if (model.openResponses != 0) {
                left.add(model.openResponses + " open responses of " + name);
            }
        });
        if (memory.usedBytes() != 0) {
            left.add(memory.usedBytes() + " bytes");
        }
        if (clock.alarms() != 0) {
            left.add(clock.alarms() + " alarms");
        }
        return left;
    }
}
