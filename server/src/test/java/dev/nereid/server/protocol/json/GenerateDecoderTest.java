package dev.nereid.server.protocol.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.memory.SlabPool;
import dev.nereid.server.protocol.DecodedInput;
import dev.nereid.server.protocol.DecodedRequest;
import dev.nereid.server.protocol.Dialect;
import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.InferException.Code;
import dev.nereid.server.protocol.Parameter;
import dev.nereid.tensor.DataType;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerateDecoderTest {
    private static final int LIMIT = 1000;
    private static final Map<String, GenerateDecoder.Input> INPUTS = Map.of(
            "text", new GenerateDecoder.Input(DataType.STRING, List.of(1L)),
            "numbers", new GenerateDecoder.Input(DataType.INT32, List.of(-1L, -1L)),
            "pairs", new GenerateDecoder.Input(DataType.FP32, List.of(-1L, 2L)),
            "flag", new GenerateDecoder.Input(DataType.BOOL, List.of(1L, 1L)),
            "half", new GenerateDecoder.Input(DataType.FP16, List.of(1L)),
            "fixed", new GenerateDecoder.Input(DataType.INT64, List.of(4L)));

    private final SlabPool pool = new SlabPool(0);
    private final GenerateDecoder decoder = new GenerateDecoder(LIMIT, pool, Dialect.TRITON);

    @AfterEach
    void everythingIsGivenBack() {
        assertThat(pool.usedBytes()).isZero();
    }

    private DecodedRequest decode(String json) {
        return decoder.decode(json.getBytes(StandardCharsets.UTF_8), "m", "2", INPUTS);
    }

    private void refused(Code code, String text, String json) {
        assertThatThrownBy(() -> decode(json).close()).isInstanceOfSatisfying(InferException.class, error -> {
            assertThat(error.text()).isEqualTo(text);
            assertThat(error.code()).isEqualTo(code);
        });
    }

    @Test
    void makesInputsOfMembersThatAreNamedLikeThemAndParametersOfTheOthers() {
        try (DecodedRequest request = decode("{\"text\": \"a\\u00e9\", \"numbers\": [1, -2, 3], \"stream\": false, "
                + "\"id\": \"x\", \"temperature\": 0.5, \"parameters\": {\"n\": 3, \"flag\": true, \"s\": \"t\"}}")) {
            assertThat(request.header().id()).isEqualTo("x");
            assertThat(request.header().modelName()).isEqualTo("m");
            assertThat(request.header().modelVersion()).isEqualTo("2");
            assertThat(request.header().parameters())
                    .isEqualTo(Map.of(
                            "stream", new Parameter.Bool(false),
                            "temperature", new Parameter.Real(0.5),
                            "n", new Parameter.Int(3),
                            "s", new Parameter.Text("t")));
            assertThat(request.inputs().stream().map(DecodedInput::name)).containsExactly("text", "numbers", "flag");
            DecodedInput.Content.Strings text =
                    (DecodedInput.Content.Strings) request.inputs().get(0).content();
            assertThat(text.elements()[0]).isEqualTo("aé".getBytes(StandardCharsets.UTF_8));
            DecodedInput.Content.Binary numbers =
                    (DecodedInput.Content.Binary) request.inputs().get(1).content();
            assertThat(numbers.bytes().toArray(ValueLayout.JAVA_INT)).containsExactly(1, -2, 3);
            DecodedInput.Content.Binary flag =
                    (DecodedInput.Content.Binary) request.inputs().get(2).content();
            assertThat(flag.bytes().get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 1);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"numbers\": 7}                | 1,1",
                "{\"numbers\": [1, 2, 3]}        | 1,3",
                "{\"numbers\": [[1, 2, 3]]}      | none",
                "{\"pairs\": [1, 2, 3, 4]}       | 2,2",
                "{\"fixed\": [1, 2, 3, 4]}       | 4",
                "{\"text\": [\"a\"]}             | 1",
                "{\"numbers\": []}               | ''",
                "{\"fixed\": [1, 2, 3]}          | misfit",
                "{\"fixed\": [1, 2, 3, 4, 5, 6, 7, 8]} | misfit",
                "{\"pairs\": 1}                  | misfit",
                "{\"text\": [\"a\", \"b\"]}      | misfit",
            })
    void givesElementsAShapeThatFitsTheModel(String json, String dims) {
        switch (dims) {
            case "misfit" ->
                assertThatThrownBy(() -> decode(json).close()).hasMessageContaining("to tensor with proper shape");
            case "none" ->
                assertThatThrownBy(() -> decode(json).close()).hasMessageContaining("Unable to parse 'data'");
            default -> {
                try (DecodedRequest request = decode(json)) {
                    String found = java.util.Arrays.stream(
                                    request.inputs().getFirst().dims())
                            .mapToObj(Long::toString)
                            .collect(java.util.stream.Collectors.joining(","));
                    assertThat(found).isEqualTo(dims);
                }
            }
        }
    }

    @Test
    void saysWhatIsWrong() {
        refused(Code.MALFORMED, "failed to parse the request JSON buffer: The document is empty. at 0", "");
        refused(Code.MALFORMED, "attempt to get members for non-object", "[]");
        refused(
                Code.MALFORMED,
                "Unable to parse JSON bytes array: attempt to access JSON non-string as string",
                "{\"text\": 5}");
        refused(
                Code.INVALID_ARG,
                "parameter 'p' has invalid type. It should be either 'int', 'bool', or 'string'.",
                "{\"p\": {\"a\": 1}}");
        for (String other : new String[] {"1", "null", "[]"}) {
            refused(
                    Code.MALFORMED,
                    "Expected JSON object for keyword: 'parameters': attempt to access JSON non-object as object",
                    "{\"parameters\": " + other + "}");
        }
        refused(
                Code.INVALID_ARG,
                "Converting keyword: 'parameters': parameter 'nested' has invalid type. It should be either 'int', "
                        + "'bool', or 'string'.",
                "{\"parameters\": {\"nested\": {\"twice\": 1}}}");
        refused(
                Code.INVALID_ARG,
                "receiving FP16 data via JSON is not supported. Please use the binary data format for input half",
                "{\"half\": 1}");
        refused(
                Code.INVALID_ARG,
                "request size of 1004 bytes with input 'numbers' of size 1004 bytes exceeds the maximum allowed input "
                        + "size of 1000. Use --http-max-input-size to increase the limit.",
                "{\"numbers\": [" + "1,".repeat(250) + "1]}");
        assertThatThrownBy(() -> decoder.decode(
                        "{\"parameters\": {}}".getBytes(StandardCharsets.UTF_8),
                        "m",
                        "",
                        Map.of("parameters", new GenerateDecoder.Input(DataType.INT32, List.of(1L)))))
                .hasMessage("Keyword 'parameters' for nested schema also given as input tensor name");
    }

    @Test
    void takesNoMemoryForAnInputThatIsTooLarge() {
        try (SlabPool keeping = new SlabPool(1 << 20)) {
            byte[] body = ("{\"numbers\": [" + "1,".repeat(250) + "1]}").getBytes(StandardCharsets.UTF_8);
            assertThatThrownBy(() -> new GenerateDecoder(LIMIT, keeping, Dialect.TRITON).decode(body, "m", "", INPUTS))
                    .hasMessageContaining("exceeds the maximum allowed input size");
            assertThat(keeping.retainedBytes()).isZero();
        }
    }

    /** Whatever comes, it is decoded or refused, and its memory given back. */
    @Test
    void survivesAnyBytes() {
        Random random = new Random(20_261_125);
        String[] pieces = {
            "{",
            "}",
            "[",
            "]",
            ",",
            ":",
            "\"",
            "\\",
            "text",
            "\"numbers\"",
            "\"parameters\"",
            "\"id\"",
            "1",
            "-",
            "1e9",
            "null",
            "true",
            "\u00e9",
            "\u0000",
            " ",
            "\"pairs\":",
            "\"fixed\":[1,2,3,4]",
            "{\"text\":\"x\"}"
        };
        for (int i = 0; i < 50_000; i++) {
            StringBuilder body = new StringBuilder(random.nextBoolean() ? "{" : "");
            for (int k = random.nextInt(12); k >= 0; k--) {
                body.append(pieces[random.nextInt(pieces.length)]);
            }
            try {
                decode(body.toString()).close();
            } catch (InferException e) {
                assertThat(e.text()).isNotEmpty();
            }
        }
    }
}
