package dev.nereid.server.torchserve.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nereid.server.protocol.InferException;
import dev.nereid.tensor.DataType;
import dev.nereid.tensor.Shape;
import dev.nereid.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextClassifierTest {
    private static final List<ModelTensor> TEXT_AND_OFFSETS =
            List.of(Handling.tensor("text", DataType.INT64, -1), Handling.tensor("offsets", DataType.INT64, -1));

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "Hello, World!|hello world",
                "<b>Bold</b> text&nbsp;and &#39;more&#x2f;|bold textand more",
                "I'd say I don't|i would say i do not",
                "We'll've gone; they're here|we will have gone they are here",
                "CAN'T won't shan't ain't let's|cannot will not shall not is not let us",
                "he's it's that's what's|he is it is that is what is",
                "couldn't've|could not have",
                "John's rock'n'roll|johns rocknroll",
                "Café naïve Ünï €5|cafe naive uni 5",
                "a_b-c d.e|abc de",
                "line\tone\u000btwo|line one two"
            })
    void textIsCleanedAndCutIntoWords(String text, String words) {
        assertThat(String.join(" ", TextCleaning.words(text))).isEqualTo(words);
    }

    @Test
    void linesAreWordsToo() {
        assertThat(TextCleaning.words(" a\nb\r\n\u001cc ")).containsExactly("a", "b", "c");
        assertThat(TextCleaning.words("")).isEmpty();
        assertThat(TextCleaning.words("<not\nclosed>")).containsExactly("not", "closed");
    }

    @Test
    void wordsComeBeforePairs() throws IOException {
        Files.writeString(
                folder.resolve("source_vocab.json"),
                "{\"<unk>\": 0, \"good\": 5, \"news\": 6, \"good news\": 70, \"news today\": 80}");
        for (RequestPart part : List.of(
                Handling.text("Good news today"),
                Handling.bytes("Good news today".getBytes(StandardCharsets.UTF_8)),
                Handling.json("\"Good news today\""))) {
            try (Handling handling = classifier(TEXT_AND_OFFSETS);
                    ModelHandler.Prepared prepared = handling.prepare("data", part)) {
                Tensor text = prepared.inputs().getFirst().tensor();
                assertThat(text.shape()).isEqualTo(Shape.of(5));
                assertThat(Handling.longs(text)).containsExactly(5, 6, 0, 70, 80);
                assertThat(prepared.inputs().getLast().name()).isEqualTo("offsets");
                assertThat(Handling.longs(prepared.inputs().getLast().tensor())).containsExactly(0);
            }
        }
    }

    @Test
    void allClassesAreAnsweredInTheirOrder() throws IOException {
        Files.writeString(folder.resolve("source_vocab.txt"), "<unk>\nhello\n");
        Files.writeString(folder.resolve("index_to_name.json"), "{\"0\": \"World\", \"1\": \"Sports\"}");
        List<ModelTensor> ids = List.of(Handling.tensor("ids", DataType.INT32, 1, -1));
        try (Handling handling = classifier(ids);
                ModelHandler.Prepared prepared = handling.prepare(Handling.text("Hello"))) {
            assertThat(prepared.inputs().getFirst().tensor().shape()).isEqualTo(Shape.of(1, 1));
            assertThat(Handling.longs(prepared.inputs().getFirst().tensor())).containsExactly(1);
            assertThat(handling.answer(prepared, Handling.floats("y", Shape.of(1, 3), 1, 2, 3)))
                    .isEqualTo("""
                            {
                              "World": 0.09003057330846786,
                              "Sports": 0.2447284758090973,
                              "2": 0.6652409434318542
                            }""");
        }
    }

    @Test
    void wordsOutsideOfAVocabularyWithoutAnUnknownAreRefused() throws IOException {
        Files.writeString(folder.resolve("source_vocab.txt"), "hello\nhello\n");
        try (Handling handling = classifier(TEXT_AND_OFFSETS)) {
            assertThatThrownBy(() -> handling.prepare(Handling.text("bye")))
                    .hasMessage("the model's vocabulary has no 'bye', and no <unk> for what it does not have");
        }
    }

    @Test
    void pickledAndMissingVocabulariesAreRefusedWithWhatToDo() throws IOException {
        String expected = "handler text_classifier: expected a vocabulary in the archive as source_vocab.json"
                + " ({\"word\": number}) or source_vocab.txt (a word on each line), got %s; of a torchtext vocabulary v,"
                + " json.dump(v.get_stoi(), open('source_vocab.json', 'w')) writes the first";
        assertThatThrownBy(() -> classifier(TEXT_AND_OFFSETS)).hasMessage(expected.formatted("none"));
        Files.writeString(folder.resolve("source_vocab.pt"), "?");
        assertThatThrownBy(() -> classifier(TEXT_AND_OFFSETS)).hasMessage(expected.formatted("source_vocab.pt"));
        assertThatThrownBy(() -> named("../secret.txt")).hasMessage(expected.formatted("../secret.txt"));
        Files.writeString(folder.resolve("words.json"), "{\"a\": \"b\"}");
        assertThatThrownBy(() -> named("words.json")).hasMessageStartingWith("words.json: ");
    }

    @Test
    void otherInstancesAreRefused() throws IOException {
        Files.writeString(folder.resolve("source_vocab.txt"), "<unk>\n");
        try (Handling handling = classifier(TEXT_AND_OFFSETS)) {
            assertThatThrownBy(() -> handling.prepare(Handling.json("[1]")))
                    .hasMessage("text_classifier: expected a text, got numbers");
            assertThatThrownBy(() -> handling.prepare(Handling.bytes(new byte[] {(byte) 0xFF})))
                    .hasMessage("text_classifier: expected a text in UTF-8, got other bytes");
        }
        try (Handling handling = Handling.of("text_classifier", "json", folder, TEXT_AND_OFFSETS, Handling.SCORES)) {
            assertThatThrownBy(() -> handling.prepare(Handling.json("{\"instances\": [\"a\", \"b\"]}")))
                    .hasMessage("text_classifier: expected one text a request, got 2");
        }
    }

    @Test
    void textOfBracketsIsCleanedInOneGo() {
        assertThat(TextCleaning.words("<".repeat(1_000_000))).isEmpty();
    }

    @Test
    void modelsWithOtherInputsAreRefused() {
        assertThatThrownBy(() -> classifier(Handling.IMAGES))
                .isInstanceOf(InferException.class)
                .hasMessageStartingWith(
                        "handler text_classifier: expected a model with the numbers of words as its input");
    }

    private Handling classifier(List<ModelTensor> inputs) {
        return Handling.of("text_classifier", "", folder, inputs, Handling.SCORES);
    }

    private Handling named(String vocabulary) {
        return new Handling(new ModelHandler.Setup(
                "text_classifier", "", folder, Optional.of(vocabulary), "m", "1", TEXT_AND_OFFSETS, Handling.SCORES));
    }
}
