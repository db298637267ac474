package dev.nereid.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.TextFormat;
import dev.nereid.proto.inference.ModelRateLimiter;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.schedule.limit.RateLimitConfig;
import dev.nereid.server.schedule.limit.RateLimitConfig.Available;
import dev.nereid.server.schedule.limit.RateLimiter;
import dev.nereid.server.schedule.limit.Turn;
import dev.nereid.server.statement.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** The rate limiter under schedulers whose instances work until the test lets them finish. */
class RateLimiterTest {
    private static final String DIRECT = "max_batch_size: 8 input { name: 'X' data_type: TYPE_INT32 dims: 2 } ";
    private static final String BATCHER = DIRECT
            + "dynamic_batching { default_queue_policy { default_timeout_microseconds: 100 allow_timeout_override: true } }";

    private final RateLimiter limiter = RateLimiter.of(new RateLimitConfig(true, List.of()));

    private static ModelRateLimiter settings(String text) {
        try {
            return TextFormat.parse(text, ModelRateLimiter.class);
        } catch (TextFormat.ParseException e) {
            throw new IllegalArgumentException(text, e);
        }
    }

    private static ModelRateLimiter needs(String resource, int count) {
        return settings("resources { name: '" + resource + "' count: " + count + " }");
    }

    /** A model with one instance a setting. */
    private SchedulerFixture model(String config, ModelRateLimiter... instances) {
        RateLimiter.Model model = limiter.newModel();
        Turn[] turns = new Turn[instances.length];
        for (int i = 0; i < turns.length; i++) {
            turns[i] = model.newTurn(instances[i]);
        }
        return new SchedulerFixture(config, turns);
    }

    @Test
    @Statement(107)
    void looksAtNoSettingsWhereThereIsNoLimiter() {
        RateLimiter.Model off = RateLimiter.of(RateLimitConfig.OFF).newModel();
        Turn turn = off.newTurn(settings("resources { name: 'R' count: 1 } resources { name: 'R' global: true }"));
        SchedulerFixture one = new SchedulerFixture(DIRECT, turn);
        SchedulerFixture other = new SchedulerFixture(DIRECT, turn);
        one.submit("a");
        other.submit("b");
        assertThat(one.busy()).isEqualTo(1);
        assertThat(other.busy()).isEqualTo(1);
    }

    @Test
    @Statement(108)
    void startsABatchWhenItsResourcesAreFreeAndGivesThemBackWithTheExecution() {
        SchedulerFixture one = model(DIRECT, needs("R", 1));
        SchedulerFixture other = model(DIRECT, needs("R", 1));
        one.submit("a");
        other.submit("b");
        assertThat(one.busy()).isEqualTo(1);
        assertThat(other.busy()).isZero();
        assertThat(other.statistics.snapshot().pendingCount()).isEqualTo(1);
        one.finish(0);
        assertThat(other.busy()).isEqualTo(1);
        other.finish(0);
        assertThat(one.answers).containsEntry("a", "ok");
        assertThat(other.answers).containsEntry("b", "ok");
    }

    @Test
    @Statement(108)
    void choosesTheFreeInstanceOfTheLowestScaledCount() {
        SchedulerFixture model = model(DIRECT, settings("priority: 3"), settings("priority: 1"));
        for (int i = 0; i < 8; i++) {
            model.submit("r" + i);
            model.finishAll();
        }
        assertThat(model.instances).startsWith("i0", "i1", "i1", "i1");
        assertThat(model.instances.stream().filter("i0"::equals)).hasSize(2);
    }

    /** A model of priority 2 has half the chances of one of priority 1; 0 counts as 1. */
    @Test
    @Statement(109)
    void sharesExecutionsBetweenModelsByTheirPriorities() {
        SchedulerFixture one = model(DIRECT, settings("resources { name: 'R' count: 1 }"));
        SchedulerFixture two = model(DIRECT, settings("resources { name: 'R' count: 1 } priority: 2"));
        for (int i = 0; i < 60; i++) {
            one.submit("r" + i);
            two.submit("r" + i);
        }
        for (int i = 0; i < 60; i++) {
            SchedulerFixture running = one.busy() > 0 ? one : two;
            assertThat(one.busy() + two.busy()).isEqualTo(1);
            running.finish(0);
        }
        assertThat(one.answers).hasSizeBetween(39, 41);
        assertThat(two.answers).hasSizeBetween(19, 21);
    }

