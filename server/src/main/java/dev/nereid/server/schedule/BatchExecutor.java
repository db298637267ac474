package dev.nereid.server.schedule;

import dev.nereid.memory.NoMemoryException;
import dev.nereid.server.backend.Batch;
import dev.nereid.server.backend.BatchOrder;
import dev.nereid.server.observe.BatchClose;
import dev.nereid.server.observe.ModelStatistics;
import dev.nereid.server.protocol.InferException;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Executes the batches of one model: stamps the times, counts the execution, and fails what a backend that broke has not
 * answered. Any thread.
 */
public final class BatchExecutor {
    /** An execution shorter than this may run on the caller's thread; about what waking a thread costs. */
    private static final long INLINE_NANOS = 50_000;

    private static final Logger LOG = LoggerFactory.getLogger(BatchExecutor.class);

    private final String modelName;
    private final ModelStatistics statistics;
    private final Clock clock;
    private final MeasuredTime measured = new MeasuredTime();

    public BatchExecutor(String modelName, ModelStatistics statistics, Clock clock) {
        this.modelName = modelName;
        this.statistics = statistics;
        this.clock = clock;
    }

    /**
     * Runs one batch on this thread. Never throws what the backend throws.
     *
     * @param close why the batch was closed
     * @return how long it took, in nanoseconds; 0 where the backend failed
     */
    public long execute(Lane lane, List<? extends BatchMember> members, BatchClose close) {
        return execute(lane, members, close, Optional.empty());
    }

    /**
     * As the other one, in a turn of the lane's order.
     *
     * @return how long it took without the time that it waited for other batches
     */
    long execute(Lane lane, List<? extends BatchMember> members, BatchClose close, Optional<BatchOrder.Turn> turn) {
        try {
            return run(lane, members, close, turn);
        } catch (RuntimeException | Error e) {
            giveUp(members, e);
            return 0;
        }
    }

    private long run(Lane lane, List<? extends BatchMember> members, BatchClose close, Optional<BatchOrder.Turn> turn) {
        long batchSize = 0;
        long inputBytes = 0;
        for (BatchMember member : members) {
            batchSize += member.batchSize();
            inputBytes += member.inputBytes();
        }
        BatchRun run = new BatchRun(statistics, clock, new BatchRun.Origin(lane.name(), close), batchSize, turn);
        for (BatchMember member : members) {
            member.start(run);
        }
        boolean failed = true;
        try {
            lane.instance().execute(Batch.of(List.copyOf(members), turn));
            if (!statistics.decoupled() && !areReleased(members)) {
                failRest(members, InferException.internal("model '" + modelName + "' gave no response"));
            }
            failed = false;
        } catch (InferException e) {
            failRest(members, e);
        } catch (RuntimeException | Error e) {
            giveUp(members, e);
        }
        long end = clock.nanos();
        if (!failed) { // else it counts if a request of it has succeeded
            run.record(end);
        }
        long nanos = end - run.startNanos() - run.waitedNanos();
        measured.add(inputBytes, nanos);
        return failed ? 0 : nanos;
    }

    /** Answers all that are not answered yet, since {@code cause} kept their batch from being run to its end. */
    public void giveUp(List<? extends BatchMember> members, Throwable cause) {
        if (cause instanceof NoMemoryException) {
            LOG.debug("model '{}': a batch was refused", modelName, cause);
        } else {
            OutOfMemoryFallback.log(LOG, modelName, "a batch", cause);
        }
        failRest(members, OutOfMemoryFallback.error(modelName, "model '%s' failed to execute: ", cause));
    }

    /**
     * Whether a batch of this one member is expected to take less time on this thread than waking another one for it
     * would. A virtual thread may wait for its turn, other ones have more to do than this request.
     */
    public boolean isQuick(BatchMember member, Lane lane) {
        return lane.instance().hasPredictableDuration()
                && measured.expected(member.inputBytes()) < INLINE_NANOS
                && (Thread.currentThread().isVirtual() || lane.instance().startsAtOnce());
    }

    private static boolean areReleased(List<? extends BatchMember> members) {
        for (BatchMember member : members) {
            if (!member.isReleased()) {
                return false;
            }
        }
        return true;
    }

    private static void failRest(List<? extends BatchMember> members, InferException error) {
        for (int i = 0; i < members.size(); i++) {
            BatchMember member = members.get(i);
            if (!member.isReleased()) {
                try {
                    member.fail(error);
                } catch (IllegalStateException e) {
                    LOG.debug("answered by another thread in this very moment", e);
                } catch (RuntimeException | Error e) {
                    OutOfMemoryFallback.log(LOG, "the answer to a request", e);
                }
            }
        }
    }
}
