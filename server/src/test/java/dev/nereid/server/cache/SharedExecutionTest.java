package dev.nereid.server.cache;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.observe.ModelStatistics.FailureReason;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.statement.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Identical requests in flight: who executes, who follows, and what becomes of those who follow. */
class SharedExecutionTest {
    private static final String DIRECT = "max_batch_size: 8";

    /** Triton executes both. */
    @Test
    @Statement(144)
    void executesIdenticalRequestsThatOverlapOnce() {
        CacheFixture fixture = new CacheFixture(DIRECT);
        fixture.submit("a", 41);
        fixture.submit("b", 41);
        fixture.submit("c", 41);
        fixture.finishAll();
        assertThat(fixture.executed).containsExactly(List.of("a"));
        assertThat(fixture.heard).containsExactly("a 42 computed", "b 42", "c 42");
        assertThat(fixture.statistics.snapshot().inferenceCount()).isEqualTo(1);
        assertThat(fixture.statistics.snapshot().success().count()).isEqualTo(3);
        assertThat(fixture.statistics.snapshot().cacheHit().count()).isEqualTo(2);
    }

    @Test
    void sharesAnAnswerThatIsTooLargeToBeStored() {
        CacheFixture fixture = new CacheFixture(DIRECT, 100);
        fixture.submit("a", 41);
        fixture.submit("b", 41);
        fixture.finishAll();
        fixture.submit("c", 41);
        fixture.finishAll();
        assertThat(fixture.executed).containsExactly(List.of("a"), List.of("c"));
        assertThat(fixture.heard).containsExactly("a 42 computed", "b 42", "c 42 computed");
        assertThat(fixture.cache.heldBytes()).isZero();
    }

    @Test
    void letsTheNextRequestLeadWhereTheLeaderIsCancelled() {
        CacheFixture fixture = new CacheFixture(CacheFixture.BATCHER);
        fixture.submit("running", 1);
        InferRequest leader = fixture.submit("leader", 41);
        fixture.submit("follower", 41);
        fixture.submit("last", 41);
        leader.cancel();
        fixture.finishAll();
        assertThat(fixture.heard)
                .containsExactly(
                        "running 2 computed", "leader CANCELLED Request cancelled", "follower 42 computed", "last 42");
        assertThat(fixture.executed).containsExactly(List.of("running"), List.of("follower"));
    }

    @Test
    void lettingTheNextRequestLeadPassesOverCancelledOnes() {
        CacheFixture fixture = new CacheFixture(CacheFixture.BATCHER);
        fixture.submit("running", 1);
        InferRequest leader = fixture.submit("leader", 41);
        InferRequest cancelled = fixture.submit("cancelled", 41);
        fixture.submit("last", 41);
        leader.cancel();
        cancelled.cancel();
        fixture.finishAll();
        assertThat(fixture.heard)
                .contains(
                        "leader CANCELLED Request cancelled",
                        "cancelled CANCELLED Request cancelled",
                        "last 42 computed")
                .hasSize(4);
        assertThat(fixture.statistics.snapshot().failures()).containsEntry(FailureReason.CANCELED, 2L);
    }

    @Test
    void tellsACancelledFollowerSoAndAnswersTheOthers() {
        CacheFixture fixture = new CacheFixture(DIRECT);
        fixture.submit("a", 41);
        fixture.submit("b", 41).cancel();
        fixture.submit("c", 41);
        fixture.finishAll();
        assertThat(fixture.heard).containsExactly("a 42 computed", "b CANCELLED Request cancelled", "c 42");
    }

    /** As if there were no cache: what broke for one may not break for another. */
    @Test
    void executesEachForItselfWhereTheModelFailsTheLeader() {
        CacheFixture fixture = new CacheFixture(DIRECT);
        fixture.submit("a", 41);
        fixture.submit("b", 41);
        fixture.submit("c", 41);
        fixture.failing = true;
        fixture.finishAll();
        assertThat(fixture.executed).containsExactly(List.of("a"), List.of("b"), List.of("c"));
        assertThat(fixture.heard)
                .containsExactly(
                        "a INTERNAL the model is broken",
                        "b INTERNAL the model is broken",
                        "c INTERNAL the model is broken");
        fixture.failing = false;
        fixture.submit("d", 41);
        fixture.finishAll();
        assertThat(fixture.heard).last().isEqualTo("d 42 computed");
    }

    @Test
    void followsNoRequestOfAnotherPriority() {
        CacheFixture fixture = new CacheFixture(CacheFixture.BATCHER.replace("max_batch_size: 8", "max_batch_size: 1"));
        fixture.submit("running", 1);
        fixture.submit("low", 41, 2);
        fixture.submit("high", 41, 1);
        fixture.submit("high-too", 41, 1);
        fixture.finishAll();
        assertThat(fixture.executed).containsExactly(List.of("running"), List.of("high"), List.of("low"));
        assertThat(fixture.heard)
                .containsExactly("running 2 computed", "high 42 computed", "high-too 42", "low 42 computed");
    }

    /** Each refusal makes the next one the leader: on this thread, and not on top of the one before. */
    @Test
    void refusesAnyNumberOfFollowersWithoutAGrowingStack() {
        CacheFixture fixture = new CacheFixture(CacheFixture.BATCHER);
        fixture.submit("running", 1);
        InferRequest leader = fixture.submit("leader", 41);
        int followers = 20_000;
        for (int i = 0; i < followers; i++) {
            fixture.submit("f" + i, 41);
        }
        leader.cancel();
        fixture.scheduler.refuse();
        fixture.finishAll();
        assertThat(fixture.heard).hasSize(followers + 2);
        assertThat(fixture.heard.stream().filter(answer -> answer.contains("Server is stopping")))
                .hasSize(followers);
    }
}
