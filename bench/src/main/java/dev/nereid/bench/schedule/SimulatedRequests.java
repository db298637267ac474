package dev.nereid.bench.schedule;

import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.observe.StatisticsOptions;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.ResponseSink;
import dev.nereid.server.schedule.Clock;
import dev.nereid.server.schedule.ScheduledRequest;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes requests of one item with an input of some tokens. The tensors of all share one memory, which nobody reads. */
final class SimulatedRequests {
    static final int MOST_TOKENS = 512;

    /** Nobody waits for the answers of a simulation. */
    private static final ResponseSink NOBODY = new ResponseSink() {
        @Override
        public void respond(InferResponse response, boolean last) {
            response.close();
        }

        @Override
        public void fail(InferException error) {}

        @Override
        public void end() {}
    };

    private final MemorySegment memory = Arena.ofAuto().allocate((long) MOST_TOKENS * Integer.BYTES);
    private final Map<Integer, InferRequest> byLength = new HashMap<>();
    private final ModelStatistics statistics = new ModelStatistics(StatisticsOptions.of(false));
    private final Clock clock;

    SimulatedRequests(Clock clock) {
        this.clock = clock;
    }

    /** A request that arrives now. */
    ScheduledRequest arrive(int length) {
        InferRequest request = byLength.computeIfAbsent(length, this::request);
        return new ScheduledRequest(request, NOBODY, statistics, clock, 1);
    }

    private InferRequest request(int length) {
        Tensor tensor = Tensor.of(DataType.INT32, Shape.of(1, length), memory);
        return new InferRequest(
                InferRequest.Header.of("m", "", ""), List.of(new InputTensor("X", tensor)), List.of(), List.of(), 0);
    }

    static long length(ScheduledRequest request) {
        return request.request().inputs().getFirst().tensor().shape().dim(1);
    }
}
