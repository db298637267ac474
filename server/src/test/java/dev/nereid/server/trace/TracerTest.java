package dev.nereid.server.trace;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.RequestTrace;
import dev.nereid.server.protocol.RequestTrace.Moment;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TracerTest {
    private static final ResponseSink IGNORING = new ResponseSink() {
        @Override
        public void respond(InferResponse response, boolean last) {}

        @Override
        public void fail(InferException error) {}

        @Override
        public void end() {}
    };

    /** Traced or not, a request is the same object; what is off makes no other. */
    @Test
    void allocatesNothingForARequestThatIsNotTraced() {
        Tracer tracer = new TracingFixture("OFF").tracer;
        InferRequest request = TracingFixture.request("");
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        pass(tracer, request, 1);
        long before = threads.getCurrentThreadAllocatedBytes();
        int same = pass(tracer, request, 10_000);
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        assertThat(same).isEqualTo(10_000);
        assertThat(allocated)
                .as("bytes for 10000 requests, some of them of the measurement")
                .isLessThan(10_000);
        assertThat(request.trace()).isEmpty();
    }

    /** Takes requests from their arrival to their end; answers how often the sink was left as it is. */
    private static int pass(Tracer tracer, InferRequest request, int times) {
        int same = 0;
        for (int i = 0; i < times; i++) {
            try (FrontTrace trace = tracer.begin(request, FrontMoments.HTTP, Optional.empty())) {
                same += trace.watch(IGNORING).equals(IGNORING) ? 1 : 0;
                trace.sendStart();
                trace.sendEnd();
            }
        }
        return same;
    }

    @Test
    void aTraceIsCompleteWhenFrontAndRequestAndEveryStepAreDone() {
        TracingFixture fixture = new TracingFixture("TIMESTAMPS");
        InferRequest request = TracingFixture.request("r");
        FrontTrace front = fixture.begin(request);
        RequestTrace step = request.trace()
                .orElseThrow()
                .step(InferRequest.Header.of("s", "", "r"))
                .orElseThrow();
        front.close();
        front.close();
        request.close();
        request.close();
        assertThat(fixture.complete).isEmpty();
        step.end(System.nanoTime());
        step.end(System.nanoTime());
        assertThat(fixture.complete).hasSize(1);
        assertThat(fixture.complete.getFirst().spans())
                .extracting(Span::model, Span::parentId, Span::requestId)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("m", 0L, "r"),
                        org.assertj.core.groups.Tuple.tuple(
                                "s",
                                fixture.complete.getFirst().spans().getFirst().id(),
                                "r"));
    }

    /** Responses, and steps of decoupled steps, may have no end. */
    @Test
    void aTraceDoesNotGrowForEver() {
        TracingFixture fixture = new TracingFixture("TIMESTAMPS", "TENSORS");
        Tensor tensor = Tensor.ofStrings(Shape.of(1), new byte[][] {new byte[100_000]});
        InferRequest request = TracingFixture.request("");
        try (FrontTrace front = fixture.begin(request);
                request) {
            RequestTrace trace = request.trace().orElseThrow();
            for (int i = 0; i < 20_000; i++) {
                front.sendStart();
                trace.step(InferRequest.Header.of("s", "", "")).ifPresent(step -> step.end(0));
            }
            for (int i = 0; i < 100; i++) {
                trace.tensor(RequestTrace.Activity.TENSOR_BACKEND_OUTPUT, "O", tensor);
            }
        }
        Trace trace = fixture.complete.getFirst();
        assertThat(trace.spans()).hasSize(10_000);
        assertThat(trace.spans().getFirst().stamps()).hasSize(10_001);
        assertThat(trace.spans().getFirst().stamps().getLast().moment()).isEqualTo(Moment.REQUEST_END);
        assertThat(trace.spans().getFirst().weight()).isLessThan(20 << 20);
    }

    @Test
    void aWriterThatFailsIsNoErrorOfARequest() {
        TracingFixture fixture = new TracingFixture("TIMESTAMPS");
        TraceWriter failing = new TraceWriter() {
            @Override
            public boolean isOpen() {
                return true;
            }

            @Override
            public void write(Trace trace) {
                throw new IllegalStateException("on purpose");
            }

            @Override
            public void close(Duration patience) {}
        };
        InferRequest request = TracingFixture.request("");
        FrontTrace front = new Tracer(fixture.settings, failing).begin(request, FrontMoments.GRPC, Optional.empty());
        request.close();
        front.close();
        assertThat(request.trace()).isPresent();
    }

    @Test
    void notesAnswersOfEveryKind() {
        TracingFixture fixture = new TracingFixture("TIMESTAMPS");
        InferRequest request = TracingFixture.request("");
        try (FrontTrace front = fixture.begin(request);
                request) {
            front.watch(IGNORING).fail(InferException.invalid("no"));
        }
        assertThat(fixture.complete.getFirst().spans().getFirst().stamps())
                .extracting(Span.Stamp::moment)
                .containsExactly(
                        Moment.HTTP_RECV_START,
                        Moment.HTTP_RECV_END,
                        Moment.INFER_RESPONSE_COMPLETE,
                        Moment.REQUEST_END);
    }

    @Test
    void writesWhatARequestSaysAsJsonWhateverItSays() {
        String json = text(new TracingFixture("TIMESTAMPS").trace("\"},{\n\\\u0000"));
        assertThat(json).contains("\"request_id\":\"\\\"},{\\n\\\\\\u0000\"").doesNotContain("parent_id");
        assertThat(text(new TracingFixture("TIMESTAMPS").trace(""))).doesNotContain("request_id");
    }

    @Test
    void withoutTimestampsThereAreNone() {
        assertThat(text(new TracingFixture("TENSORS").trace("a")))
                .isEqualTo("{\"id\":1,\"model_name\":\"m\",\"model_version\":-1,\"request_id\":\"a\"}");
    }

    @Test
    void tellsHowAnExecutionCameAboutWhereItMay() {
        TracingFixture fixture = new TracingFixture("TENSORS");
        InferRequest request = TracingFixture.request("");
        try (FrontTrace _ = fixture.begin(request);
                request) {
            request.trace().orElseThrow().executedIn(new RequestTrace.Execution(4, "full", "m_0"));
        }
        Trace trace = fixture.complete.getFirst();
        assertThat(text(trace)).isEqualTo("{\"id\":1,\"model_name\":\"m\",\"model_version\":-1}");
        assertThat(new String(TraceJson.objects(trace, true), StandardCharsets.UTF_8))
                .isEqualTo("{\"id\":1,\"model_name\":\"m\",\"model_version\":-1},"
                        + "{\"id\":1,\"execution\":{\"batch_size\":4,\"closed_by\":\"full\",\"instance\":\"m_0\"}}");
    }

    @Test
    void countsTracesFromOne() {
        TracingFixture fixture = new TracingFixture("TIMESTAMPS");
        assertThat(fixture.trace("a").spans().getFirst().id()).isEqualTo(1);
        assertThat(fixture.trace("b").spans().getFirst().id()).isEqualTo(2);
    }

    private static String text(Trace trace) {
        return new String(TraceJson.objects(trace, false), StandardCharsets.UTF_8);
    }
}
