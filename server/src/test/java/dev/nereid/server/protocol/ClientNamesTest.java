package dev.nereid.server.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.protocol.json.GenerateDecoder;
import dev.nereid.server.protocol.json.JsonInferDecoder;
import dev.nereid.tensor.DataType;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("found-2")
class ClientNamesTest {
    private static final int MOST = ClientNames.MOST_PARAMETERS;

    private final SlabPool pool = new SlabPool(0);

    @AfterEach
    void everythingIsGivenBack() {
        assertThat(pool.usedBytes()).isZero();
    }

    private static String members(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> "\"p" + i + "\":" + i)
                .collect(Collectors.joining(",", "{", "}"));
    }

    private DecodedRequest decode(String json) {
        byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
        return new JsonInferDecoder(1 << 20, pool, SharedRanges.NONE, Dialect.TRITON)
                .decode(BodyStream.of(bytes), bytes.length, "m", "1");
    }

    private static String request(String parameters, String ofInput, String ofOutput) {
        return "{\"parameters\":" + parameters + ",\"inputs\":[{\"name\":\"x\",\"datatype\":\"INT32\",\"shape\":[1],"
                + "\"data\":[1],\"parameters\":" + ofInput + "}],\"outputs\":[{\"name\":\"y\",\"parameters\":"
                + ofOutput
                + "}]}";
    }

    private static void refused(String owner, Runnable decoding) {
        assertThatThrownBy(decoding::run)
                .isInstanceOfSatisfying(
                        InferException.class, e -> assertThat(e.code()).isEqualTo(InferException.Code.INVALID_ARG))
                .hasMessageContaining(
                        owner + " has too many parameters: expected at most " + MOST + ", got " + (MOST + 1));
    }

    /** Comparing each name with all others would take minutes. */
    @Test
    @Timeout(10)
    void looksUpCollidingNamesInATree() {
        Map<String, Parameter> parameters = new HashMap<>();
        CollidingNames.of(17).forEach(name -> parameters.put(name, new Parameter.Text(name)));
        InferRequest.Header header = InferRequest.Header.of("m", "1", "")
                .withMore(parameters)
                .withMore(Map.of("other", new Parameter.Int(1)));
        assertThat(header.parameters()).hasSize((1 << 17) + 1);
        parameters
                .keySet()
                .forEach(name ->
                        assertThat(header.parameters().containsKey(name)).isTrue());
    }

    @Test
    void copiesCannotBeChanged() {
        Map<String, Integer> copy = ClientNames.copyOf(new HashMap<>(Map.of("a", 1)));
        assertThatThrownBy(() -> copy.put("b", 2)).isInstanceOf(UnsupportedOperationException.class);
        assertThat(ClientNames.copyOf(Map.of())).isEmpty();
    }

    @Test
    void limitsTheParametersOfARequestInJson() {
        decode(request(members(MOST), members(MOST), members(MOST))).close();
        refused("the request", () -> decode(request(members(MOST + 1), "{}", "{}")));
        refused("input 'x'", () -> decode(request("{}", members(MOST + 1), "{}")));
        refused("output 'y'", () -> decode(request("{}", "{}", members(MOST + 1))));
    }

    /** A name that comes again is not kept, but read. */
    @Test
    void countsNamesThatComeAgain() {
        String same =
                IntStream.rangeClosed(0, MOST).mapToObj(_ -> "\"p\":1").collect(Collectors.joining(",", "{", "}"));
        refused("the request", () -> decode(request(same, "{}", "{}")));
    }

    @Test
    void limitsTheParametersOfAGenerateRequest() {
        GenerateDecoder decoder = new GenerateDecoder(1 << 20, pool, Dialect.TRITON);
        Map<String, GenerateDecoder.Input> inputs = Map.of("x", new GenerateDecoder.Input(DataType.INT32, List.of(1L)));
        String most = members(MOST);
        decoder.decode(bytes(most.replace("}", ",\"x\":1}")), "m", "1", inputs).close();
        refused("the request", () -> decoder.decode(bytes(members(MOST + 1)), "m", "1", inputs));
        refused(
                "the request",
                () -> decoder.decode(bytes("{\"one\":1,\"x\":1,\"parameters\":" + most + "}"), "m", "1", inputs));
    }

    private static byte[] bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
