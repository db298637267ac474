package dev.nereid.server.javamodel;

import dev.nereid.server.model.Answer;
import dev.nereid.server.model.PendingAnswer;
import dev.nereid.server.protocol.InferException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/**
 * The single response of a call. Given out as a future without callbacks: those would run on threads of other models.
 */
final class SingleAnswer extends CompletableFuture<Answer> implements PendingAnswer, CallReceiver {
    private volatile @Nullable CallRun run;

    /** Says which call is to be given up when this is cancelled. */
    void of(CallRun started) {
        run = started;
        if (isCancelled()) {
            started.close();
        }
    }

    @Override
    public void answer(CallAnswer answer) {
        if (!complete(answer)) {
            answer.close();
        }
    }

    @Override
    public void failOne(InferException error) {
        fail(error);
    }

    @Override
    public void fail(InferException error) {
        completeExceptionally(error);
    }

    @Override
    public void end() {
        fail(InferException.internal("a call ended without an answer"));
    }

    @Override
    public boolean takesMany() {
        return false;
    }

    @Override
    public boolean hasRoom() {
        return true;
    }

    @Override
    public Answer join() {
        try {
            return super.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof InferException error ? error : e;
        }
    }

    @Override
    public boolean cancel(boolean mayInterrupt) {
        boolean cancelled = super.cancel(mayInterrupt);
        CallRun started = run;
        if (cancelled && started != null) {
            started.close();
        }
        return cancelled;
    }
}
