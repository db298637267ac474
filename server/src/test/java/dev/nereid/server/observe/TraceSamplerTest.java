package dev.nereid.server.observe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Which requests are chosen, and how a change of the settings goes on from there. */
class TraceSamplerTest {
    private final TraceSettings settings = new TraceSettings(new TraceConfig(
            TraceConfig.TRITON,
            "f",
            Map.of(TraceSetting.LEVEL, List.of("TIMESTAMPS"), TraceSetting.RATE, List.of("3")),
            Map.of()));

    private void set(String model, TraceSetting setting, String value) {
        settings.change(model, Map.of(setting, Optional.of(List.of(value))));
    }

    private void clear(String model, TraceSetting setting) {
        settings.change(model, Map.of(setting, Optional.empty()));
    }

    private long chosen(String model, int requests) {
        return IntStream.range(0, requests)
                .filter(_ -> settings.sampler(model).chooses(false))
                .count();
    }

    private String left(String model) {
        return settings.of(model).getOrDefault(TraceSetting.COUNT, List.of()).getFirst();
    }

    @Test
    void choosesEveryNthRequestOfAllModelsTogether() {
        assertThat(IntStream.range(0, 7)
                        .filter(i -> settings.sampler(i % 2 == 0 ? "a" : "b").chooses(false))
                        .toArray())
                .containsExactly(2, 5);
    }

    @Test
    void aModelsOwnSettingsChooseAmongItsRequestsAlone() {
        set("m", TraceSetting.RATE, "1");
        assertThat(chosen("m", 4)).isEqualTo(4);
        assertThat(chosen("other", 2)).isZero();
        assertThat(chosen("other", 1)).isEqualTo(1);
        set("m", TraceSetting.LEVEL, "OFF");
        assertThat(chosen("m", 4)).isZero();
        assertThat(settings.off()).isFalse();
    }

    @Test
    void choosesNoMoreThanTheCountAndShowsWhatIsLeft() {
        set("", TraceSetting.RATE, "1");
        set("", TraceSetting.COUNT, "2");
        assertThat(chosen("m", 1)).isEqualTo(1);
        assertThat(left("")).isEqualTo("1");
        assertThat(chosen("m", 5)).isEqualTo(1);
        assertThat(left("")).isEqualTo("0");
        set("", TraceSetting.COUNT, "2");
        assertThat(chosen("m", 5)).isEqualTo(2);
        clear("", TraceSetting.COUNT);
        assertThat(left("")).isEqualTo("-1");
        assertThat(chosen("m", 5)).isEqualTo(5);
    }

    @Test
    void aChangeOfOtherSettingsLeavesTheCountAsItIs() {
        set("", TraceSetting.RATE, "1");
        set("", TraceSetting.COUNT, "3");
        set("own", TraceSetting.COUNT, "7");
        chosen("m", 2);
        chosen("own", 2);
        set("", TraceSetting.LEVEL, "TENSORS");
        assertThat(left("")).isEqualTo("1");
        assertThat(left("own")).isEqualTo("5");
        assertThat(settings.sampler("m").tensors()).isTrue();
        assertThat(settings.sampler("m").timestamps()).isFalse();
        set("other", TraceSetting.RATE, "2");
        assertThat(left("")).isEqualTo("1");
        assertThat(left("own")).isEqualTo("5");
    }

    @Test
    void choosesNothingAtRateZeroOrCountZeroOrOff() {
        assertThat(begun(TraceConfig.TRITON, "0", "-1").off()).isTrue();
        assertThat(begun(TraceConfig.TRITON, "1", "0").off()).isTrue();
        assertThat(begun(TraceConfig.TRITON, "1", "0").sampler("m").chooses(false))
                .isFalse();
        set("", TraceSetting.RATE, "1");
        set("", TraceSetting.LEVEL, "OFF");
        assertThat(settings.off()).isTrue();
        assertThat(chosen("m", 3)).isZero();
        assertThat(settings.sampler("m").chooses(true)).isFalse();
    }

    private static TraceSettings begun(String mode, String rate, String count) {
        return new TraceSettings(new TraceConfig(
                mode,
                "f",
                Map.of(
                        TraceSetting.LEVEL, List.of("TIMESTAMPS"),
                        TraceSetting.RATE, List.of(rate),
                        TraceSetting.COUNT, List.of(count)),
                Map.of()));
    }

    /** Triton's tests of clients' traces: at rate 0 they alone are traced, and when the count is used up. */
    @Test
    void aClientsOwnTraceIsChosenOutOfTurnAndTakesNothingOfTheCount() {
        TraceSettings none = begun(TraceConfig.OPENTELEMETRY, "0", "-1");
        assertThat(none.off()).isFalse();
        assertThat(none.sampler("m").chooses(false)).isFalse();
        assertThat(none.sampler("m").chooses(true)).isTrue();

        TraceSettings one = begun(TraceConfig.OPENTELEMETRY, "3", "1");
        assertThat(IntStream.range(0, 2).filter(_ -> one.sampler("m").chooses(true)))
                .hasSize(2);
        assertThat(one.of("").getOrDefault(TraceSetting.COUNT, List.of())).containsExactly("1");
        assertThat(one.sampler("m").chooses(false)).isTrue();
        assertThat(IntStream.range(0, 9).filter(_ -> one.sampler("m").chooses(false)))
                .isEmpty();
        assertThat(one.off()).isFalse();
        assertThat(one.sampler("m").chooses(true)).isTrue();
        assertThat(one.of("").getOrDefault(TraceSetting.COUNT, List.of())).containsExactly("0");
    }

    @Test
    void neverChoosesMoreThanTheCountWhateverTheThreads() throws InterruptedException {
        set("", TraceSetting.RATE, "1");
        set("", TraceSetting.COUNT, "100");
        AtomicInteger chosen = new AtomicInteger();
        List<Thread> threads = IntStream.range(0, 4)
                .mapToObj(_ -> Thread.ofPlatform().start(() -> chosen.addAndGet((int) chosen("m", 1000))))
                .toList();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(chosen).hasValue(100);
    }
}
