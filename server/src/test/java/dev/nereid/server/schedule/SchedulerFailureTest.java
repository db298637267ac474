package dev.nereid.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.schedule.limit.FreeTurn;
import dev.nereid.server.schedule.limit.RateLimiter;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to requests and instances when the scheduler itself fails, as all code does when the heap is full. */
class SchedulerFailureTest {
    private static final String DYNAMIC =
            "max_batch_size: 8 input { name: 'X' data_type: TYPE_INT32 dims: 2 } dynamic_batching {}";
    private static final String ADAPTIVE =
            DYNAMIC + " parameters { key: 'scheduler.policy' value { string_value: 'adaptive' } }";
    private static final String DIRECT = "input { name: 'X' data_type: TYPE_INT32 dims: [ 1, 2 ] }";
    private static final String FAILED = "INTERNAL the scheduler of model 'm' failed: java.lang.OutOfMemoryError: full";

    /** A queue that fails on demand, after it has done its work, so that what it chose is lost. */
    private static final class FailingQueue implements RequestQueue {
        private final RequestQueue queue;
        private boolean failsToAdd;
        private boolean failsToChoose;
        private boolean failsToExpire;
        private boolean failsToNote;

        private FailingQueue(RequestQueue queue) {
            this.queue = queue;
        }

        private static void failIf(boolean failing) {
            if (failing) {
                throw new OutOfMemoryError("full");
            }
        }

        @Override
        public void add(ScheduledRequest request) {
            queue.add(request);
            failIf(failsToAdd);
        }

        @Override
        public Decision next(long nowNanos, List<Dropped> dropped) {
            Decision decision = queue.next(nowNanos, dropped);
            failIf(failsToChoose);
            return decision;
        }

        @Override
        public long expire(long nowNanos, List<Dropped> dropped) {
            long next = queue.expire(nowNanos, dropped);
            failIf(failsToExpire);
            return next;
        }

        @Override
        public void executed(List<ScheduledRequest> requests, long nanos, long nowNanos) {
            queue.executed(requests, nanos, nowNanos);
            failIf(failsToNote);
        }

        @Override
        public void instances(int free, int all) {
            queue.instances(free, all);
        }

        @Override
        public void clear() {
            queue.clear();
        }

        @Override
        public int size() {
            return queue.size();
        }
    }

    private final FailingQueue queue;
    private final SchedulerFixture fixture;

    SchedulerFailureTest() {
        ModelConfig config = SchedulerFixture.config(DYNAMIC);
        queue = new FailingQueue(Schedulers.queue(config, new SharedDevice()));
        fixture = new SchedulerFixture(1, config, queue);
    }

    private void submit(String... ids) {
        for (String id : ids) {
            fixture.submit(id);
        }
    }

    /** The scheduler works as if nothing had been, and ends. */
    private static void assertThatAllIsWell(SchedulerFixture fixture) {
        fixture.submit("later");
        fixture.finishAll();
        assertThat(fixture.answers).containsEntry("later", "ok");
        assertThat(fixture.statistics.snapshot().pendingCount()).isZero();
        fixture.scheduler.close();
        assertThat(fixture.closedInstances).hasValue(1);
    }

    @Test
    void answersAllThatWaitWhenNoBatchCanBeFormed() {
        submit("busy", "a", "b");
        queue.failsToChoose = true;
        fixture.finish(0);
        assertThat(fixture.answers)
                .containsEntry("busy", "ok")
                .containsEntry("a", FAILED)
                .containsEntry("b", FAILED);
        queue.failsToChoose = false;
        assertThatAllIsWell(fixture);
    }

    @ParameterizedTest
    @ValueSource(strings = {DIRECT, ADAPTIVE})
    void recoversWithEveryQueue(String configText) {
        ModelConfig config = SchedulerFixture.config(configText);
        FailingQueue failing = new FailingQueue(Schedulers.queue(config, new SharedDevice()));
        SchedulerFixture other = new SchedulerFixture(1, config, failing);
        other.submit("busy");
        other.submit("a");
        failing.failsToAdd = true;
        other.submit("b");
        assertThat(other.answers).containsEntry("a", FAILED).containsEntry("b", FAILED);
        failing.failsToAdd = false;
        assertThatAllIsWell(other);
        assertThat(other.answers).containsEntry("busy", "ok");
    }