    /** L0_rate_limiter counts on it to the last execution. */
    @Test
    @Statement(109)
    void startsTheMoreImportantOfTwoWhoseTurnsAreEquallyNear() {
        SchedulerFixture one = model(DIRECT, settings("resources { name: 'R' count: 1 }"));
        SchedulerFixture two = model(DIRECT, settings("resources { name: 'R' count: 1 } priority: 2"));
        for (int i = 0; i < 6; i++) {
            one.submit("r" + i);
            two.submit("r" + i);
        }
        StringBuilder order = new StringBuilder();
        for (int i = 0; i < 6; i++) {
            boolean first = one.busy() > 0;
            order.append(first ? '1' : '2');
            (first ? one : two).finish(0);
        }
        assertThat(order).hasToString("112112");
    }

    @Test
    @Statement(110)
    void hasOfAResourceWhatTheMostDemandingInstanceAsksFor() {
        SchedulerFixture large = model(DIRECT, needs("R", 3));
        SchedulerFixture small = model(DIRECT, needs("R", 1), needs("R", 1), needs("R", 1), needs("R", 1));
        for (int i = 0; i < 4; i++) {
            small.submit("s" + i);
        }
        large.submit("l");
        assertThat(small.busy()).isEqualTo(3);
        assertThat(large.busy()).isZero();
    }

    /** What is said of another device does not concern the processors. */
    @Test
    @Statement(110)
    void hasOfAResourceWhatTheCommandLineSays() {
        RateLimiter told = RateLimiter.of(new RateLimitConfig(
                true,
                List.of(
                        new Available("R", 5, OptionalInt.empty()),
                        new Available("R", 4, OptionalInt.empty()),
                        new Available("R", 2, OptionalInt.of(0)),
                        new Available("R", 9, OptionalInt.of(1)),
                        new Available("G", 3, OptionalInt.of(1)))));
        RateLimiter.Model model = told.newModel();
        assertThat(startable(model, "resources { name: 'R' count: 1 }")).isEqualTo(4);
        assertThat(startable(model, "resources { name: 'G' count: 1 global: true }"))
                .isEqualTo(3);
    }

