package dev.nereid.server.repository;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Requests and answers recorded from a real Triton, below the folder that {@code NEREID_TEST_DATA} names. */
final class GoldenData {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** One recorded HTTP exchange. */
    record Exchange(String name, String target, JsonNode request, int status, JsonNode response) {
        /** The model that the request was for. */
        String model() {
            return target.split("/", -1)[3];
        }
    }

    private GoldenData() {}

    /** The folder of the recordings; empty, and said so, where there is none. */
    static Optional<Path> folder() {
        String data = System.getenv("NEREID_TEST_DATA");
        if (data == null) {
            System.out.println("skipped: NEREID_TEST_DATA names no folder with recorded answers");
            return Optional.empty();
        }
        return Optional.of(Path.of(data, "triton-golden"));
    }

    /** The HTTP exchanges whose folder names contain {@code part}, in order. */
    static List<Exchange> exchanges(Path folder, String part) {
        try (Stream<Path> cases = Files.list(folder.resolve("http"))) {
            return cases.filter(path -> String.valueOf(path.getFileName()).contains(part))
                    .sorted()
                    .map(GoldenData::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Exchange read(Path folder) {
        try {
            String request = Files.readString(folder.resolve("request.http"), StandardCharsets.ISO_8859_1);
            String response = new String(Files.readAllBytes(folder.resolve("response.http")), StandardCharsets.UTF_8);
            return new Exchange(
                    String.valueOf(folder.getFileName()),
                    request.split(" ", 3)[1],
                    json(request),
                    Integer.parseInt(response.split(" ", 3)[1]),
                    json(response));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JsonNode json(String message) throws IOException {
        String body = message.substring(message.indexOf("\r\n\r\n") + 4);
        return body.isBlank() ? JSON.createObjectNode() : JSON.readTree(body);
    }
}
