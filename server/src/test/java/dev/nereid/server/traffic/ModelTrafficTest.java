package dev.nereid.server.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.CorrelationId;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferRequest;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.server.protocol.RequestOrigin;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class ModelTrafficTest {
    private static final long IDLE = TimeUnit.SECONDS.toNanos(60);
    private static final ValidationContext FACTS = ValidationContexts.of(Set.of(1L, 2L, 3L));

    private final AtomicLong now = new AtomicLong();
    private final SplittableRandom random = new SplittableRandom(7);
    private final ModelTraffic traffic = new ModelTraffic("m", new ModelTraffic.Sources(now::get, random::nextLong));
    private final Set<Long> ready = new TreeSet<>(FACTS.versions());
    private OptionalLong running = OptionalLong.empty();

    private final ModelTraffic.Versions versions = new ModelTraffic.Versions() {
        @Override
        public boolean isReady(long version) {
            return ready.contains(version);
        }

        @Override
        public boolean isSequential() {
            return true;
        }

        @Override
        public long sequenceIdleNanos() {
            return IDLE;
        }

        @Override
        public OptionalLong running(InferRequest.Header header) {
            return running;
        }
    };

    private static RequestOrigin headers(Map<String, String> headers, String principal) {
        return new RequestOrigin() {
            @Override
            public Optional<String> header(String name) {
                return Optional.ofNullable(headers.get(name));
            }

            @Override
            public Optional<String> principal() {
                return Optional.of(principal);
            }
        };
    }

    private void put(String document) {
        traffic.update(Optional.of(document), FACTS);
        assertThat(traffic.problem()).isEmpty();
    }

    private Route route(String version, RequestOrigin origin, Map<String, Parameter> parameters) {
        return traffic.route(InferRequest.Header.of("m", version, "").withMore(parameters), 3, origin, versions);
    }

    private Route route(String version) {
        return route(version, RequestOrigin.NONE, Map.of());
    }

    private Route sequence(String version, long id, boolean start, boolean end) {
        return traffic.route(
                new InferRequest.Header("m", version, "", new CorrelationId.Numeric(id), start, end, 0, 0, Map.of()),
                3,
                RequestOrigin.NONE,
                versions);
    }

    @Test
    void withoutADocumentEveryRequestGoesToTheLatestVersion() {
        assertThat(traffic.isActive()).isFalse();
        assertThat(route("")).isEqualTo(new Route(3, "latest"));
    }

    @Test
    void anExplicitVersionIsNeverRerouted() {
        put("{\"default\": 1, \"rules\": [{\"match\": {\"header\": {\"a\": \"b\"}}, \"to\": 2}]}");

        assertThat(route("3", headers(Map.of("a", "b"), ""), Map.of())).isEqualTo(new Route(3, "explicit"));
        assertThat(route("")).isEqualTo(new Route(1, "default:1"));
    }

    @Test
    void theFirstRuleThatMatchesDecides() {
        put("""
                {"default": 1, "rules": [
                  {"match": {"header": {"X-Tenant": "beta", "x-zone": "eu"}}, "to": 2},
                  {"match": {"parameter": {"tier": "gold"}}, "to": 3},
                  {"match": {"header": {"x-tenant": "beta"}}, "to": 3}]}""");

        assertThat(route("", headers(Map.of("x-tenant", "beta", "x-zone", "eu"), ""), Map.of()))
                .isEqualTo(new Route(2, "rule:0"));
        assertThat(route("", headers(Map.of("x-tenant", "beta"), ""), Map.of())).isEqualTo(new Route(3, "rule:2"));
        assertThat(route("", headers(Map.of("x-tenant", "alpha"), ""), Map.of("tier", new Parameter.Text("gold"))))
                .isEqualTo(new Route(3, "rule:1"));
        assertThat(route("", headers(Map.of("x-tenant", "alpha"), ""), Map.of()))
                .isEqualTo(new Route(1, "default:1"));
    }

    @Test
    void aStickyKeyIsLookedForInTheOrderOfTheList() {
        put("""
                {"split": [{"to": 1, "weight": 50}, {"to": 2, "weight": 50}],
                 "sticky": {"by": ["header:x-user", "parameter:user", "principal"]}}""");

        for (int i = 0; i < 200; i++) {
            String user = "user" + i;
            Route byHeader = route("", headers(Map.of("x-user", user), "other" + i), Map.of());
            Route byParameter = route("", headers(Map.of(), "other" + i), Map.of("user", new Parameter.Text(user)));
            Route byPrincipal = route("", headers(Map.of(), user), Map.of());
            assertThat(byParameter).isEqualTo(byHeader);
            assertThat(byPrincipal).isEqualTo(byHeader);
        }
    }

    @Test
    void requestsWithoutAKeyAreSpreadByChance() {
        put("{\"split\": [{\"to\": 1, \"weight\": 3}, {\"to\": 2, \"weight\": 1}]}");

        int second = 0;
        for (int i = 0; i < 20_000; i++) {
            second += route("").version() == 2 ? 1 : 0;
        }

        assertThat(second).isBetween(4_750, 5_250);
    }

    @Test
    void theWeightOfAVersionThatIsGoneGoesToTheRest() {
        put("{\"split\": [{\"to\": 1, \"weight\": 1}, {\"to\": 2, \"weight\": 1}]}");
        ready.remove(1L);

        for (int i = 0; i < 100; i++) {
            assertThat(route("")).isEqualTo(new Route(2, "split:2"));
        }
        ready.remove(2L);
        assertThat(route("")).isEqualTo(new Route(3, "latest"));
    }

    @Test
    void aBadDocumentLeavesTheOneBeforeInForce() {
        put("{\"default\": 1}");
        traffic.update(Optional.of("{\"default\": 17}"), FACTS);

        assertThat(traffic.problem()).contains("version 17 is not ready");
        assertThat(route("")).isEqualTo(new Route(1, "default:1"));
        traffic.update(Optional.of("{\"default\": 17}"), ValidationContexts.of(Set.of(1L, 17L)));
        assertThat(traffic.problem())
                .as("tried again when the versions have changed")
                .isEmpty();
        traffic.update(Optional.empty(), FACTS);
        assertThat(traffic.isActive()).isFalse();
    }

    @Test
    void aClientsDocumentHoldsUntilTheModelsOwnChanges() {
        put("{\"default\": 1}");
        traffic.override(Optional.of("{\"default\": 2}"), FACTS);
        traffic.update(Optional.of("{\"default\": 1}"), FACTS);

        assertThat(route("").version()).isEqualTo(2);
        assertThatThrownBy(() -> traffic.override(Optional.of("{\"default\": 9}"), FACTS))
                .isInstanceOf(InferException.class);
        assertThat(route("").version()).isEqualTo(2);
        traffic.override(Optional.empty(), FACTS);
        assertThat(route("").version()).isEqualTo(1);
        traffic.override(Optional.of("{\"default\": 2}"), FACTS);
        put("{\"default\": 3}");
        assertThat(route("")).isEqualTo(new Route(3, "default:3"));
    }

    @Test
    void aSequenceStaysWhereItBeganWhateverTheDocumentSays() {
        put("{\"default\": 1}");
        assertThat(sequence("", 7, true, false).version()).isEqualTo(1);
        put("{\"default\": 2}");

        assertThat(sequence("", 7, false, false)).isEqualTo(new Route(1, "sequence"));
        assertThat(sequence("", 8, true, false).version()).isEqualTo(2);
        traffic.update(Optional.empty(), FACTS);
        assertThat(sequence("", 7, false, true)).isEqualTo(new Route(1, "sequence"));
        assertThat(sequence("", 8, false, true)).isEqualTo(new Route(2, "sequence"));
        assertThat(traffic.isActive()).as("nothing runs any more").isFalse();
        put("{\"default\": 2}");
        assertThat(sequence("", 7, true, true)).as("a new one of that id").isEqualTo(new Route(2, "default:2"));
    }

    @Test
    void aSequenceThatBeganBeforeTheDocumentStaysToo() {
        running = OptionalLong.of(3);
        put("{\"default\": 1}");

        assertThat(sequence("", 7, false, false)).isEqualTo(new Route(3, "sequence"));
    }

    @Test
    void aSequenceOfALabelStaysWhenTheLabelMoves() {
        put("{\"labels\": {\"canary\": 3}}");
        assertThat(sequence("canary", 7, true, false)).isEqualTo(new Route(3, "label:canary"));
        put("{\"labels\": {\"canary\": 2}}");

        assertThat(traffic.route(
                        new InferRequest.Header(
                                "m", "canary", "", new CorrelationId.Numeric(7), false, false, 0, 0, Map.of()),
                        2,
                        RequestOrigin.NONE,
                        versions))
                .isEqualTo(new Route(3, "sequence"));
    }

    @Test
    void aSequenceThatWasSilentForTooLongIsForgotten() {
        put("{\"default\": 1}");
        sequence("", 7, true, false);
        put("{\"default\": 2}");
        now.addAndGet(IDLE + 1);

        assertThat(sequence("", 7, false, false)).isEqualTo(new Route(2, "default:2"));
    }

    @Test
    void sequencesThatAreOverKeepNoMemory() {
        put("{\"default\": 1}");
        sequence("", 7, true, false);
        traffic.update(Optional.empty(), FACTS);
        now.addAndGet(IDLE + 1);
        sequence("", 8, false, false);
        assertThat(traffic.isActive()).as("silent for too long").isFalse();

        put("{\"default\": 1}");
        sequence("", 7, true, false);
        traffic.update(Optional.empty(), ValidationContexts.of(Set.of(2L, 3L)));
        assertThat(traffic.isActive()).as("the version is gone").isFalse();

        put("{\"default\": 1}");
        sequence("", 7, true, false);
        traffic.clear();
        assertThat(traffic.isActive()).as("unloaded").isFalse();
    }

    @Test
    void sequencesWithoutAStickyKeyGoByTheirIds() {
        put("{\"split\": [{\"to\": 1, \"weight\": 1}, {\"to\": 2, \"weight\": 1}]}");

        for (int i = 1; i < 100; i++) {
            assertThat(sequence("", i, true, false)).isEqualTo(sequence("", i, true, true));
        }
    }
}
