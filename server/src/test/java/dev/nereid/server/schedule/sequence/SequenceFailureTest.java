package dev.nereid.server.schedule.sequence;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nereid.server.schedule.limit.FreeTurn;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to sequences when the scheduler itself fails, as all code does when the heap is full. */
class SequenceFailureTest {
    /** Fails while there is no memory. */
    private static final class FailingTurn extends FreeTurn {
        private boolean failing;

        @Override
        public boolean ask() {
            if (failing) {
                throw new OutOfMemoryError("full");
            }
            return true;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"direct {}", "oldest { max_candidate_sequences: 4 }"})
    void runsWhatWaitsWhenThereIsMemoryAgain(String strategy) {
        FailingTurn turn = new FailingTurn();
        SequenceFixture fixture = new SequenceFixture(turn, 4, "max_sequence_idle_microseconds: 1000000 " + strategy);
        fixture.start("a", 1);
        turn.failing = true;
        fixture.start("b", 2);
        fixture.next("c", 1);
        fixture.finishAll();
        assertThat(fixture.answers).containsOnlyKeys("a");
        turn.failing = false;
        fixture.clock.advanceMicros(10_000);
        fixture.finishAll();
        assertThat(fixture.answers)
                .containsEntry("a", "ok")
                .containsEntry("b", "ok")
                .containsEntry("c", "ok");
        fixture.end("d", 1);
        fixture.end("e", 2);
        fixture.finishAll();
        assertThat(fixture.answers).containsEntry("d", "ok").containsEntry("e", "ok");
    }

    @ParameterizedTest
    @ValueSource(strings = {"direct {}", "oldest { max_candidate_sequences: 4 }"})
    void answersABatchWhoseInstanceFindsNoMemoryAndGoesOn(String strategy) {
        SequenceFixture fixture = new SequenceFixture(1, 4, strategy);
        fixture.behaviour = _ -> {
            throw new OutOfMemoryError("full");
        };
        fixture.start("a", 1);
        fixture.finishAll();
        assertThat(fixture.answers.get("a")).contains("failed to execute").contains("OutOfMemoryError: full");
        fixture.behaviour = SequenceFixture::answer;
        fixture.next("b", 1);
        fixture.finishAll();
        assertThat(fixture.answers).containsEntry("b", "ok");
    }
}
