package dev.nereid.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.proto.inference.ModelConfig;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.statement.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchStrategyTest {
    private static final String CONFIG = "max_batch_size: 8 input { name: 'X' data_type: TYPE_INT32 dims: 2 } "
            + "dynamic_batching { %s } parameters { key: 'TRITON_BATCH_STRATEGY_PATH' value { string_value: '%s' } }";

    /** Ends a batch before a request whose id begins with "cut", and notes every call. */
    private static final class CutStrategy implements BatchStrategy {
        private final List<String> calls = new ArrayList<>();
        private boolean throwing;

        @Override
        public String name() {
            return "cut";
        }

        @Override
        public Opened open(ModelConfig config) {
            calls.add("open " + config.getName());
            return new Opened() {
                @Override
                public Forming begin() {
                    calls.add("begin");
                    return new Forming() {
                        @Override
                        public boolean include(InferRequest request) {
                            calls.add("include " + request.header().id());
                            if (throwing) {
                                throw new IllegalStateException("the strategy is broken");
                            }
                            return !request.header().id().startsWith("cut");
                        }

                        @Override
                        public void close() {
                            calls.add("decided");
                        }
                    };
                }

                @Override
                public void close() {
                    calls.add("close");
                }
            };
        }
    }

    private final CutStrategy strategy = new CutStrategy();

    private SchedulerFixture fixture(String batching) {
        ModelConfig config = SchedulerFixture.config(CONFIG.formatted(batching, "cut"));
        return new SchedulerFixture(
                1, config, new DynamicQueue(config, BatchStrategies.open(config, List.of(strategy))));
    }

    @Test
    @Statement(54)
    void callsTheFiveFunctionsInTheirPlaces() {
        SchedulerFixture fixture = fixture("");
        assertThat(strategy.calls).containsExactly("open m");
        fixture.submit("a");
        fixture.finishAll();
        fixture.scheduler.close();
        assertThat(strategy.calls).containsExactly("open m", "begin", "include a", "decided", "close");
    }

    @Test
    @Statement(54)
    void closesABatchAtARefusedRequestAtOnceAlsoWithADelay() {
        SchedulerFixture fixture = fixture("max_queue_delay_microseconds: 1000000");
        fixture.submit("a");
        fixture.submit("b");
        assertThat(fixture.busy()).as("the batch waits for its delay").isZero();
        fixture.submit("cut");
        assertThat(fixture.busy()).isEqualTo(1);
        fixture.finish(0);
        assertThat(fixture.batches).containsExactly(List.of("a", "b"));
    }

    @Test
    @Statement(54)
    void runsARefusedRequestAsTheFirstOfTheNextBatch() {
        SchedulerFixture fixture = fixture("");
        for (String id : List.of("busy", "a", "cut", "b")) {
            fixture.submit(id);
        }
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("busy"), List.of("a"), List.of("cut", "b"));
    }

    @Test
    @Statement(54)
    void isAskedOnlyAboutRequestsThatFit() {
        SchedulerFixture fixture = fixture("");
        fixture.submit("busy");
        fixture.submit("a", 7);
        fixture.submit("large", 2);
        strategy.calls.clear();
        fixture.finish(0);
        assertThat(strategy.calls).containsExactly("begin", "include a", "decided");
    }

    @Test
    @Statement(54)
    void goesOnWithoutAStrategyThatThrows() {
        SchedulerFixture fixture = fixture("");
        strategy.throwing = true;
        for (String id : List.of("busy", "a", "cut")) {
            fixture.submit(id);
        }
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("busy"), List.of("a", "cut"));
    }

    @Test
    @Statement(54)
    void isFoundOnTheClassPath() {
        SchedulerFixture fixture = new SchedulerFixture(1, CONFIG.formatted("", "one-by-one"));
        for (String id : List.of("busy", "a", "b")) {
            fixture.submit(id);
        }
        fixture.finishAll();
        assertThat(fixture.batches).containsExactly(List.of("busy"), List.of("a"), List.of("b"));
    }

    @Test
    @Statement(54)
    void refusesAConfigThatNamesAStrategyNobodyHas() {
        ModelConfig config = SchedulerFixture.config(CONFIG.formatted("", "/models/libvolume.so"));
        assertThatThrownBy(() -> BatchStrategies.open(config, List.of(strategy)))
                .isInstanceOf(InferException.class)
                .hasMessageContaining("'TRITON_BATCH_STRATEGY_PATH' of model 'm'")
                .hasMessageContaining("one of [cut], got '/models/libvolume.so'");
    }

    @Test
    @Statement(54)
    void isNotUsedWithTheSequenceBatcher() {
        ModelConfig config = SchedulerFixture.config("sequence_batching { direct {} } "
                + "parameters { key: 'TRITON_BATCH_STRATEGY_PATH' value { string_value: 'cut' } }");
        assertThat(BatchStrategies.open(config, List.of(strategy))).isSameAs(BatchStrategies.ALL);
    }
}
