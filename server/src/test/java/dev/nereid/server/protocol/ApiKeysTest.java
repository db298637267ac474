package dev.nereid.server.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ApiKeysTest {
    private final ApiKeys keys = new ApiKeys(Map.of(ApiGroup.METADATA, new ApiKeys.Key("key", "secret")));

    private Optional<String> missing(ApiGroup group, Map<String, String> headers) {
        return keys.missing(group, name -> Optional.ofNullable(headers.get(name)));
    }

    @Test
    void letsInWhoHasTheKey() {
        assertThat(missing(ApiGroup.METADATA, Map.of("key", "secret"))).isEmpty();
        assertThat(missing(ApiGroup.HEALTH, Map.of())).isEmpty();
    }

    @Test
    void namesTheHeaderThatIsMissingOrWrong() {
        assertThat(missing(ApiGroup.METADATA, Map.of())).contains("key");
        assertThat(missing(ApiGroup.METADATA, Map.of("key", "secre"))).contains("key");
        assertThat(missing(ApiGroup.METADATA, Map.of("key", "secret "))).contains("key");
        assertThat(missing(ApiGroup.METADATA, Map.of("key", "SECRET"))).contains("key");
    }

    @Test
    void forwardsHeadersByAPartOfTheirName() {
        InferRequest.Header plain = InferRequest.Header.of("m", "", "");
        HeaderForwarding forwarding = HeaderForwarding.of("my-.*|^x$");
        InferRequest.Header header = forwarding.addTo(
                plain,
                List.of(
                        new HeaderForwarding.Header("MY-key", "1"),
                        new HeaderForwarding.Header("is-my-too", "2"),
                        new HeaderForwarding.Header("xx", "3"),
                        new HeaderForwarding.Header("other", "4")));
        assertThat(header.parameters())
                .isEqualTo(Map.of("MY-key", new Parameter.Text("1"), "is-my-too", new Parameter.Text("2")));
        assertThat(HeaderForwarding.NONE.addTo(plain, List.of(new HeaderForwarding.Header("my-a", "1"))))
                .isSameAs(plain);
    }

    @Test
    void whatTheClientSaysItselfIsNotOverwritten() {
        InferRequest.Header own = InferRequest.Header.of("m", "", "").withMore(Map.of("a", new Parameter.Int(1)));
        InferRequest.Header header =
                HeaderForwarding.of(".").addTo(own, List.of(new HeaderForwarding.Header("a", "2")));
        assertThat(header.parameters()).isEqualTo(Map.of("a", new Parameter.Int(1)));
    }

    @Test
    void refusesHeadersNamedLikeParametersWithAMeaning() {
        InferRequest.Header plain = InferRequest.Header.of("m", "", "");
        for (String name : List.of("sequence_id", "priority", "triton_x")) {
            assertThatThrownBy(() ->
                            HeaderForwarding.of(".*").addTo(plain, List.of(new HeaderForwarding.Header(name, "1"))))
                    .hasMessage("Header '" + name + "' is reserved for Triton usage and cannot be forwarded.");
        }
        assertThatThrownBy(() -> HeaderForwarding.of("(")).isInstanceOf(IllegalArgumentException.class);
    }
}
