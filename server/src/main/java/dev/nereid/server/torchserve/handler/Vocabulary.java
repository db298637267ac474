package dev.nereid.server.torchserve.handler;

import dev.nereid.server.protocol.InferException;
import dev.nereid.server.protocol.json.JsonValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The numbers of words and of pairs of words with a space in between. As JSON {@code {"word": number}}, or as text with a word
 * on each line, numbered from 0. A word that is not there has the number of {@code <unk>}.
 */
final class Vocabulary {
    private static final String UNKNOWN = "<unk>";
    private static final List<String> FILES = List.of("source_vocab.json", "source_vocab.txt");
    private static final String PICKLED = "source_vocab.pt";
    private static final long MOST_BYTES = 256 << 20;

    private final Map<String, Long> numbers;
    private final OptionalLong unknown;

    private Vocabulary(Map<String, Long> numbers) {
        this.numbers = numbers;
        Long number = numbers.get(UNKNOWN);
        this.unknown = number == null ? OptionalLong.empty() : OptionalLong.of(number);
    }

    /**
     * Reads the vocabulary of an archive.
     *
     * @param folder of the unpacked archive
     * @param name of the file; without one, {@code source_vocab.json} or {@code source_vocab.txt}
     * @throws InferException if it is not there or cannot be read
     */
    static Vocabulary read(Path folder, Optional<String> name) {
        Path file = find(folder, name);
        try {
            if (Files.size(file) > MOST_BYTES) {
                throw InferException.invalid(
                        file.getFileName() + ": expected at most " + MOST_BYTES + " bytes, got " + Files.size(file));
            }
            return String.valueOf(file.getFileName()).endsWith(".json")
                    ? ofJson(Files.readAllBytes(file))
                    : ofLines(Files.readAllLines(file, StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new InferException(InferException.Code.INVALID_ARG, file.getFileName() + " cannot be read: " + e, e);
        } catch (InferException e) {
            throw new InferException(InferException.Code.INVALID_ARG, file.getFileName() + ": " + e.text(), e);
        }
    }

    private static Path find(Path folder, Optional<String> name) {
        for (String candidate : name.map(List::of).orElse(FILES)) {
            Path file = folder.resolve(candidate).normalize();
            if (!candidate.endsWith(".pt") && file.startsWith(folder.normalize()) && Files.isRegularFile(file)) {
                return file;
            }
        }
        throw InferException.invalid(
                "handler text_classifier: expected a vocabulary in the archive as " + FILES.getFirst()
                        + " ({\"word\": number}) or " + FILES.getLast() + " (a word on each line), got "
                        + name.orElse(Files.exists(folder.resolve(PICKLED)) ? PICKLED : "none")
                        + "; of a torchtext vocabulary v, json.dump(v.get_stoi(), open('" + FILES.getFirst()
                        + "', 'w')) writes the first");
    }

    private static Vocabulary ofJson(byte[] json) {
        JsonValue root = JsonValue.parse(json, 0, json.length);
        Map<String, Long> numbers = new HashMap<>();
        root.forEachMember((word, number) -> numbers.put(word, number.asLong()));
        return new Vocabulary(numbers);
    }

    private static Vocabulary ofLines(List<String> lines) {
        Map<String, Long> numbers = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            numbers.putIfAbsent(lines.get(i), (long) i);
        }
        return new Vocabulary(numbers);
    }

    /**
     * The number of a word or pair.
     *
     * @throws InferException if it is not there, and neither is {@code <unk>}
     */
    long number(String word) {
        Long number = numbers.get(word);
        if (number != null) {
            return number;
        }
        return unknown.orElseThrow(() -> InferException.invalid(
                "the model's vocabulary has no '" + word + "', and no " + UNKNOWN + " for what it does not have"));
    }
}
