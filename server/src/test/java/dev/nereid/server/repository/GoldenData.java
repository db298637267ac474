package dev.nereid.server.repository;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nereid.server.recorded.Recordings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads recorded HTTP exchanges with JSON in their bodies. */
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

    /** The HTTP exchanges whose folder names contain {@code part}, in order; at least one. */
    static List<Exchange> exchanges(Recordings recordings, String part) {
        List<Exchange> exchanges = recordings.http().stream()
                .filter(path -> String.valueOf(path.getFileName()).contains(part))
                .map(GoldenData::read)
                .toList();
        assertThat(exchanges).as("requests of %s named '%s'", recordings, part).isNotEmpty();
        return exchanges;
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
