package dev.nereid.server.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.traffic.TrafficConfig.StickyKey;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrafficConfigReaderTest {
    @Test
    void readsEveryKey() {
        TrafficConfig config = TrafficConfigReader.read("""
                {"labels": {"stable": 3, "canary": 4}, "default": "split",
                 "split": [{"to": "stable", "weight": 95}, {"to": 4, "weight": 5}],
                 "sticky": {"by": ["header:X-User", "parameter:user", "sequence_id", "principal"], "salt": "spring"},
                 "rules": [{"match": {"header": {"X-Tenant": "beta"}, "parameter": {"tier": "gold"}}, "to": "canary"}]}
                """);

        assertThat(config.labels()).containsEntry("stable", 3L).containsEntry("canary", 4L);
        assertThat(config.defaultTarget()).isEmpty();
        assertThat(config.split())
                .containsExactly(
                        new TrafficConfig.Share(new Target("stable"), 95), new TrafficConfig.Share(new Target("4"), 5));
        assertThat(config.sticky())
                .isEqualTo(List.of(
                        new StickyKey.Header("x-user"),
                        new StickyKey.Parameter("user"),
                        new StickyKey.SequenceId(),
                        new StickyKey.Principal()));
        assertThat(config.salt()).isEqualTo("spring");
        assertThat(config.rules().getFirst().headers()).containsEntry("x-tenant", "beta");
        assertThat(config.rules().getFirst().parameters()).containsEntry("tier", "gold");
    }

    @Test
    void aFixedTargetMayBeALabelOrANumber() {
        assertThat(TrafficConfigReader.read("{\"labels\":{\"a\":1},\"default\":\"a\"}")
                        .defaultTarget())
                .isEqualTo(Optional.of(new Target("a")));
        assertThat(TrafficConfigReader.read("{\"default\":2}").defaultTarget()).isEqualTo(Optional.of(new Target("2")));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            [] | the document: expected an object, got []
            {"a | no JSON
            {"lables": {}} | lables: unknown key; expected one of
            {"labels": {"3x": 1}} | labels.3x: a label begins with a letter
            {"labels": {"split": 1}} | labels.split: no label can be called 'split'
            {"labels": {"a": 0}} | labels.a: expected a whole number from 1
            {"labels": {"a": "1"}} | labels.a: expected a whole number from 1
            {"labels": {"a": 1, "a": 2}} | labels.a: the key is there twice
            {"default": "split"} | default: 'split' needs the key 'split'
            {"default": true} | default: expected a label or the number of a version, got true
            {"split": {}} | split: expected an array, got {}
            {"split": []} | split: expected at least one weight above 0
            {"split": [{"to": 1, "weight": 0}]} | split: expected at least one weight above 0
            {"split": [{"to": 1, "weight": -1}]} | split[0].weight: expected a number from 0 to 1000000000, got -1
            {"split": [{"to": 1}]} | split[0]: the key 'weight' is missing
            {"split": [{"to": 1, "weight": 1}, {"to": 1, "weight": 2}]} | split[1].to: '1' is there twice
            {"split": [{"to": 1, "weight": 1, "wait": 2}]} | split[0].wait: unknown key; expected one of to, weight
            {"sticky": {"by": ["cookie:x"]}} | sticky.by[0]: expected 'header:NAME', 'parameter:NAME'
            {"sticky": {"by": ["header:"]}} | sticky.by[0]: expected 'header:NAME'
            {"sticky": {"by": ["header:x user"]}} | sticky.by[0]: expected the name of a header, of letters
            {"rules": [{"match": {"header": {"": "b"}}, "to": 1}]} | rules[0].match.header.: expected the name of a header
            {"rules": [{"match": {"header": {"x:y": "b"}}, "to": 1}]} | rules[0].match.header.x:y: expected the name of a header
            {"rules": [{"match": {"header": {"A": "b", "a": "c"}}, "to": 1}]} | rules[0].match.header.a: the header is there twice
            {"sticky": {}} | sticky: the key 'by' is missing
            {"rules": [{"match": {}, "to": 1}]} | rules[0].match: expected a header or parameter
            {"rules": [{"match": {"header": {"a": 1}}, "to": 1}]} | rules[0].match.header.a: expected a string, got 1
            {"rules": [{"match": {"header": {"a": "b"}}, "to": "x y"}]} | rules[0].to: expected a label or the number
            """)
    void saysWhatIsWrongAndWhere(String document, String problem) {
        assertThatThrownBy(() -> TrafficConfigReader.read(document))
                .isInstanceOf(InferException.class)
                .hasMessageContaining(problem);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {"labels": {"a": 7}} | labels.a: version 7 is not ready; ready are [1, 2]
            {"default": "b"} | 'b' is no label of this document; it has none
            {"labels": {"a": 1}, "split": [{"to": "b", "weight": 1}]} | 'b' is no label of this document; it has a
            {"split": [{"to": 9, "weight": 1}]} | to '9': version 9 is not ready
            {"rules": [{"match": {"header": {"a": "b"}}, "to": 3}]} | to '3': version 3 is not ready
            {"labels": {"a": 1}, "split": [{"to": "a", "weight": 1}, {"to": 1, "weight": 1}]} | 'a' and '1' are both version 1
            """)
    void saysWhatTheModelDoesNotHave(String document, String problem) {
        TrafficConfig config = TrafficConfigReader.read(document);

        assertThatThrownBy(() -> TrafficTable.of(config, ValidationContexts.of(Set.of(1L, 2L))))
                .isInstanceOf(InferException.class)
                .hasMessageContaining(problem);
    }
}
