package dev.nereid.server.traffic;

import dev.nereid.server.protocol.HeapSizes;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.InferResponse;
import dev.nereid.server.protocol.InputTensor;
import dev.nereid.server.protocol.OutputTensor;
import dev.nereid.server.protocol.ResponseSink;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Passes the answer of a request on, then has copies of the request run by other versions and compared with it. The memory
 * of request and answer is kept by count, nothing is copied.
 */
final class ShadowedAnswer implements ResponseSink {
    private final String model;
    private final InferRequest request;
    private final ResponseSink sink;
    private final List<ShadowRule> rules;
    private final ShadowRunner.Version version;
    private final ShadowRunner runner;

    ShadowedAnswer(
            String model,
            InferRequest request,
            ResponseSink sink,
            List<ShadowRule> rules,
            ShadowRunner.Version version,
            ShadowRunner runner) {
        this.model = model;
        this.request = request;
        this.sink = sink;
        this.rules = rules;
        this.version = version;
        this.runner = runner;
    }

    @Override
    public void respond(InferResponse response, boolean last) {
        if (!last) {
            sink.respond(response, false);
            return;
        }
        long bytes = 0;
        for (InputTensor input : request.inputs()) {
            bytes += input.tensor().byteSize() + HeapSizes.elements(input.tensor());
        }
        long all = bytes;
        for (OutputTensor output : response.outputs()) {
            all += output.tensor().byteSize() + HeapSizes.elements(output.tensor());
        }
        List<ShadowRule> taken = new ArrayList<>();
        for (ShadowRule rule : rules) {
            if (bytes <= rule.config().maxBytes() && rule.comparison().concerns(response) && take(rule, all)) {
                taken.add(rule);
            } else {
                rule.count(ShadowRule.ShadowOutcome.DROPPED);
            }
        }
        AtomicInteger users = new AtomicInteger(1 + taken.size());
        Runnable release = () -> {
            if (users.decrementAndGet() == 0) {
                response.close();
                runner.endHold();
            }
        };
        List<ShadowRunner.Job> jobs = new ArrayList<>();
        for (ShadowRule rule : taken) {
            jobs.add(new ShadowRunner.Job(
                    model, rule, request.backgroundCopy(), response.sharedBy(release), all, version));
        }
        try {
            sink.respond(
                    response.sharedBy(() -> {
                        runner.hold();
                        release.run();
                    }),
                    true);
        } finally {
            jobs.forEach(runner::submit);
        }
    }

    private boolean take(ShadowRule rule, long bytes) {
        if (!rule.take()) {
            return false;
        }
        if (!runner.reserve(bytes)) {
            rule.release();
            return false;
        }
        return true;
    }

    @Override
    public void failOne(InferException error) {
        sink.failOne(error);
    }

    @Override
    public void fail(InferException error) {
        sink.fail(error);
    }

    @Override
    public void end() {
        sink.end();
    }
}
