package dev.nereid.server.trace;

import dev.nereid.server.observe.TraceConfig;
import dev.nereid.server.observe.TraceSetting;
import dev.nereid.server.observe.TraceSettings;
import dev.nereid.server.protocol.InferRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A tracer that keeps its traces, and requests for it. */
final class TracingFixture {
    final List<Trace> complete = new ArrayList<>();
    final TraceSettings settings;
    final Tracer tracer;

    TracingFixture(String... levels) {
        Map<TraceSetting, List<String>> set = new HashMap<>();
        set.put(TraceSetting.LEVEL, List.of(levels));
        set.put(TraceSetting.RATE, List.of("1"));
        settings = new TraceSettings(new TraceConfig(TraceConfig.TRITON, "f", set, Map.of()));
        tracer = new Tracer(settings, new TraceWriter() {
            @Override
            public boolean isOpen() {
                return true;
            }

            @Override
            public void write(Trace trace) {
                complete.add(trace);
            }

            @Override
            public void close(Duration patience) {}
        });
    }

    void set(TraceSetting setting, String value) {
        settings.change("", Map.of(setting, Optional.of(List.of(value))));
    }

    static InferRequest request(String id) {
        return new InferRequest(
                InferRequest.Header.of("m", "", id), List.of(), List.of(), List.of(), System.nanoTime());
    }

    FrontTrace begin(InferRequest request) {
        return tracer.begin(request, FrontMoments.HTTP, Optional.empty());
    }

    /** A trace of a request that nothing happened to. */
    Trace trace(String id) {
        InferRequest request = request(id);
        FrontTrace front = begin(request);
        request.close();
        front.close();
        return complete.removeLast();
    }
}
