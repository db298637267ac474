package dev.nereid.server.javamodel;

import dev.nereid.server.model.Answer;
import dev.nereid.server.model.Answers;
import dev.nereid.server.model.Call;
import dev.nereid.server.model.ModelClient;
import dev.nereid.server.model.PendingAnswer;
import dev.nereid.server.protocol.InferRequest;
import java.util.Optional;

/**
 * Calls that are made for one request, or in an instance's own name.
 *
 * @param outer the request; empty for none
 * @param holder closes the answers at the latest
 */
record CallingClient(Callees callees, Optional<InferRequest> outer, RequestMemory holder) implements ModelClient {
    @Override
    public Answer infer(Call call) {
        return inferAsync(call).join();
    }

    @Override
    public PendingAnswer inferAsync(Call call) {
        SingleAnswer pending = new SingleAnswer();
        start(call, pending).ifPresent(pending::of);
        return pending;
    }

    @Override
    public Answers stream(Call call) {
        AnswerStream answers = new AnswerStream();
        start(call, answers).ifPresent(answers::of);
        return answers;
    }

    private Optional<CallRun> start(Call call, CallReceiver receiver) {
        return ContextLoader.inServer(() -> CallRun.start(callees, call, outer, holder, receiver));
    }
}