    /** How many of ten instances can run at a time. */
    private static long startable(RateLimiter.Model model, String settings) {
        List<Turn> turns = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            turns.add(model.newTurn(settings(settings)));
        }
        return turns.stream().filter(Turn::ask).count();
    }

    /** As L0_rate_limiter has it of a resource of another device. */
    @Test
    @Statement({110, 111})
    void hasNothingOfWhatTheCommandLineLeavesOut() {
        RateLimiter told =
                RateLimiter.of(new RateLimitConfig(true, List.of(new Available("R", 10, OptionalInt.of(10)))));
        RateLimiter.Model model = told.newModel();
        assertThatThrownBy(() -> model.newTurn(needs("R", 4)))
                .hasMessage(
                        "Resource count for \"R\" is limited to 0 which will prevent scheduling of one or more model "
                                + "instances, the minimum required count is 4");
        assertThatThrownBy(() -> model.newTurn(
                        settings("resources { name: 'R' count: 4 } resources { name: 'S' count: 1 global: true }")))
                .hasMessageStartingWith("Resource count for \"S\" is limited to 0 ");
        assertThat(model.newTurn(settings("resources { name: 'R' count: 10 global: true }"))
                        .ask())
                .isTrue();
    }

    @Test
    @Statement(111)
    void refusesAnInstanceThatCouldNeverStartOrContradictsOthers() {
        RateLimiter told = RateLimiter.of(new RateLimitConfig(
                true, List.of(new Available("R", 2, OptionalInt.empty()), new Available("S", 1, OptionalInt.empty()))));
        RateLimiter.Model model = told.newModel();
        assertThatThrownBy(() -> model.newTurn(needs("R", 3)))
                .isInstanceOf(InferException.class)
                .hasMessage(
                        "Resource count for \"R\" is limited to 2 which will prevent scheduling of one or more model "
                                + "instances, the minimum required count is 3");
        String both =
                "Resource \"S\" is present as both global and device-specific resource in the model configuration.";
        assertThatThrownBy(() -> model.newTurn(
                        settings("resources { name: 'S' count: 1 } resources { name: 'S' count: 1 global: true }")))
                .hasMessage(both);
        Turn turn = model.newTurn(needs("S", 1));
        ModelRateLimiter global = settings("resources { name: 'S' count: 1 global: true }");
        assertThatThrownBy(() -> model.newTurn(global)).hasMessage(both);
        turn.close();
        assertThat(model.newTurn(global).ask()).isTrue();
    }

    /** Triton tries only the first of those that wait. */
    @Test
    @Statement(112)
    void letsABatchPassThatNeedsNothingThatIsMissing() {
        SchedulerFixture holder = model(DIRECT, needs("R", 1));
        SchedulerFixture head = model(DIRECT, needs("R", 1));
        SchedulerFixture other = model(DIRECT, needs("S", 1));
        SchedulerFixture bare = model(DIRECT, settings(""));
        holder.submit("holds");
        head.submit("waits");
        other.submit("passes");
        bare.submit("passes-too");
        assertThat(head.busy()).isZero();
        assertThat(other.busy()).isEqualTo(1);
        assertThat(bare.busy()).isEqualTo(1);
    }

    /** Two small batches that overlap for ever would keep a large one out; after a while they wait for it. */
    @Test
    @Statement(112)
    void startsALargeBatchAlthoughSmallOnesKeepPassingIt() {
        SchedulerFixture large = model(DIRECT, needs("R", 2));
        SchedulerFixture small = model(DIRECT, needs("R", 1), needs("R", 1));
        for (int i = 0; i < 100; i++) {
            small.submit("s" + i);
        }
        large.submit("large");
        int finished = 0;
        while (large.busy() == 0) {
            small.finish(small.isBusy(finished % 2) ? finished % 2 : 1 - finished % 2);
            finished++;
            assertThat(finished).isLessThan(50);
        }
        assertThat(small.busy()).isZero();
        large.finish(0);
        small.finishAll();
        assertThat(small.answers).hasSize(100);
    }

    /** In Triton it would get the next thousand executions alone. */
    @Test
    @Statement(113)
    void givesANewInstanceAndOneThatHasRestedNoClaimOnWhatTheyMissed() {
        SchedulerFixture old = model(DIRECT, needs("R", 1));
        SchedulerFixture rested = model(DIRECT, needs("R", 1));
        rested.submit("early");
        rested.finishAll();
        for (int i = 0; i < 1000; i++) {
            old.submit("r" + i);
        }
        for (int i = 0; i < 950; i++) {
            old.finish(0);
        }
        SchedulerFixture newcomer = model(DIRECT, needs("R", 1));
        for (int i = 0; i < 30; i++) {
            newcomer.submit("n" + i);
            rested.submit("w" + i);
        }
        for (int i = 0; i < 30; i++) {
            List<SchedulerFixture> models = List.of(old, rested, newcomer);
            models.stream()
                    .filter(model -> model.busy() > 0)
                    .findFirst()
                    .orElseThrow()
                    .finish(0);
        }
        assertThat(old.answers.size() - 950).isBetween(9, 11);
        assertThat(newcomer.answers.size()).isBetween(9, 11);
        assertThat(rested.answers.size() - 1).isBetween(9, 11);
    }

    /** What waits for resources is still in the queue. */
    @Test
    void formsABatchOnlyWhenItsTurnHasCome() {
        SchedulerFixture holder = model(DIRECT, needs("R", 1));
        SchedulerFixture waiting = model(BATCHER, needs("R", 1));
        holder.submit("holds");
        waiting.submit("expires");
        waiting.clock.advanceMicros(99);
        waiting.submit("cancelled").cancel();
        waiting.submit("a");
        waiting.clock.advanceMicros(1);
        waiting.submit("b");
        assertThat(waiting.answers).containsExactlyEntriesOf(Map.of("expires", "UNAVAILABLE Request timeout expired"));
        holder.finish(0);
        waiting.finishAll();
        assertThat(waiting.batches).containsExactly(List.of("a", "b"));
        assertThat(waiting.answers).containsEntry("cancelled", "CANCELLED Request cancelled");
    }

    @Test
    void handsATurnOnWhereNothingIsLeftToRun() {
        SchedulerFixture holder = model(DIRECT, needs("R", 1));
        SchedulerFixture emptied = model(BATCHER, needs("R", 1));
        SchedulerFixture last = model(DIRECT, needs("R", 1));
        holder.submit("holds");
        emptied.submit("cancelled").cancel();
        last.submit("last");
        holder.finish(0);
        assertThat(emptied.busy()).isZero();
        assertThat(last.busy()).isEqualTo(1);
    }
}
