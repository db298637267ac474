package dev.nereid.server.schedule.sequence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.proto.inference.ModelRateLimiter;
import dev.nereid.server.schedule.limit.RateLimitConfig;
import dev.nereid.server.schedule.limit.RateLimiter;
import dev.nereid.server.schedule.limit.Turn;
import dev.nereid.server.statement.Statement;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SequenceRateLimitTest {
    private final RateLimiter limiter = RateLimiter.of(new RateLimitConfig(true, List.of()));

    private Turn turn() {
        ModelRateLimiter.Builder settings = ModelRateLimiter.newBuilder();
        settings.addResourcesBuilder().setName("R").setCount(1);
        return limiter.newModel().newTurn(settings.build());
    }

    /** Requests that arrive while the resource is missing join the batch. */
    @ParameterizedTest
    @ValueSource(strings = {"direct {}", "oldest { max_candidate_sequences: 4 }"})
    @Statement(108)
    void formsASequenceModelsBatchWhenTheResourceIsFree(String strategy) {
        SequenceFixture one = new SequenceFixture(turn(), 4, strategy);
        SequenceFixture other = new SequenceFixture(turn(), 4, strategy);
        one.request("a").of(1).start().submit();
        other.request("b").of(1).start().submit();
        other.request("c").of(2).start().submit();
        assertThat(one.busy()).isEqualTo(1);
        assertThat(other.busy()).isZero();
        one.finishAll();
        other.finishAll();
        assertThat(other.runs).containsExactly("0: b c");
        one.request("d").of(1).submit();
        one.finishAll();
        assertThat(one.answers).containsKeys("a", "d");
    }
}