    @Test
    void answersWhoCannotBeAddedAndThoseThatWaitWithIt() {
        submit("busy", "a");
        queue.failsToAdd = true;
        submit("b");
        assertThat(fixture.answers).containsEntry("a", FAILED).containsEntry("b", FAILED);
        queue.failsToAdd = false;
        fixture.finish(0);
        assertThat(fixture.answers).containsEntry("busy", "ok");
        assertThatAllIsWell(fixture);
    }

    @Test
    void answersADroppedRequestOnceWithItsOwnError() {
        submit("busy");
        fixture.submit("cancelled").cancel();
        submit("a");
        queue.failsToChoose = true;
        fixture.finish(0);
        assertThat(fixture.answers)
                .containsEntry("cancelled", "CANCELLED Request cancelled")
                .containsEntry("a", FAILED);
        assertThat(fixture.heard).hasSize(3);
        queue.failsToChoose = false;
        assertThatAllIsWell(fixture);
    }

    @Test
    void keepsWhatRunsWhenItCannotLookForWhatHasExpired() {
        submit("busy");
        queue.failsToExpire = true;
        submit("a");
        assertThat(fixture.answers).containsExactly(Map.entry("a", FAILED));
        queue.failsToExpire = false;
        fixture.finish(0);
        assertThat(fixture.answers).containsEntry("busy", "ok");
        assertThatAllIsWell(fixture);
    }

    @Test
    void givesTheInstanceBackThoughTheEndOfItsBatchCannotBeNoted() {
        submit("busy", "a");
        queue.failsToNote = true;
        fixture.finish(0);
        assertThat(fixture.answers).containsEntry("busy", "ok").containsEntry("a", FAILED);
        queue.failsToNote = false;
        assertThatAllIsWell(fixture);
    }

    @Test
    void answersABatchWhoseInstanceFindsNoMemoryAndGoesOn() {
        fixture.answering = _ -> {
            throw new OutOfMemoryError("full");
        };
        submit("a");
        fixture.finish(0);
        assertThat(fixture.answers.get("a")).contains("failed to execute").contains("OutOfMemoryError: full");
        fixture.answering = batch -> batch.executions().forEach(execution -> SchedulerFixture.respond(execution, true));
        assertThatAllIsWell(fixture);
    }

    @Test
    void givesTheInstanceBackThoughNotEvenAnErrorCanBeMade() {
        fixture.answering = _ -> {
            throw new OutOfMemoryError() {
                private static final long serialVersionUID = 1L;

                @Override
                public String getMessage() {
                    throw new OutOfMemoryError("full");
                }
            };
        };
        submit("a", "b");
        fixture.finish(0);
        assertThat(fixture.answers).containsEntry("a", "INTERNAL the server has no memory left");
        fixture.answering = batch -> batch.executions().forEach(execution -> SchedulerFixture.respond(execution, true));
        assertThatAllIsWell(fixture);
        assertThat(fixture.answers).containsEntry("b", "ok");
    }

    @Test
    void startsABatchThoughTheLimiterFails() {
        SchedulerFixture limited = new SchedulerFixture(DYNAMIC, new FailingTurn());
        limited.submit("a");
        limited.finishAll();
        assertThat(limited.answers).containsEntry("a", "ok");
    }

    /** Whose limiter has no memory to look who else can start. */
    private static final class FailingTurn extends FreeTurn {
        @Override
        public RateLimiter limiter() {
            return new RateLimiter() {
                @Override
                public Model newModel() {
                    throw new IllegalStateException("there is a turn already");
                }

                @Override
                public boolean limits() {
                    return false;
                }

                @Override
                public void settle() {
                    throw new OutOfMemoryError("full");
                }
            };
        }
    }

    @Test
    void keepsAnInstancesThreadWhoseTaskFails() throws InterruptedException {
        CountDownLatch failed = new CountDownLatch(1);
        CountDownLatch ran = new CountDownLatch(1);
        try (InstanceThread thread = new InstanceThread("instance")) {
            thread.execute(() -> {
                failed.countDown();
                throw new OutOfMemoryError("full");
            });
            assertThat(failed.await(10, TimeUnit.SECONDS)).isTrue();
            thread.execute(ran::countDown);
            assertThat(ran.await(10, TimeUnit.SECONDS)).isTrue();
        }
    }
}
